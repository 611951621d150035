#include "datasets/readers/gathered.hpp"

#include <unistd.h>

#include <algorithm>
#include <limits>
#include <set>

#include "datasets/core/huge_pages.hpp"

namespace maskbench {
namespace {

constexpr std::int64_t kLargest = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kSmallest = std::numeric_limits<std::int32_t>::min();

// Reserved and not filled: pages are taken as rows come. A damaged row count must not look like a crash.
template <class Container>
void reserve_within_memory(Container& container, Index rows, Index width, const std::string& file) {
  const double wanted = static_cast<double>(rows) * static_cast<double>(width) *
                        static_cast<double>(sizeof(typename Container::value_type));
  const double machine =
      static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGE_SIZE));
  if (wanted < 0 || wanted > machine) {
    throw UserError(file + ": a column of " + std::to_string(rows) + " x " + std::to_string(width) +
                    " values is more than this machine's memory; the file is too large or damaged");
  }
  container.reserve(rows * width);
}

// Renumbers labels from their order of appearance to the bytewise order of their values.
std::vector<std::string> sort_values(Gathered& label) {
  std::vector<std::int32_t> rank(label.values.size());
  std::vector<std::string> names;
  for (const auto& [value, appeared] : label.values) {
    rank[appeared] = static_cast<std::int32_t>(names.size());
    names.push_back(value);
  }
  for (std::int32_t& value : label.integers) value = rank[value];
  return names;
}

// Characters are Unicode code points: all bytes but UTF-8 continuations.
std::int64_t measure(std::string_view text, bool characters) {
  if (!characters) return static_cast<std::int64_t>(text.size());
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xc0u) != 0x80u; });
}

void measure_text(Gathered& size, const Gathered& text, const std::function<std::string(Index)>& locate) {
  const StringColumn column{text.offsets, text.chars.data()};
  size.integers.reserve(text.rows);
  for (Index i = 0; i < text.rows; ++i) {
    const std::int64_t measured = measure(column[i], size.name == "characters");
    if (measured > kLargest)
      throw UserError(locate(i) + ", column \"" + text.column + "\": a text of 2 GiB or more");
    size.integers.push_back(static_cast<std::int32_t>(measured));
  }
  size.rows = text.rows;
}

}  // namespace

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "none" : text;
}

std::string ReadPlace::row(Index offset) const {
  return file + (count_lines ? ", line " + std::to_string(first + offset + 1)
                             : ", row " + std::to_string(first + offset));
}

void ReadPlace::fail(Index offset, const std::string& what) const {
  throw UserError(row(offset) + ", column \"" + column + "\": " + what);
}

void Gathered::spill(const ReadPlace& place, Index total_rows) {
  if (scratch.empty() || floats.empty()) return;
  if (!scratch_file) scratch_file = std::make_shared<RowFile>(scratch, cols, total_rows);
  check_rows(floats, cols, unit_rows, column, [&](Index row) { return place.row(row); });
  scratch_file->append(floats);
  floats.clear();
}

void Gathered::reserve(Index total_rows, Index chars_expected, const std::string& file) {
  if (!scratch.empty()) return;
  if (role == Role::id || role == Role::text) {
    reserve_within_memory(offsets, total_rows + 1, 1, file);
    reserve_within_memory(chars, chars_expected, 1, file);
  } else if (role == Role::score) {
    reserve_within_memory(floats, total_rows, 1, file);
  } else if (role == Role::label || role == Role::size || of_integers) {
    reserve_within_memory(integers, total_rows, std::max<Index>(cols, 1), file);
  } else {
    reserve_within_memory(floats, total_rows, cols, file);
    prefer_huge_pages(floats);
  }
}

void Gathered::append_integer(std::int64_t value, const ReadPlace& place, Index offset) {
  if (role == Role::id) return append_string(std::to_string(value), place, offset);
  if (value < 0 && role == Role::size) {
    place.fail(offset, std::to_string(value) + "; a length is 0 or more");
  }
  if (value < kSmallest || value > kLargest) {
    place.fail(offset, std::to_string(value) + " does not fit a 32-bit integer");
  }
  if (!values.empty()) place.fail(offset, "an integer among strings");
  integers.push_back(static_cast<std::int32_t>(value));
  ++rows;
}

