// Columns on their way from files into a data set: what the Parquet, .npy and JSON-lines readers fill.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/core/dataset.hpp"
#include "datasets/readers/label_values.hpp"
#include "datasets/readers/missing.hpp"
#include "datasets/readers/scalar.hpp"
#include "datasets/readers/score_values.hpp"
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

// How the bytes of a binary column are features.
enum class Packing { none, bits, float32, float16, int8, uint8 };

// One column, in the role that the request gives it.
struct Gathered {
  Role role = Role::score;
  std::string column;       // in the file
  std::string name;         // in the data set: the column, a matrix's name, or the measure of a size
  bool from_text = false;   // a size counted in the text
  bool descending = false;  // a score of which the lower is the better
  Packing packing = Packing::none;
  MissingRule rule;

  Index rows = 0;
  Index cols = 0;            // features and matrices: of every row, 0 until the first
  bool of_integers = false;  // a matrix kept in `integers`
  std::vector<float> floats;
  std::vector<std::int32_t> integers;
  ScoreValues scores;
  LabelValues labels;
  std::vector<std::int64_t> offsets;  // ids and text: rows + 1
  std::string chars;
  std::vector<Index> missing;             // rows to be filled or dropped, ascending
  std::string scratch;                    // features only: the request's
  bool unit_rows = true;                  // features only: the request's
  std::shared_ptr<RowFile> scratch_file;  // features that do not stay in `floats`

  // Room for all rows at once, so that nothing is moved while it grows. UserError where it is more than the
  // machine has.
  void reserve(Index total_rows, Index chars_expected, const std::string& file);

  // A row of a column that is no list. UserError: a value that is none for the role.
  void append(const Scalar& value, const ReadPlace& place, Index offset);
  // A row of features or of a matrix. Float64 features that float32 does not hold are scaled, where only
  // their direction counts.
  void append_row(std::span<const float> values, const ReadPlace& place, Index offset);
  void append_row(std::span<const double> values, const ReadPlace& place, Index offset);
  void append_row(std::span<const std::int64_t> values, const ReadPlace& place, Index offset);
  void append_packed(std::string_view bytes, const ReadPlace& place, Index offset);
  // A row without a value. UserError where the rule says so.
  void append_missing(const std::string& what, const ReadPlace& place, Index offset);

  // Features that do not stay in memory: what was gathered since the last time, from the place on, goes to
  // the scratch file.
  void spill(const ReadPlace& place, Index total_rows);
  // The width of this row. UserError where it differs from the others'.
  void set_cols(Index given, const ReadPlace& place, Index offset);

  void fill_missing(const std::function<std::string(Index)>& locate);
  void keep(const std::vector<bool>& stays);

 private:
  void append_chars(std::string_view value);
  void append_size(const Scalar& value, const ReadPlace& place, Index offset);
};

// What a request names, each column once a role; the features' column is "" where the request leaves it open.
// UserError: a quality column or a matrix's name given twice, a measure that is none, a rule for a column
// that is not read.
std::vector<Gathered> columns_wanted(const ReadRequest& request);

// Builds the data set of what the files gave; `locate` names a row.
std::shared_ptr<const Dataset> finish(const ReadRequest& request, std::vector<Gathered> columns, Index rows,
                                      const std::function<std::string(Index)>& locate, ReadReport& report);

std::string listed(const std::vector<std::string>& names);  // "a, b, c" or "none"
const char* types_of(Role role);                            // in words, what can be read as it

// Rows of one value, which a folder's name says.
void append_constant(Gathered& column, const std::string& value, Index rows, const ReadPlace& place);

// The readers: append to `columns` what a file holds of them, and return its rows. `rows_expected`: in all
// files, 0: not known.
struct FileRows {
  std::string path;
  Index rows = 0;
};
Index gather_npy(const std::string& file, Gathered& features, Index rows_expected);
struct NpySize {
  Index rows = 0, cols = 0;
};
NpySize npy_size(const std::string& file);  // by its header
Index gather_jsonl(const std::string& file, std::span<Gathered*> columns, Index rows_expected);
// All files of one data set, whose row counts are known before the first row is read.
std::vector<FileRows> gather_parquet(const std::vector<std::string>& files, std::span<Gathered*> columns);

}  // namespace maskbench
