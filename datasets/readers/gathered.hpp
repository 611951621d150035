// Columns on their way from files into a data set: what the Parquet, .npy and .jsonl readers fill.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/core/dataset.hpp"
#include "datasets/readers/table_reader.hpp"

namespace maskbench {

inline constexpr Index kSpillRows = 1024;  // of text files, that go to a scratch file at a time

// Where in the files a value stands; makes the errors.
struct ReadPlace {
  std::string file, column;
  Index first = 0;           // row of the file that offset 0 is
  bool count_lines = false;  // text files: "line 18"

  std::string row(Index offset) const;
  [[noreturn]] void fail(Index offset, const std::string& what) const;
};

enum class Role { features, score, label, size, matrix, id, text };

// One column, in the role that the request gives it.
struct Gathered {
  Role role = Role::score;
  std::string column;      // in the file
  std::string name;        // in the data set: the column, a matrix's name, or the measure of a size
  bool from_text = false;  // a size counted in the text

  Index rows = 0;
  Index cols = 0;            // features and matrices: of every row, 0 until the first
  bool of_integers = false;  // a matrix kept in `integers`
  std::vector<float> floats;
  std::vector<std::int32_t> integers;
  std::vector<std::int64_t> offsets;  // ids and text: rows + 1
  std::string chars;
  std::map<std::string, std::int32_t, std::less<>> values;  // string labels: numbered as they came
  std::string scratch;                                      // features only: the request's
  bool unit_rows = true;                                    // features only: the request's
  std::shared_ptr<RowFile> scratch_file;                    // features that do not stay in `floats`

  // Room for all rows at once, so that nothing is moved while it grows. UserError where it is more than the
  // machine has.
  void reserve(Index total_rows, Index chars_expected, const std::string& file);

  void append_integer(std::int64_t value, const ReadPlace& place,
                      Index offset);  // labels, sizes, integer ids
  void append_string(std::string_view value, const ReadPlace& place, Index offset);  // labels, ids, text
  // Features that do not stay in memory: what was gathered since the last time, from the place on, goes to
  // the scratch file.
  void spill(const ReadPlace& place, Index total_rows);
  // The width of this row. UserError where it differs from the others'.
  void set_cols(Index given, const ReadPlace& place, Index offset);
};

// What a request names, each column once a role; the features' column is "" where the request leaves it open.
// UserError: a quality column or a matrix's name given twice, a measure that is none.
std::vector<Gathered> columns_wanted(const ReadRequest& request);

// Builds the data set; `locate` names a row.
std::shared_ptr<const Dataset> finish(const ReadRequest& request, std::vector<Gathered> columns, Index rows,
                                      const std::function<std::string(Index)>& locate,
                                      LabelNames* label_names);

std::string listed(const std::vector<std::string>& names);  // "a, b, c" or "none"

// The readers: fill `columns` and return the rows of each file.
std::vector<Index> gather_parquet(const ReadRequest& request, std::vector<Gathered>& columns);
Index gather_npy(const std::string& file, Gathered& features);
Index gather_jsonl(const std::string& file, std::span<Gathered*> columns, Index rows_expected);

}  // namespace maskbench
