#include "datasets/readers/file_columns.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "datasets/readers/arrow_columns.hpp"
#include "datasets/readers/data_files.hpp"
#include "datasets/readers/json_line.hpp"
#include "datasets/readers/parquet_file.hpp"
#include "datasets/readers/text_lines.hpp"

namespace maskbench {
namespace {

ColumnKind kind_of(const ArrowType& type) {
  if (is_list_of_floats(type)) return ColumnKind::float_lists;
  if (is_list_of_integers(type)) return ColumnKind::integer_lists;
  const ArrowKind kind = decoded(type).kind;
  if (kind == ArrowKind::floating || kind == ArrowKind::decimal) return ColumnKind::number;
  return fits(Role::label, type) && kind != ArrowKind::null ? ColumnKind::label : ColumnKind::other;
}

ColumnKind kind_of(std::string_view text) {
  const auto value = nlohmann::json::parse(text, nullptr, false);
  if (value.is_array()) {
    const bool numbers = !value.empty() && std::all_of(value.begin(), value.end(),
                                                       [](const auto& one) { return one.is_number(); });
    return numbers ? ColumnKind::float_lists : ColumnKind::other;
  }
  if (value.is_number_float()) return ColumnKind::number;
  return value.is_number() || value.is_boolean() || value.is_string() ? ColumnKind::label : ColumnKind::other;
}

// By the first line; the reader holds the others to it.
std::vector<FileColumn> columns_of_lines(const std::string& file) {
  std::vector<FileColumn> columns;
  for_each_line(file, [&](std::string_view text, std::int64_t) {
    if (text.find_first_not_of(" \t") == std::string_view::npos) return true;
    JsonLine line;
    if (!line.read(text).empty()) return false;  // reading it says what is wrong
    for (const std::string& name : line.names())
      columns.push_back({name, kind_of(line.find(name).value_or("null"))});
    return false;
  });
  return columns;
}

}  // namespace

std::vector<FileColumn> columns_of(const std::string& file) {
  const FileFormat format = format_of(file).value_or(FileFormat::parquet);
  if (format == FileFormat::jsonl) return columns_of_lines(file);
  std::vector<FileColumn> columns;
  if (format == FileFormat::npy) return columns;
  const ParquetFile parquet(file);
  for (const ArrowType& type : parquet.schema().children) columns.push_back({type.name, kind_of(type)});
  return columns;
}

std::vector<std::string> column_names(const std::string& file) {
  std::vector<std::string> names;
  for (const FileColumn& column : columns_of(file)) names.push_back(column.name);
  return names;
}

std::string features_of(const std::string& file) {
  std::vector<std::string> candidates;
  for (const FileColumn& column : columns_of(file)) {
    if (column.kind == ColumnKind::float_lists) candidates.push_back(column.name);
  }
  if (candidates.size() > 1)
    throw UserError(
        file + ": several columns hold lists of floats; name the features' one of: " + listed(candidates));
  return candidates.empty() ? "" : candidates.front();
}

}  // namespace maskbench
