#include <algorithm>
#include <cmath>

#include "datasets/readers/arrow_columns.hpp"
#include "datasets/readers/data_files.hpp"
#include "datasets/readers/each_file.hpp"
#include "datasets/readers/file_columns.hpp"
#include "datasets/readers/gathered.hpp"
#include "datasets/readers/json_line.hpp"
#include "datasets/readers/parquet_file.hpp"
#include "datasets/readers/text_lines.hpp"

namespace maskbench {
namespace {

constexpr std::int64_t kNumber = 4, kWide = 8;  // bytes

// What one column of a file will take.
std::int64_t column_bytes(const ParquetFile& file, const Gathered& column) {
  const ArrowType& type = decoded(file.type(column.column));
  const Index rows = file.rows();
  if (column.role == Role::id || column.role == Role::text) return file.bytes(column.column) + kWide * rows;
  const bool list = column.role == Role::features || column.role == Role::matrix;
  if (list && !is_list(type))  // packed bits at the most
    return file.bytes(column.column) * kNumber * (column.packing == Packing::bits ? 8 : 1);
  if (list) return file.entries(column.column) * kNumber;
  const bool narrow = column.role != Role::score || type.kind == ArrowKind::boolean ||
                      (type.bits < 64 && (type.kind == ArrowKind::floating || type.bits <= 16));
  return rows * (kNumber + (narrow ? 0 : kWide));
}

DataSize parquet_size(const std::string& path, const std::vector<Gathered>& columns) {
  DataSize size;
  const ParquetFile file(path);
  size.rows = file.rows();
  for (const Gathered& column : columns) {
    if (column.from_text) {
      size.columns += kNumber * file.rows();
    } else if (!file.has(column.column)) {
      size.columns += 2 * kWide * file.rows();  // of a folder's name
    } else {
      (column.role == Role::features ? size.features : size.columns) += column_bytes(file, column);
    }
  }
  return size;
}

// JSON lines by their first ones: how long they are, and how much of them is asked for. What is packed is
// taken to unpack to eight times its size.
DataSize lines_size(const FileStamp& stamp, const std::vector<Gathered>& columns) {
  constexpr Index kSample = 256, kPacking = 8;
  Index lines = 0, length = 0;
  DataSize seen;
  JsonLine fields;
  for_each_line(stamp.path, [&](std::string_view line, Index) {
    length += static_cast<Index>(line.size()) + 1;
    if (!fields.read(line).empty()) return true;  // blank, or reading it says what is wrong
    ++lines;
    for (const Gathered& column : columns) {
      const std::string_view value = fields.find(column.column).value_or("");
      const auto entries = std::count(value.begin(), value.end(), ',') + 1;
      if (column.role == Role::features)
        seen.features += entries * kNumber;
      else if (column.role == Role::matrix)
        seen.columns += entries * kNumber;
      else if (column.role == Role::id || column.role == Role::text)
        seen.columns += static_cast<Index>(value.size()) + kWide;
      else
        seen.columns += kNumber + (column.role == Role::score ? kWide : 0);
    }
    return lines < kSample;
  });
  if (lines == 0) return {};
  const Index size = stamp.size * (is_packed(stamp.path) ? kPacking : 1);
  const double share = static_cast<double>(size) / static_cast<double>(length);
  const auto whole = [&](Index part) {
    return static_cast<Index>(std::ceil(static_cast<double>(part) * share));
  };
  return {whole(lines), whole(seen.features), whole(seen.columns)};
}

DataSize file_size(const FileStamp& stamp, const std::vector<Gathered>& columns) {
  const FileFormat format = format_of(stamp.path).value_or(FileFormat::parquet);
  if (format == FileFormat::jsonl) return lines_size(stamp, columns);
  if (format == FileFormat::parquet) return parquet_size(stamp.path, columns);
  const NpySize whole = npy_size(stamp.path);
  return {0, whole.rows * whole.cols * kNumber, 0};
}

}  // namespace

DataSize table_size(const ReadRequest& request) {
  std::vector<Gathered> columns = columns_wanted(request);
  bool npy = false;
  std::string table;  // the first file of columns
  for (const std::string& file : request.files) {
    const bool features_only = format_of(file) == FileFormat::npy;
    npy = npy || features_only;
    if (table.empty() && !features_only) table = file;
  }
  const std::vector<FileStamp> stamps = stamp_files(request.files);
  if (!columns.empty() && columns.front().role == Role::features) {
    Gathered& features = columns.front();
    try {
      if (!npy && features.column.empty()) features.column = features_of(table);
    } catch (const UserError&) {  // reading it says better what is wrong with it
    }
    if (npy || features.column.empty()) columns.erase(columns.begin());
  }
  std::vector<DataSize> sizes(stamps.size());
  for_each_file(
      request.files, [] { return 0; },
      [&](Index i, int) {
        try {
          sizes[static_cast<std::size_t>(i)] = file_size(stamps[static_cast<std::size_t>(i)], columns);
        } catch (const UserError&) {  // likewise
        }
      });
  DataSize all;
  for (const DataSize& one : sizes) {
    all.rows += one.rows;
    all.features += one.features;
    all.columns += one.columns;
  }
  return all;
}

}  // namespace maskbench
