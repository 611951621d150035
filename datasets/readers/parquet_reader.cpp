#include <algorithm>

#include "datasets/core/watch.hpp"
#include "datasets/readers/arrow_columns.hpp"
#include "datasets/readers/data_files.hpp"
#include "datasets/readers/each_file.hpp"
#include "datasets/readers/gathered.hpp"
#include "datasets/readers/parquet_file.hpp"

namespace maskbench {
namespace {

// Where a file has a column: in its rows, or in a folder's name on its way.
struct ColumnSource {
  Gathered* column = nullptr;
  std::optional<std::string> folder;
};

std::vector<ColumnSource> sources_in(const ParquetFile& file, std::span<Gathered*> columns) {
  std::vector<ColumnSource> all;
  for (Gathered* one : columns) {
    ColumnSource source{one, std::nullopt};
    if (!file.has(one->column)) source.folder = folder_value(file.path(), one->column);
    if (!source.folder) check_type(file.path(), file.type(one->column), *one);
    all.push_back(std::move(source));
  }
  return all;
}

void gather_file(const ParquetFile& file, std::span<Gathered*> columns, Index total_rows) {
  const std::vector<ColumnSource> sources = sources_in(file, columns);
  std::vector<std::string> names;
  for (const ColumnSource& one : sources) {
    if (one.folder)
      append_constant(*one.column, *one.folder, file.rows(), {file.path(), one.column->column, 0, false});
    else if (std::find(names.begin(), names.end(), one.column->column) == names.end())
      names.push_back(one.column->column);
  }
  if (names.empty()) return;
  std::vector<std::vector<std::size_t>> paths;
  file.read(names, [&](const ArrowType& type, const ArrowArray& rows, Index first) {
    for (std::size_t i = 0; i < sources.size(); ++i) {
      if (sources[i].folder) continue;
      Gathered& one = *sources[i].column;
      if (paths.size() <= i) paths.resize(sources.size());
      if (paths[i].empty()) paths[i] = find_column(type, one.column).path;
      const bool list = one.role == Role::features || one.role == Role::matrix;
      const ReadPlace place{file.path(), one.column, first, false};
      append(one, type, rows, paths[i], place);
      one.spill(place, total_rows);
      if (list && one.rows == rows.length) one.reserve(total_rows, 0, file.path());  // its width is known now
    }
  });
}

}  // namespace

std::vector<FileRows> gather_parquet(const std::vector<std::string>& files, std::span<Gathered*> columns) {
  // Footers first: types and row counts, so that every column is allocated once.
  std::vector<FileRows> all(files.size());
  std::vector<std::vector<Index>> bytes(files.size());
  const auto copies = [&] {  // a type settles something in a column: each thread has its own
    std::vector<Gathered> own;
    for (const Gathered* one : columns) own.push_back(*one);
    return own;
  };
  constexpr double kFooters = 0.2;  // of the work, about
  {
    const PartOfWork part(0, kFooters);
    for_each_file(files, copies, [&](Index i, std::vector<Gathered>& own) {
      const ParquetFile file(files[static_cast<std::size_t>(i)]);
      std::vector<Gathered*> places;
      for (Gathered& one : own) places.push_back(&one);
      sources_in(file, places);
      all[static_cast<std::size_t>(i)] = {file.path(), file.rows()};
      for (const Gathered& one : own) {
        const bool strings = one.role == Role::id || one.role == Role::text;
        bytes[static_cast<std::size_t>(i)].push_back(strings ? file.bytes(one.column) : 0);
      }
    });
  }
  sources_in(ParquetFile(files.front()), columns);
  Index total = 0;
  for (const FileRows& one : all) total += one.rows;
  for (std::size_t k = 0; k < columns.size(); ++k) {
    Index chars = 0;
    for (const std::vector<Index>& one : bytes) chars += one[k];
    columns[k]->reserve(total, chars, files.front());
  }
  const double each = (1 - kFooters) / static_cast<double>(all.size());
  double done = kFooters;
  for (const FileRows& one : all) {
    const PartOfWork part(done, done + each);
    done += each;
    const ParquetFile file(one.path);
    if (file.rows() != one.rows) throw UserError(file.path() + ": changed while it was being read");
    gather_file(file, columns, total);
  }
  return all;
}

}  // namespace maskbench
