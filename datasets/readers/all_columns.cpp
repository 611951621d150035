#include <algorithm>

#include "datasets/readers/data_files.hpp"
#include "datasets/readers/file_columns.hpp"
#include "datasets/readers/table_reader.hpp"

namespace maskbench {
namespace {

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
  std::vector<FileColumn> columns;
  for (const std::string& file : request.files) {
    if (format_of(file) == FileFormat::npy)
      npy = true;
    else if (columns.empty())
      columns = columns_of(file);
  }
  const auto has = [&](const std::string& name) {
    return std::any_of(columns.begin(), columns.end(),
                       [&](const FileColumn& column) { return column.name == name; });
  };
  for (std::string* column : {&request.length, &request.id, &request.text}) {
    if (!has(*column)) column->clear();
  }
  if (request.features != "-" && !has(request.features)) request.features.clear();
  std::vector<std::string> lists;
  for (const FileColumn& column : columns) {
    if (column.kind == ColumnKind::float_lists && !named(request, column.name)) lists.push_back(column.name);
  }
  if (request.features.empty() && !npy && lists.size() == 1) request.features = lists.front();
  if (request.features.empty() && !npy)
    request.features = "-";  // none, or several: then all of them are matrices
  for (const FileColumn& column : columns) {
    if (column.name == request.features || named(request, column.name)) continue;
    if (column.kind == ColumnKind::number)
      request.scores.push_back(column.name);
    else if (column.kind == ColumnKind::label)
      request.labels.push_back(column.name);
    else if (column.kind != ColumnKind::other)
      request.matrices.emplace_back(column.name, column.name);
  }
  return request;
}

}  // namespace maskbench
