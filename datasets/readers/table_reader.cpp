#include "datasets/readers/table_reader.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>

#include "datasets/readers/data_files.hpp"
#include "datasets/readers/file_columns.hpp"
#include "datasets/readers/gathered.hpp"

namespace maskbench {
namespace {

using Files = std::vector<std::string>;

// Files with the features by themselves, and files with columns, which are of one format.
struct Split {
  Files npy, tables;
  bool lines = false;  // the tables are JSON lines
};

Split split(const Files& files) {
  Split all;
  std::string parquet, lines;
  for (const std::string& file : files) {
    const FileFormat format = format_of(file).value_or(FileFormat::parquet);
    (format == FileFormat::npy ? all.npy : all.tables).push_back(file);
    if (format == FileFormat::parquet) parquet = file;
    if (format == FileFormat::jsonl) lines = file;
  }
  if (!parquet.empty() && !lines.empty())
    throw UserError(lines + ": beside " + parquet + "; columns are Parquet files or JSON lines, not both");
  all.lines = !lines.empty();
  return all;
}

// Where the request leaves the features' column open: that of the .npy files, or the one that there is.
void settle_features(const ReadRequest& request, const Split& files, std::vector<Gathered>& columns) {
  if (columns.empty() || columns.front().role != Role::features || !columns.front().column.empty()) return;
  if (!files.npy.empty()) {
    columns.front().column = "features";
    return;
  }
  const std::string& first = files.tables.front();
  const std::string column = features_of(first);
  if (!column.empty()) {
    columns.front().column = column;
  } else if (request.features_optional) {
    columns.erase(columns.begin());
  } else {
    throw UserError(first + ": no column holds lists of floats, so there are no features; it has: " +
                    listed(column_names(first)));
  }
}

std::vector<FileRows> read_npy(const Files& files, Gathered& features) {
  Index expected = 0;
  for (const std::string& file : files) expected += npy_size(file).rows;
  std::vector<FileRows> all;
  for (const std::string& file : files) all.push_back({file, gather_npy(file, features, expected)});
  return all;
}

std::vector<FileRows> read_tables(const Split& files, std::span<Gathered*> columns, Index rows_expected) {
  if (!files.lines) return gather_parquet(files.tables, columns);
  std::vector<FileRows> all;
  for (const std::string& file : files.tables)
    all.push_back({file, gather_jsonl(file, columns, rows_expected)});
  return all;
}

Index sum_of(const std::vector<FileRows>& files) {
  Index rows = 0;
  for (const FileRows& one : files) rows += one.rows;
  return rows;
}

// The file and its row behind each row of the data set; files of features beside those of columns are named
// too.
std::function<std::string(Index)> places(std::vector<FileRows> files, const Files& beside) {
  return [files = std::move(files), beside](Index row) {
    std::size_t file = 0;
    while (file + 1 < files.size() && row >= files[file].rows) row -= files[file++].rows;
    return (beside.empty() ? "" : beside.front() + " and ") + files[file].path + ", row " +
           std::to_string(row);
  };
}

// Two files that are one, by what they are and not by their names.
void check_distinct(const Files& files) {
  std::map<std::pair<dev_t, ino_t>, const std::string*> seen;
  for (const std::string& file : files) {
    struct stat found {};
    if (stat(file.c_str(), &found) != 0) continue;  // stamp_files() says why
    const auto [before, fresh] = seen.emplace(std::pair(found.st_dev, found.st_ino), &file);
    if (!fresh)
      throw UserError(file + ": the same file as " + *before->second +
                      "; its rows would count twice (--allow-repeats insists)");
  }
}

}  // namespace

std::shared_ptr<const Dataset> read_table(const ReadRequest& given, ReadReport* report) {
  if (given.files.empty()) throw UserError("no file to read is given");
  ReadRequest request = given;
  if (request.name.empty()) request.name = std::filesystem::path(request.files.front()).stem().string();
  stamp_files(request.files);  // a missing file is found before a long read
  if (!request.repeated_files) check_distinct(request.files);
  std::vector<Gathered> columns = columns_wanted(request);
  const Split files = split(request.files);
  settle_features(request, files, columns);

  std::vector<FileRows> npy, tables;
  std::vector<Gathered*> in_tables;
  for (Gathered& one : columns) {
    if (one.role == Role::features && !files.npy.empty())
      npy = read_npy(files.npy, one);
    else if (!one.from_text)
      in_tables.push_back(&one);
  }
  if (files.tables.empty() && !in_tables.empty())
    throw UserError(files.npy.front() + ": holds features only; column \"" + in_tables.front()->column +
                    "\" needs a Parquet or .jsonl file beside it");
  if (!files.tables.empty()) tables = read_tables(files, in_tables, sum_of(npy));
  const Index rows = tables.empty() ? sum_of(npy) : sum_of(tables);
  if (!npy.empty() && !tables.empty() && sum_of(npy) != rows)
    throw UserError(files.tables.front() + ": " + std::to_string(rows) +
                    (files.lines ? " lines, " : " rows, ") + files.npy.front() + " has " +
                    std::to_string(sum_of(npy)) + " rows");
  if (rows == 0) throw UserError(listed(request.files) + ": no rows");

  ReadReport own;
  ReadReport& found = report == nullptr ? own : *report;
  Index first = 0;
  for (const FileRows& one : tables.empty() ? npy : tables) {
    found.shards.push_back({one.path, first, one.rows});
    first += one.rows;
  }
  if (!columns.empty() && columns.front().packing == Packing::bits)
    found.notes.push_back(
        "features \"" + columns.front().column + "\": bytes are read as 8 bits each, +1 or -1 (--features " +
        columns.front().column + ":float32, :float16, :int8 or :uint8 where they are numbers)");
  return finish(request, std::move(columns), rows,
                places(tables.empty() ? npy : tables, tables.empty() ? Files{} : files.npy), found);
}

std::vector<FileStamp> stamp_files(const std::vector<std::string>& paths) {
  std::vector<FileStamp> stamps;
  for (const std::string& path : paths) {
    struct stat found {};
    if (stat(path.c_str(), &found) != 0) throw UserError(path + ": " + std::strerror(errno));
    if (S_ISDIR(found.st_mode)) throw UserError(path + ": a folder; give the files in it");
    if (!S_ISREG(found.st_mode)) throw UserError(path + ": not a regular file");
    stamps.push_back(
        {path, found.st_size, std::int64_t{found.st_mtim.tv_sec} * 1'000'000'000 + found.st_mtim.tv_nsec});
  }
  return stamps;
}

void check_unchanged(const std::vector<FileStamp>& stamps) {
  for (const FileStamp& stamp : stamps) {
    const FileStamp now = stamp_files({stamp.path}).front();
    if (now.size == stamp.size && now.mtime_ns == stamp.mtime_ns) continue;
    throw UserError(stamp.path + ": changed after it was read (" + std::to_string(stamp.size) +
                    " bytes then, " + std::to_string(now.size) +
                    " now); nothing is written, since the answer would not be about this file");
  }
}

}  // namespace maskbench
