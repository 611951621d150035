// A data set from the Arrow stream of a table, its numbers where they lie. To be exchanged for the converter
// that the readers of files use, once they have it.
#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "datasets/core/params.hpp"
#include "python/module/arrow_values.hpp"
#include "python/module/module.hpp"

namespace maskbench::python {
namespace {

template <class Struct>
std::shared_ptr<const Struct> released(Struct* raw) {
  return {raw, [](const Struct* one) {
            auto* mine = const_cast<Struct*>(one);
            if (mine->release != nullptr) mine->release(mine);
            delete mine;
          }};
}

struct Table {
  std::shared_ptr<const ArrowSchema> schema;
  std::vector<std::shared_ptr<const ArrowArray>> batches;
  Index rows = 0;
};

Table read_all(const nb::object& source) {
  const nb::gil_scoped_acquire held;  // streams of Python's make their batches under it anyway
  const nb::object capsule = source.attr("__arrow_c_stream__")();
  auto* stream = static_cast<ArrowArrayStream*>(PyCapsule_GetPointer(capsule.ptr(), "arrow_array_stream"));
  if (stream == nullptr) throw nb::python_error();
  const auto check = [&](int code) {
    if (code == 0) return;
    const char* why = stream->get_last_error(stream);
    throw std::runtime_error(std::string("the Arrow stream failed: ") +
                             (why != nullptr ? why : "no reason given"));
  };
  Table table;
  auto* schema = new ArrowSchema{};
  table.schema = released(schema);
  check(stream->get_schema(stream, schema));
  for (;;) {
    auto* batch = new ArrowArray{};
    auto kept = released(batch);
    check(stream->get_next(stream, batch));
    if (batch->release == nullptr) break;
    table.rows += batch->length;
    if (batch->length > 0) table.batches.push_back(std::move(kept));
  }
  return table;
}

class Columns {
 public:
  Columns(Table table, const ReadRequest& request, bool allow_copy)
      : table_(std::move(table)), request_(request), allow_copy_(allow_copy) {}

  Data build() {
    DatasetBuilder builder(request_.name.empty() ? "data" : request_.name, table_.rows);
    if (const std::string features = features_column(); !features.empty()) add_features(builder, features);
    std::vector<std::string> scores = request_.quality;
    scores.insert(scores.end(), request_.scores.begin(), request_.scores.end());
    for (const std::string& column : scores) builder.score(column, one_number_a_row<float>(column, 'f'));
    for (const std::string& column : request_.labels) add_label(builder, column);
    if (!request_.length.empty())
      builder.sizes("tokens", request_.length, one_number_a_row<std::int32_t>(request_.length, 'i'));
    if (!request_.id.empty()) {
      auto [offsets, chars] = strings(request_.id);
      builder.ids(request_.id, std::move(offsets), std::move(chars));
    }
    add_text(builder);
    builder.quality_columns(request_.quality);
    data_.set = builder.build();
    return std::move(data_);
  }

 private:
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (std::int64_t i = 0; i < table_.schema->n_children; ++i)
      all.emplace_back(table_.schema->children[i]->name);
    return all;
  }

  std::int64_t place(const std::string& column) const {
    const std::vector<std::string> all = names();
    const auto found = std::find(all.begin(), all.end(), column);
    if (found != all.end()) return found - all.begin();
    std::string known;
    for (const std::string& name : all) known += (known.empty() ? "" : ", ") + name;
    throw UserError(
        "there is no column \"" + column + "\"" + did_you_mean(column, all) + "; there are: " + known,
        {.column = column, .allowed = known});
  }

  const ArrowSchema& type(const std::string& column) const { return *table_.schema->children[place(column)]; }

  template <class Visit>
  void each_piece(const std::string& column, Visit&& visit) const {
    const std::int64_t at = place(column);
    Index first = 0;
    for (const auto& batch : table_.batches) {
      // A struct's own offset and length are its children's window.
      ArrowArray child = *batch->children[at];
      child.offset += batch->offset;
      child.length = batch->length;
      visit(Piece{table_.schema->children[at], &child, first, column});
      first += batch->length;
    }
  }

  std::string features_column() const {
    if (!request_.features.empty()) return request_.features == "-" ? "" : request_.features;
    std::vector<std::string> lists;
    for (std::int64_t i = 0; i < table_.schema->n_children; ++i) {
      const ArrowSchema& one = *table_.schema->children[i];
      if (is_list(one.format) && is_float(one.children[0]->format)) lists.emplace_back(one.name);
    }
    if (lists.size() == 1) return lists.front();
    if (lists.empty() && request_.features_optional) return "";
    std::string known;
    for (const std::string& name : lists.empty() ? names() : lists)
      known += (known.empty() ? "" : ", ") + name;
    throw UserError(lists.empty()
                        ? "no column holds lists of floats, so there are no features; there are: " + known
                        : "several columns hold lists of floats; name the features' one of: " + known);
  }

  void copying(const std::string& column, const std::string& why) {
    data_.copied[column] = why;
    if (!allow_copy_)
      refuse_column(column, "would be copied, since " + why + "; allow_copy=False forbids it");
  }

  // Why a column cannot be used where it lies; "": it can.
  std::string why_not_borrowed(const std::vector<Numbers>& pieces, char format) const {
    if (pieces.size() != 1) return "it lies in " + std::to_string(pieces.size()) + " pieces";
    if (pieces.front().format != format)
      return std::string("its numbers are of Arrow type ") + pieces.front().format;
    return "";
  }

