#include "experiments/tables/report.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "experiments/tables/growth.hpp"
#include "experiments/tables/layout.hpp"
#include "experiments/tables/remarks.hpp"

namespace maskbench {
namespace {

// Values of some axes in the order of the plan.
class Order {
 public:
  std::size_t of(const Names& values) {
    const auto found = std::find(all_.begin(), all_.end(), values);
    if (found == all_.end()) all_.push_back(values);
    return static_cast<std::size_t>(std::find(all_.begin(), all_.end(), values) - all_.begin());
  }
  const std::vector<Names>& all() const { return all_; }

 private:
  std::vector<Names> all_;
};

class Tables {
 public:
  Tables(const RunRecord& run, const RecordIndex& index, bool times)
      : run_(run),
        index_(index),
        times_(times),
        id_(run.descriptor.at("id").get<std::string>()),
        layout_(layout_of(run.descriptor.at("table"), run.plan, id_)) {
    check_measures();
    if (!times) {
      std::erase_if(layout_.measures, [](const MeasureColumn& column) { return is_time(column.measure); });
    }
  }

  Report report() {
    const Json& descriptor = run_.descriptor;
    Report report;
    report.id = id_;
    report.group = run_.group;
    report.question = descriptor.value("question", "");
    const Json shows = descriptor.value("shows", Json::object());
    for (const auto& [key, text] : shows.items()) {
      report.notes.push_back((key == "paper" ? "In the paper: " : "Here: ") + text.get<std::string>());
    }
    for (const Json& note : descriptor.value("notes", Json::array())) {
      const std::string text = note.get<std::string>();
      if (!of_another_group(text)) report.notes.push_back(text);
    }
    Order blocks;
    for (const Json& cell : run_.plan) blocks.of(values_of(cell["axes"], layout_.blocks));
    Names not_run;
    const std::set<Names> ran = blocks_that_ran();
    for (const Names& block : blocks.all()) {
      if (ran.contains(block) || ran.empty())
        report.tables.push_back(table(block));
      else
        not_run.push_back(heading(block, {}));
    }
    if (!not_run.empty()) report.notes.push_back(fmt::format("Not run: {}.", fmt::join(not_run, "; ")));
    if (const Json growth = descriptor.at("table").value("growth", Json()); growth.is_object())
      report.tables.push_back(growth_table(run_, index_, growth.at("from").get<Index>(), times_));
    report.made_with = index_.builds();
    if (times_) report.made_with.insert(report.made_with.end(), index_.hosts().begin(), index_.hosts().end());
    return report;
  }

 private:
  std::set<Names> blocks_that_ran() const {
    std::set<Names> ran;
    for (const Json& cell : run_.plan) {
      if (index_.cell(cell["key"].get<std::string>()) != nullptr)
        ran.insert(values_of(cell["axes"], layout_.blocks));
    }
    return ran;
  }

  // "Group paper: ..." where another group is shown.
  bool of_another_group(const std::string& note) const {
    constexpr std::string_view kGroup = "Group ";
    if (!note.starts_with(kGroup)) return false;
    const std::string name =
        note.substr(kGroup.size(), note.find_first_of(" :(,", kGroup.size()) - kGroup.size());
    return name != run_.group && (name == "ci" || name == "quick" || name == "paper");
  }

  void check_measures() const {
    std::set<std::string> known = own_measures();
    bool any = false;
    for (const auto& [key, cell] : index_.cells()) {
      any = any || !cell.metrics.empty();
      for (const auto& [name, value] : cell.metrics) known.insert(name);
      for (const auto& [name, value] : cell.work) known.insert("work." + name);
    }
    if (!any) return;  // nothing was scored: any name may be a metric's
    for (const MeasureColumn& column : layout_.measures) {
      const Measure* measure = find_measure(column.measure);
      if (measure == nullptr || measure->of_method)  // others are of every record
        check_known(id_ + ": table.cells: no record has", column.measure, known);
    }
  }

