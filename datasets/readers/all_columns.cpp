#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "datasets/readers/arrow_columns.hpp"
#include "datasets/readers/table_reader.hpp"

namespace maskbench {
namespace {

enum class Kind { floats, integers, number, label };  // lists of the first two

struct Column {
  std::string name;
  Kind kind;
};

std::vector<Column> parquet_columns(const std::string& path) {
  const ParquetFile file(path);
  std::vector<Column> columns;
  for (const auto& field : file.schema().fields()) {
    const arrow::DataType& type = *field->type();
    if (is_list_of_floats(type))
      columns.push_back({field->name(), Kind::floats});
    else if (fits(Role::matrix, type))
      columns.push_back({field->name(), Kind::integers});
    else if (fits(Role::label, type))
      columns.push_back({field->name(), Kind::label});
    else if (fits(Role::score, type))
      columns.push_back({field->name(), Kind::number});
  }
  return columns;
}

std::vector<Column> jsonl_columns(
    const std::string& path) {  // by the first line; the reader holds the others to it
  std::ifstream in(path, std::ios::binary);
  std::string line;
  std::getline(in, line);
  const auto row = nlohmann::json::parse(line, nullptr, false);
  std::vector<Column> columns;
  if (!row.is_object()) return columns;  // reading it says what is wrong
  for (const auto& [name, value] : row.items()) {
    if (value.is_array())
      columns.push_back({name, Kind::floats});
    else if (value.is_number_float())
      columns.push_back({name, Kind::number});
    else if (value.is_number() || value.is_boolean() || value.is_string())
      columns.push_back({name, Kind::label});
  }
  return columns;
}

bool named(const ReadRequest& request, const std::string& column) {
  const auto among = [&](const std::vector<std::string>& list) {
    return std::find(list.begin(), list.end(), column) != list.end();
  };
  return column == request.length || column == request.id || column == request.text ||
         among(request.quality) || among(request.scores) || among(request.labels) ||
         std::any_of(request.matrices.begin(), request.matrices.end(),
                     [&](const auto& matrix) { return matrix.second == column; });
}

}  // namespace

ReadRequest all_columns(ReadRequest request) {
  bool npy = false;
  std::vector<Column> columns;
  for (const std::string& file : request.files) {
    if (file.ends_with(".npy"))
      npy = true;
    else if (columns.empty())
      columns = file.ends_with(".jsonl") ? jsonl_columns(file) : parquet_columns(file);
  }
  const auto has = [&](const std::string& name) {
    return std::any_of(columns.begin(), columns.end(),
                       [&](const Column& column) { return column.name == name; });
  };
  for (std::string* column : {&request.length, &request.id, &request.text}) {
    if (!has(*column)) column->clear();
  }
  if (request.features != "-" && !has(request.features)) request.features.clear();
  std::vector<std::string> lists;
  for (const Column& column : columns) {
    if (column.kind == Kind::floats && !named(request, column.name)) lists.push_back(column.name);
  }
  if (request.features.empty() && !npy && lists.size() == 1) request.features = lists.front();
  if (request.features.empty() && !npy)
    request.features = "-";  // none, or several: then all of them are matrices
  for (const Column& column : columns) {
    if (column.name == request.features || named(request, column.name)) continue;
    if (column.kind == Kind::number)
      request.scores.push_back(column.name);
    else if (column.kind == Kind::label)
      request.labels.push_back(column.name);
    else
      request.matrices.emplace_back(column.name, column.name);
  }
  return request;
}

}  // namespace maskbench
