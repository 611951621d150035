// Files to a data set: Parquet row group by row group, JSON lines, .npy features beside either. Only the
// columns that are asked for are looked at; while reading, memory holds them and a few thousand rows more.
//
//   wanted        types read
//   features      lists of any layout, of floats or integers, all of one length; bytes that are packed
//   numbers; float32 scores        floats, integers, decimals, bools, dates and times; float32 where that
//   holds them, else as they are labels        integers that fit int32 are their numbers; other numbers and
//   strings are numbered from 0 by value lengths       whole numbers that fit int32, >= 0 ids strings,
//   integers, dates, times, binary (hexadecimal), UUIDs; distinct text          strings matrices      lists
//   of floats (kept as float32) or of integers (int32), all of one length
//
// A column's name may reach into structs with dots: metadata.score; a column whose own name has the dot comes
// first. A folder key=value on a file's way is a column of that file, where the file has none of that name.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "datasets/core/dataset.hpp"
#include "datasets/readers/missing.hpp"

namespace maskbench {

struct ReadRequest {
  std::string name;                // of the data set; "": the first file's name without folder and ending
  std::vector<std::string> files;  // Parquet or JSON lines; .npy files of features beside them or alone
  std::string features;            // "": the one list-of-float column; "-": none
  bool features_optional = false;  // "" with no such column is no error: nothing needs features
  bool unit_rows = true;
  std::string scratch;  // folder of a scratch file for the features; "": they are kept in memory
  std::vector<std::string>
      quality;  // scores that make the quality, in the caller's order; NAME:asc: lower is better
  std::vector<std::string> scores;  // further scores
  bool exact_scores = true;         // false: all are rounded to float32
  std::vector<MissingRule> missing;
  bool ids_per_file = false;     // an id may stand in several files
  bool repeated_files = false;   // a file may be named twice
  std::string length, id, text;  // columns; "": none. The lengths are the size "tokens".
  std::vector<std::string> labels;
  std::vector<std::string> measures;  // "characters", "bytes" where a budget needs them: counted in the text
                                      // where it is read (always), else from an integer column of that name
  std::vector<std::pair<std::string, std::string>> matrices;  // name in the data set, column
};

// The request with every column of its files in the role that its type has: lists of floats are the features
// where one is named `features` or there is only one, else matrices; lists of integers matrices; floats
// scores; integers, bools and strings labels. Columns that the request names already keep the role they have
// there. Where `features` is no column of these files, it is left open.
ReadRequest all_columns(ReadRequest request);

// What reading found, beside the data set.
struct ShardRows {
  std::string path;
  Index first = 0, rows = 0;  // in the order of the files
};
struct ReadReport {
  std::vector<ShardRows> shards;
  std::vector<MissingCount> missing;
  std::vector<std::string> notes;
};

// UserError, naming file, column and row where there is one, for: a file that is missing, a folder, damaged
// or of another kind; a column that is missing, named twice or of a wrong type; lists of different lengths,
// nulls, NaN and zero rows without a rule for them; infinity in features, scores and matrices; no rows; a
// length below zero or with a fraction; an id used twice; an integer that does not fit. Rows count from 0 in
// each file, lines from 1.
std::shared_ptr<const Dataset> read_table(const ReadRequest& request, ReadReport* report = nullptr);

// What reading will hold, from the files' footers and sizes; a damaged file counts as nothing here.
// UserError: a missing file.
DataSize table_size(const ReadRequest& request);

// What a file was when it was stamped.
struct FileStamp {
  std::string path;
  std::int64_t size = 0;      // bytes
  std::int64_t mtime_ns = 0;  // nanoseconds since the epoch
};

// To be taken before reading. UserError for a missing file or a folder.
std::vector<FileStamp> stamp_files(const std::vector<std::string>& paths);

// To be called before an answer is put in place. UserError: the first file that is no longer what it was.
void check_unchanged(const std::vector<FileStamp>& stamps);

}  // namespace maskbench
