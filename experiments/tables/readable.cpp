#include "experiments/tables/readable.hpp"

#include <algorithm>
#include <set>

#include <fmt/core.h>
#include <fmt/ranges.h>

namespace maskbench {
namespace {

using Labels = std::vector<std::string>;

constexpr const char* kRefused = "refused";
constexpr const char* kNotRun = "not run";

// Labels by why there is nothing, in order of appearance: "needs a relaxation" -> {"greedy", "swap"}.
class Unfilled {
 public:
  void add(const std::string& why, const std::string& label) {
    auto found = std::find_if(all_.begin(), all_.end(), [&](const auto& one) { return one.first == why; });
    if (found == all_.end()) found = all_.insert(all_.end(), {why, {}});
    if (std::find(found->second.begin(), found->second.end(), label) == found->second.end())
      found->second.push_back(label);
  }

  // "Refused: one_shot; relaxation: needs an objective with a relaxation"
  Labels lines() const {
    Labels lines;
    for (const auto& [why, labels] : all_) {
      const bool not_run = why == kNotRun;
      lines.push_back(fmt::format("{}: {}{}", not_run ? "Not run" : "Refused", fmt::join(labels, "; "),
                                  not_run ? "." : ": " + why));
    }
    return lines;
  }

  bool one_reason() const { return all_.size() == 1; }
  const std::string& reason() const { return all_.front().first; }

 private:
  std::vector<std::pair<std::string, Labels>> all_;
};

// Why this cell has nothing; "": it has something. "-": it says nothing about it.
std::string why_empty(const Quantity& cell) {
  if (cell.mean) return "";
  if (cell.state == "not in the plan" || cell.state == "reference" || cell.state == "none")
    return cell.notes.empty() ? "-" : "";
  if (cell.state == kNotRun) return kNotRun;
  if (cell.state != kRefused) return "";
  constexpr std::string_view kBegin = "refused: ";
  std::string why;
  for (const std::string& note : cell.notes) {
    if (note.starts_with(kBegin)) why += (why.empty() ? "" : "; ") + note.substr(kBegin.size());
  }
  return why;
}

// The same of several cells.
std::string why_empty(const std::vector<const Quantity*>& cells) {
  Labels reasons;
  for (const Quantity* cell : cells) {
    const std::string why = why_empty(*cell);
    if (why.empty()) return "";
    if (why != "-" && std::find(reasons.begin(), reasons.end(), why) == reasons.end()) reasons.push_back(why);
  }
  if (reasons.size() > 1) std::erase(reasons, kNotRun);  // refused is the stronger word
  return fmt::format("{}", fmt::join(reasons, "; "));
}

void keep_columns(Table& table, const std::vector<bool>& kept) {
  std::vector<TableColumn> columns;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    if (kept[i]) columns.push_back(std::move(table.columns[i]));
  }
  for (TableRow& row : table.rows) {
    std::vector<Quantity> cells;
    for (std::size_t i = 0; i < kept.size(); ++i) {
      if (kept[i]) cells.push_back(std::move(row.cells[i]));
    }
    row.cells = std::move(cells);
  }
  table.columns = std::move(columns);
}

Labels groups_of(const Table& table) {
  Labels groups;
  for (const TableColumn& column : table.columns) {
    const bool known = std::find(groups.begin(), groups.end(), column.group) != groups.end();
    if (column.kind != Kind::given && !known) groups.push_back(column.group);
  }
  return groups;
}

// Why none of a row's own cells has a number, a word for each row; "": one has.
Labels why_rows_are_empty(const Table& table) {
  Labels reasons;
  for (const TableRow& row : table.rows) {
    std::vector<const Quantity*> own;
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      if (table.columns[i].kind != Kind::given) own.push_back(&row.cells[i]);
    }
    reasons.push_back(why_empty(own));
  }
  return reasons;
}

// Groups of columns without any number in rows that have some leave the table.
void take_out_groups(Table& table, const Labels& empty, Unfilled& missing) {
  const Labels groups = groups_of(table);
  std::vector<bool> kept(table.columns.size(), true);
  for (const std::string& group : groups) {
    std::vector<const Quantity*> cells;
    for (std::size_t r = 0; r < table.rows.size(); ++r) {
      for (std::size_t i = 0; i < table.columns.size(); ++i) {
        const bool own = table.columns[i].kind != Kind::given && table.columns[i].group == group;
        if (own && empty[r].empty()) cells.push_back(&table.rows[r].cells[i]);
      }
    }
    const std::string why = groups.size() > 1 ? why_empty(cells) : "";
    if (why.empty()) continue;
    missing.add(why, group);
    for (std::size_t i = 0; i < kept.size(); ++i)
      kept[i] = kept[i] && (table.columns[i].kind == Kind::given || table.columns[i].group != group);
  }
  keep_columns(table, kept);
}

