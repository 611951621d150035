#include "datasets/readers/selection_file.hpp"

#include <arrow/io/file.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/arrow/writer.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <unordered_map>

#include "datasets/core/whole_file.hpp"
#include "datasets/readers/arrow_columns.hpp"
#include "datasets/readers/parquet_file.hpp"

namespace maskbench {
namespace {

std::vector<std::size_t> ascending(std::span<const Index> items) {
  std::vector<std::size_t> order(items.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return items[a] < items[b]; });
  return order;
}

class TableMaker {
 public:
  explicit TableMaker(std::string file) : file_(std::move(file)) {}

  template <class Builder, class Value>
  void add(const char* name, std::size_t rows, Value&& value) {
    Builder builder;
    for (std::size_t i = 0; i < rows; ++i) check_arrow(file_, "cannot be made", append(builder, value(i)));
    auto array = builder.Finish();
    check_arrow(file_, "cannot be made", array.status());
    fields_.push_back(arrow::field(name, (*array)->type(), (*array)->null_count() > 0));
    arrays_.push_back(*array);
  }

  std::shared_ptr<arrow::Table> table(const std::map<std::string, std::string>& metadata) const {
    const auto pairs = std::make_shared<arrow::KeyValueMetadata>();
    for (const auto& [key, value] : metadata) pairs->Append(key, value);
    return arrow::Table::Make(arrow::schema(fields_, pairs), arrays_);
  }

 private:
  template <class Builder, class Value>
  static arrow::Status append(Builder& builder, const Value& value) {
    return builder.Append(value);
  }
  template <class Builder, class Value>
  static arrow::Status append(Builder& builder, const std::optional<Value>& value) {
    return value ? builder.Append(*value) : builder.AppendNull();
  }

  std::string file_;
  std::vector<std::shared_ptr<arrow::Field>> fields_;
  std::vector<std::shared_ptr<arrow::Array>> arrays_;
};

// The columns of a selection file as they stand in it.
struct FileColumns {
  std::vector<std::int64_t> rows, counts;
  Gathered ids, scores;
};

void check_type(const ParquetFile& file, const char* column, Role role) {
  const ArrowType& type = file.type(column);
  if (fits(role, type)) return;
  throw UserError(file.path() + ", column \"" + column + "\": of type " + type.print() + "; " +
                  (role == Role::size ? "an integer is wanted" : types_of(role)));
}

FileColumns read_columns(const ParquetFile& file, bool with_ids) {
  const bool row = file.has("row"), count = file.has("count"), score = file.has("score");
  const bool id = with_ids && file.has("id");
  if (!row && !id) {
    throw UserError(file.path() + ": no column \"row\"" +
                    (with_ids ? " and no \"id\"" : " (the data set has no ids)") +
                    "; it has: " + listed(file.names()));
  }
  std::vector<std::string> names;
  const auto want = [&](bool there, const char* name, Role role) {
    if (!there) return;
    check_type(file, name, role);
    names.emplace_back(name);
  };
  want(row, "row", Role::size);
  want(id, "id", Role::id);
  want(count, "count", Role::size);
  want(score, "score", Role::score);
  FileColumns all;
  all.ids.role = Role::id;
  all.scores.role = Role::score;
  file.read(names, [&](const ArrowType& type, const ArrowArray& rows, Index first) {
    const auto path = [&](const char* name) { return find_column(type, name).path; };
    const auto place = [&](const char* name) { return ReadPlace{file.path(), name, first, false}; };
    if (row) append_integers(all.rows, type, rows, path("row"), place("row"));
    if (id) append(all.ids, type, rows, path("id"), place("id"));
    if (count) append_integers(all.counts, type, rows, path("count"), place("count"));
    if (score) append(all.scores, type, rows, path("score"), place("score"));
  });
  return all;
}

// Rows of the source to rows of the data set, where some were left out on reading.
void find_rows(const std::string& path, const Dataset& data, std::vector<std::int64_t>& rows) {
  const std::span<const Index> source = data.parts().source_rows;
  if (source.empty()) return;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto at = std::lower_bound(source.begin(), source.end(), rows[i]);
    if (at == source.end() || *at != rows[i])
      throw UserError(path + ", row " + std::to_string(i) + ", column \"row\": " + std::to_string(rows[i]) +
                      (rows[i] >= 0 && rows[i] < source.back() ? " is left out of " : " is not in ") +
                      data.name() + " (--missing drop)");
    rows[i] = at - source.begin();
  }
}

constexpr Index kSeveral = -1;  // the row of an id that stands in several files

// Fills rows from ids, or holds the two against each other.
void resolve_ids(const std::string& path, const Dataset& data, FileColumns& all) {
  if (all.ids.rows == 0) return;
  const StringColumn ids{all.ids.offsets, all.ids.chars.data()};
  const bool only_ids = all.rows.empty();
  std::unordered_map<std::string_view, Index> row_of;
  if (only_ids) {
    for (Index i = 0; i < data.size(); ++i) {
      if (const auto [found, fresh] = row_of.emplace(data.id(i), i); !fresh) found->second = kSeveral;
    }
  }
  for (Index i = 0; i < all.ids.rows; ++i) {
    const std::string where =
        path + ", row " + std::to_string(i) + ", column \"id\": \"" + std::string(ids[i]) + "\"";
    if (only_ids) {
      const auto found = row_of.find(ids[i]);
      if (found == row_of.end()) throw UserError(where + " is no id of " + data.name());
      if (found->second == kSeveral)
        throw UserError(where + " is the id of several rows of " + data.name() +
                        "; a column \"row\" tells them apart");
      all.rows.push_back(found->second);
    } else if (const Index row = all.rows[i]; row >= 0 && row < data.size() && data.id(row) != ids[i]) {
      throw UserError(where + ", but row " + std::to_string(row) + " of " + data.name() + " has the id \"" +
                      std::string(data.id(row)) + "\": this answer is about other data");
    }
  }
}

}  // namespace

