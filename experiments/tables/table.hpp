// A table between its numbers and its text, and the three ways to write it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace maskbench {

enum class Kind { value, seconds, bytes, ratio, count, rate, given };  // how a number reads; given: its words

// One number of a table with its spread, or the words that stand for it.
struct Quantity {
  std::optional<double> mean, sd;   // sd: of the sample, from two values on
  std::optional<double> low, high;  // interval of a difference
  int n = 0;                        // values in the mean
  std::string words;                // where there is no mean
  std::string state = "done";       // for csv: done, extrapolated, refused, ...
  std::vector<std::string> notes;
  bool best = false;
};

struct TableColumn {
  std::string group;  // value of the column axes; "" without them
  std::string measure, title;
  Kind kind = Kind::value;
  bool show_sd = true;
  std::string paired;   // row label: the column is the difference from that row, its sign always shown
  std::string heading;  // as a table shows it: with the group, where there are several
};

struct TableRow {
  std::vector<std::string> labels;  // one a row axis
  std::vector<std::string> notes;
  std::vector<Quantity> cells;  // one a column
};

// A note below a table. `about`: the measure, title or paired row of the columns that need it; "" always.
struct Remark {
  std::string about, text;
};

struct Table {
  std::string block;                    // what the table is of
  std::vector<std::string> row_titles;  // one a row axis
  std::vector<TableColumn> columns;
  std::vector<TableRow> rows;
  std::vector<Remark> remarks;  // below the table, before the numbered notes
};

// Gives the columns their headings: title, group, or both.
void name_columns(Table& table);

// All tables of one run.
struct Report {
  std::string id, group, question;
  std::vector<Table> tables;
  std::vector<std::string> notes;      // once, below the tables
  std::vector<std::string> made_with;  // build and host, a line each
};

std::string markdown(const std::vector<Report>& reports);
std::string latex(const std::vector<Report>& reports);  // needs booktabs
// One line a number, unrounded; low and high where any has them.
std::string csv(const std::vector<Report>& reports);

std::string md_text(std::string_view text);   // on one line, as markdown shows it literally
std::string tex_text(std::string_view text);  // the same for LaTeX

// "-0.20336 (0.0021)", "12.3 s (0.4)", "312 MiB (2.1)": mean to five significant digits, times and memory to
// three, in a unit that fits; the spread to two.
std::string text_of(const Quantity& quantity, const TableColumn& column);

}  // namespace maskbench