  std::vector<Numbers> pieces_of(const std::string& column) const {
    std::vector<Numbers> pieces;
    each_piece(column, [&](const Piece& piece) { pieces.push_back(numbers_of(piece)); });
    return pieces;
  }

  template <class T>
  Borrowed<T> one_number_a_row(const std::string& column, char format) {
    if (is_list(type(column).format)) refuse_column(column, "holds lists; one number a row is wanted");
    const std::vector<Numbers> pieces = pieces_of(column);
    const std::string why = why_not_borrowed(pieces, format);
    if (why.empty())
      return {{reinterpret_cast<const T*>(pieces.front().data), static_cast<std::size_t>(table_.rows)},
              table_.batches.front()};
    copying(column, why);
    const auto values = std::make_shared<std::vector<T>>(static_cast<std::size_t>(table_.rows));
    T* next = values->data();
    for (const Numbers& piece : pieces) {
      piece.copy_to(next);
      next += piece.rows;
    }
    return {*values, values};
  }

  void add_features(DatasetBuilder& builder, const std::string& column) {
    if (!is_list(type(column).format))
      refuse_type(column, type(column).format, "features are lists of floats");
    const std::vector<Numbers> pieces = pieces_of(column);
    const Index cols = pieces.empty() ? 0 : pieces.front().cols;
    for (const Numbers& piece : pieces) {
      if (piece.cols != cols)
        refuse_column(column, "lists of " + std::to_string(piece.cols) +
                                  " values, the rows before them have " + std::to_string(cols));
    }
    const std::string why = why_not_borrowed(pieces, 'f');
    if (why.empty()) {
      const MatrixView view{reinterpret_cast<const float*>(pieces.front().data), table_.rows, cols, cols};
      if (!builder.features(column, view, table_.batches.front(), request_.unit_rows))
        copying(column, "rows are not of unit norm");
      return;
    }
    copying(column, why);
    std::vector<float> values(static_cast<std::size_t>(table_.rows * cols));
    float* next = values.data();
    for (const Numbers& piece : pieces) {
      piece.copy_to(next);
      next += piece.rows * piece.cols;
    }
    builder.features(column, std::move(values), cols, request_.unit_rows);
  }

  // Strings are numbered in the bytewise order of their values.
  void add_label(DatasetBuilder& builder, const std::string& column) {
    if (!is_string(type(column))) return builder.label(column, one_number_a_row<std::int32_t>(column, 'i'));
    std::map<std::string, std::int32_t> number;
    std::vector<std::string> rows;
    each_piece(column, [&](const Piece& piece) {
      each_string(piece, [&](std::string_view value) {
        rows.emplace_back(value);
        number.emplace(value, 0);
      });
    });
    std::vector<std::string> names;
    for (auto& [value, at] : number) {
      at = static_cast<std::int32_t>(names.size());
      names.push_back(value);
    }
    std::vector<std::int32_t> labels;
    for (const std::string& value : rows) labels.push_back(number.at(value));
    builder.label(column, std::move(labels), std::move(names));
  }

  std::pair<std::vector<std::int64_t>, std::string> strings(const std::string& column) const {
    std::vector<std::int64_t> offsets{0};
    std::string chars;
    const auto add = [&](std::string_view value) {
      chars += value;
      offsets.push_back(static_cast<std::int64_t>(chars.size()));
    };
    each_piece(column, [&](const Piece& piece) {
      if (is_string(*piece.type)) return each_string(piece, add);
      const Numbers numbers = numbers_of(piece);  // ids may be whole numbers
      if (numbers.format != 'l') refuse_column(column, "strings or 64-bit integers are wanted");
      for (Index i = 0; i < numbers.rows; ++i)
        add(std::to_string(reinterpret_cast<const std::int64_t*>(numbers.data)[i]));
    });
    return {std::move(offsets), std::move(chars)};
  }

  // The text, and sizes that a budget counts in it, or columns of their names.
  void add_text(DatasetBuilder& builder) {
    const auto wants = [&](const char* measure) {
      return std::find(request_.measures.begin(), request_.measures.end(), measure) !=
             request_.measures.end();
    };
    if (request_.text.empty()) {
      for (const char* measure : {"bytes", "characters"}) {
        if (wants(measure)) builder.sizes(measure, measure, one_number_a_row<std::int32_t>(measure, 'i'));
      }
      return;
    }
    auto [offsets, chars] = strings(request_.text);
    std::vector<std::int32_t> bytes, characters;
    for (std::size_t i = 0; i + 1 < offsets.size(); ++i) {
      const std::string_view text(chars.data() + offsets[i],
                                  static_cast<std::size_t>(offsets[i + 1] - offsets[i]));
      bytes.push_back(static_cast<std::int32_t>(text.size()));
      characters.push_back(static_cast<std::int32_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0u) != 0x80u;
      })));
    }
    builder.sizes("bytes", request_.text, std::move(bytes));
    builder.sizes("characters", request_.text, std::move(characters));
    builder.text(std::move(offsets), std::move(chars));
  }

  Table table_;
  const ReadRequest& request_;
  bool allow_copy_;
  Data data_;
};

}  // namespace

Data from_stream(const nb::object& source, const ReadRequest& request, bool allow_copy) {
  if (!request.matrices.empty()) throw UserError("matrices of tables are not read yet");
  return Columns(read_all(source), request, allow_copy).build();
}

}  // namespace maskbench::python
