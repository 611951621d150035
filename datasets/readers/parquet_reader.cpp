#include <algorithm>

#include "datasets/readers/arrow_columns.hpp"
#include "datasets/readers/gathered.hpp"

namespace maskbench {
namespace {

// The request's features column where it is left open: the one list of floats.
void settle_features(const ReadRequest& request, const ParquetFile& file, std::vector<Gathered>& columns) {
  if (columns.empty() || columns.front().role != Role::features || !columns.front().column.empty()) return;
  std::vector<std::string> candidates;
  for (const auto& field : file.schema().fields()) {
    if (is_list_of_floats(*field->type())) candidates.push_back(field->name());
  }
  if (candidates.size() == 1) {
    columns.front().column = candidates.front();
  } else if (candidates.empty() && request.features_optional) {
    columns.erase(columns.begin());
  } else if (candidates.empty()) {
    throw UserError(file.path() + ": no column holds lists of floats, so there are no features; it has: " +
                    listed(file.names()));
  } else {
    throw UserError(file.path() + ": several columns hold lists of floats; name the features' one of: " +
                    listed(candidates));
  }
}

void check_types(const ParquetFile& file, std::vector<Gathered>& columns) {
  for (Gathered& one : columns) {
    if (one.from_text) continue;
    const arrow::DataType& type = *file.field(one.column).type();
    if (!fits(one.role, type)) {
      throw UserError(file.path() + ", column \"" + one.column + "\": of type " + type.ToString() + "; " +
                      types_of(one.role));
    }
    one.of_integers = one.role == Role::matrix && !is_list_of_floats(type);
    if (type.id() == arrow::Type::FIXED_SIZE_LIST)
      one.cols = static_cast<const arrow::FixedSizeListType&>(type).list_size();
  }
}

// Files that make one data set have the same columns, in any order.
void check_schema(const ParquetFile& file, const ParquetFile& first) {
  const auto has_all_of = [](const ParquetFile& from, const ParquetFile& other) {
    for (const std::string& name : other.names()) {
      if (!from.schema().GetAllFieldIndices(name).empty()) continue;
      throw UserError(from.path() + ": no column \"" + name + "\", which " + other.path() +
                      " has; files that make one data " + "set have the same columns");
    }
  };
  has_all_of(file, first);
  has_all_of(first, file);
  for (const auto& field : first.schema().fields()) {
    const auto other = file.schema().GetFieldByName(field->name());
    if (other == nullptr || same_type(*other->type(), *field->type())) continue;  // null: named twice
    throw UserError(file.path() + ", column \"" + field->name() + "\": of type " + other->type()->ToString() +
                    ", in " + first.path() + " of type " + field->type()->ToString());
  }
}

void gather_file(const ParquetFile& file, std::vector<Gathered>& columns, Index total_rows) {
  std::vector<std::string> names;
  for (const Gathered& one : columns) {
    if (!one.from_text && std::find(names.begin(), names.end(), one.column) == names.end())
      names.push_back(one.column);
  }
  if (names.empty()) return;
  file.read(names, [&](const arrow::RecordBatch& batch, Index first) {
    for (Gathered& one : columns) {
      if (one.from_text) continue;
      const bool list = one.role == Role::features || one.role == Role::matrix;
      const ReadPlace place{file.path(), one.column, first, false};
      append(one, *batch.GetColumnByName(one.column), place);
      one.spill(place, total_rows);
      if (list && one.rows == batch.num_rows())
        one.reserve(total_rows, 0, file.path());  // its width is known now
    }
  });
}

}  // namespace

std::vector<Index> gather_parquet(const ReadRequest& request, std::vector<Gathered>& columns) {
  // Footers first: schemas and row counts, so that every column is allocated once.
  const ParquetFile first(request.files.front());
  settle_features(request, first, columns);
  std::vector<Index> rows;
  std::vector<Index> bytes(columns.size(), 0);
  for (const std::string& path : request.files) {
    const ParquetFile file(path);
    check_schema(file, first);
    check_types(file, columns);
    rows.push_back(file.rows());
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (columns[i].role == Role::id || columns[i].role == Role::text)
        bytes[i] += file.bytes(columns[i].column);
    }
  }
  Index total = 0;
  for (const Index one : rows) total += one;
  if (total == 0) throw UserError(listed(request.files) + ": no rows");
  for (std::size_t i = 0; i < columns.size(); ++i) columns[i].reserve(total, bytes[i], request.files.front());
  for (std::size_t i = 0; i < request.files.size(); ++i) {
    const ParquetFile file(request.files[i]);
    if (file.rows() != rows[i]) throw UserError(file.path() + ": changed while it was being read");
    gather_file(file, columns, total);
  }
  return rows;
}

}  // namespace maskbench