void write_selection(const WholeFile& file, const Dataset& data, std::span<const Index> items,
                     std::size_t kept, std::span<const std::int32_t> repeats, std::span<const float> scores,
                     const std::map<std::string, std::string>& metadata) {
  MASKBENCH_CHECK(repeats.empty() || repeats.size() == items.size(), "a count for every item");
  MASKBENCH_CHECK(scores.empty() || scores.size() == items.size(), "a score for every item");
  const std::vector<std::size_t> order = ascending(items);
  for (std::size_t i = 0; i < order.size(); ++i) {
    MASKBENCH_CHECK(items[order[i]] >= 0 && items[order[i]] < data.size(), "rows are rows of the data set");
    MASKBENCH_CHECK(i == 0 || items[order[i - 1]] < items[order[i]], "rows differ");
  }
  const std::string& path = file.path();
  with_arrow(path, "cannot be written", [&] {
    TableMaker maker(path);
    maker.add<arrow::Int64Builder>("row", order.size(),
                                   [&](std::size_t i) { return data.source_row(items[order[i]]); });
    if (data.has_ids()) {
      maker.add<arrow::LargeStringBuilder>("id", order.size(),
                                           [&](std::size_t i) { return data.id(items[order[i]]); });
    }
    maker.add<arrow::Int32Builder>("count", order.size(),
                                   [&](std::size_t i) { return repeats.empty() ? 1 : repeats[order[i]]; });
    if (!scores.empty())
      maker.add<arrow::FloatBuilder>("score", order.size(), [&](std::size_t i) { return scores[order[i]]; });
    maker.add<arrow::Int32Builder>("pick", order.size(), [&](std::size_t i) {
      return order[i] + kept < items.size() ? std::optional(static_cast<std::int32_t>(order[i]))
                                            : std::nullopt;
    });
    const auto table = maker.table(metadata);

    auto stream = arrow::io::FileOutputStream::Open(file.duplicate());
    check_arrow(path, "cannot be written", stream.status());
    const auto properties =
        parquet::WriterProperties::Builder().compression(parquet::Compression::ZSTD)->build();
    const auto keep_schema = parquet::ArrowWriterProperties::Builder().store_schema()->build();
    check_arrow(path, "cannot be written",
                parquet::arrow::WriteTable(*table, arrow::system_memory_pool(), *stream, 1 << 20, properties,
                                           keep_schema));
    check_arrow(path, "cannot be written", (*stream)->Close());
  });
}

SelectedRows read_selection(const std::string& path, const Dataset& data) {
  const ParquetFile file(path);
  // By its footer: a small file may unpack to billions of rows.
  if (file.rows() > data.size())
    throw UserError(path + ": has " + std::to_string(file.rows()) + " rows; " + data.name() + " has " +
                    std::to_string(data.size()) + ", and each stands at most once");
  FileColumns all = read_columns(file, data.has_ids());
  find_rows(path, data, all.rows);
  resolve_ids(path, data, all);
  if (all.rows.empty()) throw UserError(path + ": no rows");
  const auto where = [&](std::size_t i) { return path + ", row " + std::to_string(i) + ", column "; };
  const std::vector<std::size_t> order = ascending(all.rows);
  const ScoreColumn scores = all.scores.scores.column();
  SelectedRows selected;
  for (const std::size_t i : order) {
    const Index row = all.rows[i];
    if (row < 0 || row >= data.size()) {
      throw UserError(where(i) + "\"row\": " + std::to_string(row) + "; " + data.name() + " has rows 0 to " +
                      std::to_string(data.size() - 1));
    }
    if (!selected.rows.empty() && selected.rows.back() == row) {
      throw UserError(where(i) + "\"row\": " + std::to_string(row) +
                      " stands twice; repeats go into the column \"count\"");
    }
    selected.rows.push_back(row);
    const std::int64_t count = all.counts.empty() ? 1 : all.counts[i];
    if (count < 1 || count > std::numeric_limits<std::int32_t>::max()) {
      throw UserError(where(i) + "\"count\": " + std::to_string(count) + "; a row is taken once or more");
    }
    selected.counts.push_back(static_cast<std::int32_t>(count));
    if (all.scores.rows > 0) selected.scores.push_back(static_cast<float>(scores[static_cast<Index>(i)]));
  }
  return selected;
}

std::map<std::string, std::string> read_selection_metadata(const std::string& path) {
  const ParquetFile file(path);
  std::map<std::string, std::string> pairs;
  const auto stored = file.metadata();
  for (std::int64_t i = 0; stored != nullptr && i < stored->size(); ++i)
    pairs[stored->key(i)] = stored->value(i);
  pairs.erase("ARROW:schema");
  return pairs;
}

bool is_selection_file(const std::string& path) {
  try {
    const ParquetFile file(path);
    const auto stored = file.metadata();
    return file.has("row") && stored != nullptr && stored->Contains("data_digest") &&
           stored->Contains("selector");
  } catch (const UserError&) {
    return false;
  }
}

}  // namespace maskbench
