#include <catch2/catch.hpp>

#include <algorithm>

#include "experiments/tables/readable.hpp"

namespace maskbench {
namespace {

Quantity number(double mean) {
  Quantity quantity;
  quantity.mean = mean;
  return quantity;
}

Quantity without(const std::string& state, const std::string& note = "") {
  Quantity quantity;
  quantity.words = quantity.state = state;
  if (!note.empty()) quantity.notes = {note};
  return quantity;
}

TableColumn shown_column(const std::string& group, const std::string& measure, Kind kind = Kind::value) {
  return {group, measure, measure, kind, true, "", ""};
}

// One label, then `groups` times the measures a, b, ...; every row has numbers.
Table table_of(const std::vector<std::string>& groups, const std::vector<std::string>& measures,
               const std::vector<std::string>& rows) {
  Table table;
  table.block = "block";
  table.row_titles = {"selector"};
  for (const std::string& group : groups) {
    for (const std::string& measure : measures) table.columns.push_back(shown_column(group, measure));
  }
  for (const std::string& label : rows)
    table.rows.push_back({{label}, {}, std::vector<Quantity>(table.columns.size(), number(1))});
  name_columns(table);
  return table;
}

Report report_with(std::vector<Table> tables) {
  Report report;
  report.id = "toy";
  report.tables = std::move(tables);
  return report;
}

std::vector<std::string> headings(const Table& table) {
  std::vector<std::string> found;
  for (const TableColumn& column : table.columns) found.push_back(column.heading);
  return found;
}

std::vector<std::string> texts(const Table& table) {
  std::vector<std::string> found;
  for (const Remark& remark : table.remarks) found.push_back(remark.text);
  return found;
}

void refuse(TableRow& row, const std::string& why) {
  for (Quantity& cell : row.cells) cell = without("refused", "refused: " + why);
}

using Texts = std::vector<std::string>;

TEST_CASE("what a whole table refuses is a line for each reason; a row with a number stays") {
  Table table = table_of({""}, {"a", "b"}, {"greedy", "one_shot", "half", "swap", "late", "kmeans"});
  refuse(table.rows[1], "needs a relaxation");
  table.rows[2].cells[0] = without("refused", "refused: needs a relaxation");
  refuse(table.rows[3], "needs a relaxation");
  for (Quantity& cell : table.rows[4].cells) cell = without("not run");
  refuse(table.rows[5], "needs features");
  const Table shown = readable(report_with({table}), 6).tables.at(0);
  REQUIRE(shown.rows.size() == 2);
  CHECK(shown.rows[1].labels == Texts{"half"});
  CHECK(texts(shown) == Texts{"Refused: one_shot; swap: needs a relaxation", "Not run: late.",
                              "Refused: kmeans: needs features"});
}

TEST_CASE("a failure, a reference and a note are results: their rows stay") {
  Table table = table_of({""}, {"a"}, {"failed", "bare"});
  table.rows[0].cells[0] = without("failed", "failed: not finite");
  table.rows[1].cells[0] = without("none", "no bound: it takes long");
  CHECK(readable(report_with({table}), 6).tables.at(0).rows.size() == 2);
}

TEST_CASE("a table of refusals alone is a note, with what was published elsewhere or without") {
  Table table = table_of({""}, {"a"}, {"greedy", "swap"}), other = table;
  for (Table* one : {&table, &other}) {
    one->columns.push_back(shown_column("", "published", Kind::given));
    one->rows[0].cells.push_back(without("published"));
    one->rows[1].cells.push_back(without("none"));
    for (TableRow& row : one->rows) row.cells[0] = without("refused", "refused: no data");
  }
  other.block = "other";
  other.rows[1].cells[0] = number(2);  // a number of ours: what was published stands beside it
  const Report shown = readable(report_with({table, other}), 6);
  REQUIRE(shown.tables.size() == 1);
  CHECK(shown.tables[0].rows.size() == 2);
  CHECK(shown.notes == Texts{"Refused: block: no data"});
  refuse(table.rows[1], "too large");
  CHECK(readable(report_with({table}), 6).notes ==
        Texts{"block: Refused: greedy: no data", "block: Refused: swap: too large"});
}

TEST_CASE("a group of columns that is refused whole is a line too") {
  Table table = table_of({"cpu", "cuda"}, {"a", "b"}, {"greedy", "swap"});
  for (TableRow& row : table.rows) {
    for (const std::size_t i : {2u, 3u}) row.cells[i] = without("refused", "refused: no such device");
  }
  const Table shown = readable(report_with({table}), 6).tables.at(0);
  CHECK(headings(shown) == Texts{"cpu: a", "cpu: b"});
  CHECK(texts(shown) == Texts{"Refused: cuda: no such device"});
}

TEST_CASE("at most so many columns: the first measures that fit whole, then what was published") {
  const std::string further = "Further columns, which maskbench render --columns all shows: ";
  Table table = table_of({""}, {"a", "b", "c", "d", "e", "f", "g"}, {"greedy"});
  table.remarks = {{"a", "about a"}, {"f", "about f"}, {"", "always"}};
  Table shown = readable(report_with({table}), 6).tables.at(0);
  CHECK(headings(shown) == Texts{"a", "b", "c", "d", "e"});
  CHECK(texts(shown) == Texts{further + "f; g.", "about a", "always"});
  CHECK(headings(readable(report_with({table}), 0).tables.at(0)).size() == 7);

  // Two groups of three measures: two of each, so that the groups can be compared, then what was published.
  table = table_of({"x", "y"}, {"a", "b", "c"}, {"greedy"});
  table.columns.push_back({"", "published", "published: p", Kind::given, false, "", "published: p"});
  table.rows[0].cells.push_back(without("published"));
  shown = readable(report_with({table}), 6).tables.at(0);
  CHECK(headings(shown) == Texts{"x: a", "x: b", "y: a", "y: b", "published: p"});
  CHECK(texts(shown) == Texts{further + "c."});

  // More groups than there is room for: the first measure of the first ones, under its full name.
  table = table_of({"1", "2", "3", "4", "5", "6"}, {"a", "b"}, {"greedy"});
  shown = readable(report_with({table}), 6).tables.at(0);
  CHECK(headings(shown) == Texts{"1: a", "2: a", "3: a", "4: a", "5: a"});
  CHECK(texts(shown) == Texts{further + "b; 6."});

  table.row_titles = {"dataset", "selector"};  // labels count
  for (TableRow& row : table.rows) row.labels = {"d", "s"};
  CHECK(headings(readable(report_with({table}), 6).tables.at(0)).size() == 4);
}

TEST_CASE("columns without any number make room for others, and come back with all") {
  Table table = table_of({""}, {"a", "b", "c"}, {"greedy", "refused"});
  table.rows[0].cells[0] = without("none");
  refuse(table.rows[1], "too large");
  CHECK(headings(readable(report_with({table}), 3).tables.at(0)) == Texts{"b", "c"});
  CHECK(headings(readable(report_with({table}), 0).tables.at(0)) == Texts{"a", "b", "c"});
}

}  // namespace
}  // namespace maskbench