  Table table(const Names& block) {
    Order rows, columns;
    std::map<std::pair<std::size_t, std::size_t>, Place> places;
    std::vector<const CellRecord*> cells;
    for (const Json& planned : run_.plan) {
      const Json& axes = planned["axes"];
      if (values_of(axes, layout_.blocks) != block) continue;
      const Names row = values_of(axes, layout_.rows);
      Place& place = places[{rows.of(row), columns.of(values_of(axes, layout_.columns))}];
      place.row = joined(row);
      place.keys.push_back(planned["key"].get<std::string>());
      if (const CellRecord* cell = index_.cell(place.keys.back())) cells.push_back(cell);
    }
    Table table;
    table.block = heading(block, cells);
    for (const std::string& axis : layout_.rows) table.row_titles.push_back(title_of_axis(axis));
    for (const Names& group : columns.all()) {
      for (const MeasureColumn& column : layout_.measures) {
        table.columns.push_back({joined(group), column.measure, column.title, kind_of(column.measure),
                                 column.show_sd, column.paired, ""});
      }
    }
    const std::vector<PublishedColumn> published = published_about(block);
    for (const PublishedColumn& column : published)
      table.columns.push_back({"", "published", "published: " + column.title, Kind::given, false, "", ""});
    name_columns(table);
    const auto place_at = [&](const std::string& row, std::size_t column) -> const Place* {
      for (const auto& [at, place] : places) {
        if (at.second == column && place.row == row) return &place;
      }
      return nullptr;
    };
    const auto twin_of = [&](const std::string& row, std::size_t column) -> const Place* {
      const auto twin = layout_.same_picks.find(row);
      return twin == layout_.same_picks.end() ? nullptr : place_at(twin->second, column);
    };
    for (std::size_t r = 0; r < rows.all().size(); ++r) {
      TableRow row{rows.all()[r], {}, {}};
      for (std::size_t c = 0; c < columns.all().size(); ++c) {
        const auto found = places.find({r, c});
        if (found == places.end()) {
          Quantity none;
          none.state = "not in the plan";
          row.cells.insert(row.cells.end(), layout_.measures.size(), none);
          continue;
        }
        const Place& place = found->second;
        const auto comparison_of = [&](const std::string& label) {
          return Comparison{place_at(layout_.reference, c), twin_of(label, c), twin_of(layout_.reference, c),
                            layout_.extrapolate_rows};
        };
        const Comparison compared = comparison_of(place.row);
        for (const MeasureColumn& column : layout_.measures) {
          if (column.paired == place.row) {
            Quantity itself;
            itself.words = itself.state = "reference";
            row.cells.push_back(std::move(itself));
          } else if (!column.paired.empty()) {
            row.cells.push_back(paired_difference(column.measure, place, compared, place_at(column.paired, c),
                                                  comparison_of(column.paired), index_, times_));
          } else {
            row.cells.push_back(quantity_of(column.measure, place, compared, index_, times_));
          }
        }
        add_warnings(place, row.notes);
      }
      for (const PublishedColumn& column : published)
        row.cells.push_back(published_in(column, joined(rows.all()[r])));
      table.rows.push_back(std::move(row));
    }
    mark_best(table);
    table.remarks = remarks_on(table, layout_, cells, index_);
    return table;
  }

  std::vector<PublishedColumn> published_about(const Names& block) const {
    std::vector<PublishedColumn> about;
    for (const PublishedColumn& column : layout_.published) {
      bool fits = true;
      for (std::size_t i = 0; i < block.size(); ++i)
        fits = fits && column.only.value(layout_.blocks[i], block[i]) == block[i];
      if (fits) about.push_back(column);
    }
    return about;
  }

  static Quantity published_in(const PublishedColumn& column, const std::string& row) {
    Quantity quantity;
    quantity.words = "-";
    quantity.state = "none";
    for (const auto& [label, value] : column.rows) {
      if (label != row) continue;
      quantity.words = text_of_axis(value);
      quantity.state = "published";
      if (value.is_number()) quantity.mean = value.get<double>();
    }
    return quantity;
  }

  void add_warnings(const Place& place, Names& notes) const {
    for (const std::string& key : place.keys) {
      const CellRecord* cell = index_.cell(key);
      if (cell == nullptr) continue;
      for (const std::string& warning : cell->warnings) {
        if (std::find(notes.begin(), notes.end(), warning) == notes.end()) notes.push_back(warning);
      }
    }
  }

  // "web_sample, disf, 10 % (n = 10509, d = 384, budget 1050 rows)"
  std::string heading(const Names& block, const std::vector<const CellRecord*>& cells) const {
    Names parts;
    for (std::size_t i = 0; i < block.size(); ++i) {
      const bool parameter = layout_.blocks[i].find('.') != std::string::npos;
      parts.push_back(parameter ? title_of_axis(layout_.blocks[i]) + " = " + block[i] : block[i]);
    }
    Names sizes;
    const std::string n = agreed(cells, [](const CellRecord& cell) { return cell.rows; });
    const std::string d = agreed(cells, [](const CellRecord& cell) { return cell.dimensions; });
    const std::string budget = agreed(cells, [](const CellRecord& cell) { return cell.budget.amount; });
    if (!n.empty()) sizes.push_back("n = " + n);
    if (!d.empty()) sizes.push_back("d = " + d);
    if (!budget.empty()) sizes.push_back("budget " + budget + " " + cells.front()->budget.unit);
    if (parts.empty()) parts.push_back(id_);
    return joined(parts) + (sizes.empty() ? "" : " (" + joined(sizes) + ")");
  }

  void mark_best(Table& table) const {
    for (std::size_t i = 0; i < table.columns.size() && table.columns[i].kind != Kind::given; ++i) {
      const auto& larger = layout_.measures[i % layout_.measures.size()].larger_is_better;
      if (!larger) continue;
      std::optional<double> best;
      int numbers = 0;
      for (const TableRow& row : table.rows) {
        const auto& mean = row.cells[i].mean;
        if (!mean) continue;
        ++numbers;
        if (!best || (*larger ? *mean > *best : *mean < *best)) best = mean;
      }
      if (numbers < 2) continue;
      for (TableRow& row : table.rows) {  // equal but for rounding
        const auto& mean = row.cells[i].mean;
        row.cells[i].best = mean && std::abs(*mean - *best) <= 1e-9 * std::abs(*best);
      }
    }
  }

  const RunRecord& run_;
  const RecordIndex& index_;
  bool times_;
  std::string id_;
  Layout layout_;
};

}  // namespace

Report report_of(const RunRecord& run, const RecordIndex& index, bool times) {
  return Tables(run, index, times).report();
}

}  // namespace maskbench
