#include "datasets/readers/table_reader.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "datasets/readers/gathered.hpp"

namespace maskbench {
namespace {

bool ends_with(const std::string& file, const char* ending) {
  return std::filesystem::path(file).extension() == ending;
}

// The file and its row behind each row of the data set.
std::function<std::string(Index)> places(std::vector<std::string> files, std::vector<Index> rows) {
  return [files = std::move(files), rows = std::move(rows)](Index row) {
    std::size_t file = 0;
    while (file + 1 < rows.size() && row >= rows[file]) row -= rows[file++];
    return files[file] + ", row " + std::to_string(row);
  };
}

std::shared_ptr<const Dataset> read_text_files(const ReadRequest& request, std::vector<Gathered> columns,
                                               LabelNames* label_names) {
  std::string npy, jsonl;
  for (const std::string& file : request.files) {
    std::string& kind = ends_with(file, ".npy") ? npy : jsonl;
    if (!kind.empty() || !(ends_with(file, ".npy") || ends_with(file, ".jsonl"))) {
      throw UserError(file +
                      ": beside .npy or .jsonl files; data are Parquet files, or FEATURES.npy,COLUMNS.jsonl");
    }
    kind = file;
  }
  if (npy.empty() && !columns.empty() && columns.front().role == Role::features &&
      columns.front().column.empty()) {
    if (!request.features_optional)
      throw UserError(jsonl + ": no features beside it; data are FEATURES.npy,COLUMNS.jsonl");
    columns.erase(columns.begin());
  }
  Index rows = 0;
  std::vector<Gathered*> in_jsonl;
  for (Gathered& one : columns) {
    if (one.role == Role::features && !npy.empty()) {
      if (one.column.empty()) one.column = "features";
      rows = gather_npy(npy, one);
    } else if (!one.from_text) {
      in_jsonl.push_back(&one);
    }
  }
  if (jsonl.empty() && !in_jsonl.empty()) {
    throw UserError(npy + ": holds features only; column \"" + in_jsonl.front()->column +
                    "\" needs a .jsonl file beside it");
  }
  if (!jsonl.empty()) {
    const Index lines = gather_jsonl(jsonl, in_jsonl, rows);
    if (rows != 0 && lines != rows) {
      throw UserError(jsonl + ": " + std::to_string(lines) + " lines, " + npy + " has " +
                      std::to_string(rows) + " rows");
    }
    rows = lines;
  }
  if (rows == 0) throw UserError(listed(request.files) + ": no rows");
  const std::string both = npy.empty() || jsonl.empty() ? npy + jsonl : npy + " and " + jsonl;
  return finish(request, std::move(columns), rows, places({both}, {rows}), label_names);
}

}  // namespace

std::shared_ptr<const Dataset> read_table(const ReadRequest& given, LabelNames* label_names) {
  if (given.files.empty()) throw UserError("no file to read is given");
  ReadRequest request = given;
  if (request.name.empty()) request.name = std::filesystem::path(request.files.front()).stem().string();
  stamp_files(request.files);  // a missing file is found before a long read
  std::vector<Gathered> columns = columns_wanted(request);
  const bool text_files = std::any_of(
      request.files.begin(), request.files.end(),
      [](const std::string& file) { return ends_with(file, ".npy") || ends_with(file, ".jsonl"); });
  if (text_files) return read_text_files(request, std::move(columns), label_names);
  std::vector<Index> rows = gather_parquet(request, columns);
  Index total = 0;
  for (const Index one : rows) total += one;
  return finish(request, std::move(columns), total, places(request.files, std::move(rows)), label_names);
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