bool any_number(const Labels& empty) {
  return std::any_of(empty.begin(), empty.end(), [](const std::string& why) { return why.empty(); });
}

// Rows without any number leave the table; one that was published elsewhere stays beside numbers of ours.
void take_out_rows(Table& table, const Labels& empty, Unfilled& missing) {
  const bool beside_ours = any_number(empty);
  std::vector<TableRow> rows;
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    TableRow& row = table.rows[r];
    bool published = false;
    for (const Quantity& cell : row.cells)
      published = published || (beside_ours && cell.state == "published");
    if (empty[r].empty() || published)
      rows.push_back(std::move(row));
    else
      missing.add(empty[r], fmt::format("{}", fmt::join(row.labels, ", ")));
  }
  table.rows = std::move(rows);
}

// Columns that have nothing in rows that have something.
void take_out_empty_columns(Table& table, const Labels& empty) {
  std::vector<bool> kept;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const bool given = table.columns[i].kind == Kind::given;
    bool any = false;
    for (std::size_t r = 0; r < table.rows.size(); ++r)
      any = any || ((given || empty[r].empty()) && why_empty(table.rows[r].cells[i]) != "-");
    kept.push_back(any);
  }
  keep_columns(table, kept);
}

// Columns beyond `most` leave the table; their names.
Labels take_out_further(Table& table, std::size_t most) {
  const std::size_t labels = table.row_titles.size();
  std::size_t room = most > labels + 1 ? most - labels : 1;
  if (table.columns.size() <= room) return {};
  Labels titles;  // of one group's columns
  for (const TableColumn& column : table.columns) {
    const bool known = std::find(titles.begin(), titles.end(), column.title) != titles.end();
    if (column.kind != Kind::given && !known) titles.push_back(column.title);
  }
  Labels groups = groups_of(table);
  const std::size_t some_titles = std::min(titles.size(), std::max<std::size_t>(1, room / groups.size()));
  const std::set<std::string> shown_titles(titles.begin(),
                                           titles.begin() + static_cast<std::ptrdiff_t>(some_titles));
  const std::size_t some_groups = std::min(groups.size(), room);
  const std::set<std::string> shown_groups(groups.begin(),
                                           groups.begin() + static_cast<std::ptrdiff_t>(some_groups));
  std::vector<bool> kept;
  Labels further;
  for (const TableColumn& column : table.columns) {
    const bool given = column.kind == Kind::given;
    const bool group_fits = given || shown_groups.contains(column.group);
    const bool fits = room > 0 && group_fits && (given || shown_titles.contains(column.title));
    kept.push_back(fits);
    if (fits) --room;
    const std::string& name = group_fits ? column.title : column.group;
    if (!fits && std::find(further.begin(), further.end(), name) == further.end()) further.push_back(name);
  }
  keep_columns(table, kept);
  return further;
}

void keep_remarks_on_columns(Table& table) {
  std::erase_if(table.remarks, [&](const Remark& remark) {
    if (remark.about.empty()) return false;
    return std::none_of(table.columns.begin(), table.columns.end(), [&](const TableColumn& column) {
      return remark.about == column.measure || remark.about == column.title || remark.about == column.paired;
    });
  });
}

}  // namespace

Report readable(Report report, std::size_t most) {
  Unfilled tables;  // of which nothing is left
  Labels notes;
  for (Table& table : report.tables) {
    Unfilled missing;
    Labels further;
    const Labels empty = why_rows_are_empty(table);
    if (any_number(empty)) {
      take_out_groups(table, empty, missing);
      if (most > 0) {
        take_out_empty_columns(table, empty);
        further = take_out_further(table, most);
      }
    }
    take_out_rows(table, empty, missing);
    if (table.rows.empty()) {
      if (missing.one_reason()) tables.add(missing.reason(), table.block);
      for (const std::string& line : missing.one_reason() ? Labels{} : missing.lines())
        notes.push_back(table.block + ": " + line);
      continue;
    }
    std::vector<Remark> remarks;
    for (std::string& line : missing.lines()) remarks.push_back({"", std::move(line)});
    if (!further.empty()) {
      remarks.push_back({"", fmt::format("Further columns, which maskbench render --columns all shows: {}.",
                                         fmt::join(further, "; "))});
    }
    keep_remarks_on_columns(table);
    table.remarks.insert(table.remarks.begin(), remarks.begin(), remarks.end());
  }
  std::erase_if(report.tables, [](const Table& table) { return table.rows.empty(); });
  for (std::string& line : tables.lines()) notes.push_back(std::move(line));
  report.notes.insert(report.notes.end(), notes.begin(), notes.end());
  return report;
}

}  // namespace maskbench