void Gathered::append_string(std::string_view value, const ReadPlace& place, Index offset) {
  if (role == Role::label) {
    if (values.empty() && rows > 0) place.fail(offset, "a string among integers");
    auto found = values.find(value);
    if (found == values.end()) {
      found = values.emplace(std::string(value), static_cast<std::int32_t>(values.size())).first;
    }
    integers.push_back(found->second);
  } else {
    if (offsets.empty()) offsets.push_back(0);
    chars.append(value);
    offsets.push_back(static_cast<std::int64_t>(chars.size()));
  }
  ++rows;
}

void Gathered::set_cols(Index given, const ReadPlace& place, Index offset) {
  if (given == 0) place.fail(offset, "an empty list");
  if (cols == 0) cols = given;
  if (given != cols) {
    place.fail(offset, "a list of " + std::to_string(given) + " values, the rows before it have " +
                           std::to_string(cols));
  }
}

std::vector<Gathered> columns_wanted(const ReadRequest& request) {
  std::vector<Gathered> wanted;
  std::set<std::pair<Role, std::string>> seen;
  const auto want = [&](Role role, const std::string& column, const std::string& name) {
    if (!seen.emplace(role, name).second) return false;
    Gathered one;
    one.role = role;
    one.column = column;
    one.name = name;
    wanted.push_back(std::move(one));
    return true;
  };
  if (request.features != "-") {
    want(Role::features, request.features, "features");
    wanted.back().scratch = request.scratch;
    wanted.back().unit_rows = request.unit_rows;
  }
  for (const std::string& column : request.quality) {
    if (!want(Role::score, column, column))
      throw UserError("quality column \"" + column + "\" is given twice");
  }
  for (const std::string& column : request.scores) want(Role::score, column, column);
  for (const std::string& column : request.labels) want(Role::label, column, column);
  for (const auto& [name, column] : request.matrices) {
    if (!want(Role::matrix, column, name)) throw UserError("matrix \"" + name + "\" is given twice");
  }
  if (!request.length.empty()) want(Role::size, request.length, "tokens");
  if (!request.id.empty()) want(Role::id, request.id, "id");
  if (!request.text.empty()) want(Role::text, request.text, "text");
  for (const char* measured : {"bytes", "characters"}) {
    const bool asked =
        std::find(request.measures.begin(), request.measures.end(), measured) != request.measures.end();
    if (!asked && request.text.empty()) continue;
    want(Role::size, request.text.empty() ? measured : request.text, measured);
    wanted.back().from_text = !request.text.empty();
  }
  for (const std::string& measured : request.measures) {
    if (measured == "bytes" || measured == "characters") continue;
    throw UserError("a size \"" + measured +
                    "\" is asked for; there are: bytes, characters, and tokens by the length column");
  }
  return wanted;
}

std::shared_ptr<const Dataset> finish(const ReadRequest& request, std::vector<Gathered> columns, Index rows,
                                      const std::function<std::string(Index)>& locate,
                                      LabelNames* label_names) {
  const auto text = std::find_if(columns.begin(), columns.end(),
                                 [](const Gathered& one) { return one.role == Role::text; });
  for (Gathered& one : columns) {
    if (one.from_text) measure_text(one, *text, locate);
    MASKBENCH_CHECK(one.rows == rows, "column " + one.column + " is whole");
  }
  DatasetBuilder builder(request.name, rows, locate);
  for (Gathered& one : columns) {
    switch (one.role) {
      case Role::features:
        if (one.scratch_file)
          builder.features(one.column, one.scratch_file, request.unit_rows);
        else
          builder.features(one.column, std::move(one.floats), one.cols, request.unit_rows);
        break;
      case Role::score:
        builder.score(one.name, std::move(one.floats));
        break;
      case Role::size:
        builder.sizes(one.name, one.column, std::move(one.integers));
        break;
      case Role::id:
        builder.ids(one.column, std::move(one.offsets), std::move(one.chars));
        break;
      case Role::text:
        builder.text(std::move(one.offsets), std::move(one.chars));
        break;
      case Role::label:
        if (!one.values.empty()) {
          std::vector<std::string> names = sort_values(one);
          if (label_names != nullptr) (*label_names)[one.name] = std::move(names);
        }
        builder.label(one.name, std::move(one.integers));
        break;
      case Role::matrix:
        if (one.of_integers)
          builder.matrix(one.name, std::move(one.integers), one.cols);
        else
          builder.matrix(one.name, std::move(one.floats), one.cols);
        break;
    }
  }
  builder.quality_columns(request.quality);
  return builder.build();
}

}  // namespace maskbench
