#include "experiments/tables/render.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "experiments/tables/growth.hpp"
#include "experiments/tables/measures.hpp"
#include "experiments/tables/table.hpp"

namespace maskbench {
namespace {

using Names = std::vector<std::string>;

// A cell's value on an axis: of `objective.lambda` where there is none, that of `objective`; "" where that is
// missing too.
std::string axis_of(const Json& axes, const std::string& axis) {
  if (axes.contains(axis)) return text_of_axis(axes[axis]);
  const std::string plain = axis.substr(0, axis.find('.'));
  return axes.contains(plain) ? text_of_axis(axes[plain]) : "";
}

std::string title_of_axis(const std::string& axis) {
  const std::size_t dot = axis.find('.');
  return dot == std::string::npos ? axis : axis.substr(dot + 1);
}

// UserError where `name` is none of `known`.
void check_known(const std::string& where, const std::string& name, const std::set<std::string>& known) {
  if (known.contains(name)) return;
  throw UserError(fmt::format("{} \"{}\"{}; there are: {}", where, name,
                              did_you_mean(name, {known.begin(), known.end()}), fmt::join(known, ", ")));
}

struct MeasureColumn {
  std::string measure, title;
  std::string paired;  // row label: of a difference
  std::optional<bool> larger_is_better;
  bool show_sd = true;
};

struct PublishedColumn {
  std::string title, source;
  Json only = Json::object();                      // axis of the blocks -> the value that it is about
  std::vector<std::pair<std::string, Json>> rows;  // row label, what was published
};

// The `table` section, read.
struct Layout {
  Names blocks, rows, columns;
  std::vector<MeasureColumn> measures;
  std::string reference;
  std::map<std::string, std::string> same_picks;
  std::vector<PublishedColumn> published;
  double extrapolate_rows = 0;
};

Names names_of(const Json& table, const char* key) {
  const Json value = table.value(key, Json::array());
  return value.is_string() ? Names{value.get<std::string>()} : value.get<Names>();
}

Layout layout_of(const Json& table, const std::string& id) {
  Layout layout;
  layout.blocks = names_of(table, "blocks");
  layout.rows = names_of(table, "rows");
  layout.columns = names_of(table, "columns");
  layout.reference = table.value("reference", "");
  layout.same_picks = table.value("same_picks", std::map<std::string, std::string>{});
  layout.extrapolate_rows = table.value("extrapolate_rows", 0.0);
  const Json published = table.value("published", Json::array());
  for (const Json& given : published) {
    PublishedColumn column{given.at("title").get<std::string>(),
                           given.at("source").get<std::string>(),
                           given.value("only", Json::object()),
                           {}};
    for (const auto& [row, value] : given.at("rows").items()) column.rows.emplace_back(row, value);
    layout.published.push_back(std::move(column));
  }
  const std::string show = table.value("show", "mean_sd");
  bool has_value = false;
  for (const Json& cell : table.at("cells")) {
    MeasureColumn column;
    column.measure = cell.is_string() ? cell.get<std::string>() : cell.at("measure").get<std::string>();
    column.title = title_of(column.measure);
    column.show_sd = show == "mean_sd";
    if (table.contains("best") && (column.measure == "objective" || column.measure == "normalised")) {
      column.larger_is_better = table["best"] == "max";
    }
    if (cell.is_object()) {
      column.paired = cell.value("paired", "");
      if (!column.paired.empty()) {
        column.title += " less that of " + column.paired;
        column.larger_is_better.reset();
      }
      column.title = cell.value("title", column.title);
      column.show_sd = cell.value("show", show) == "mean_sd";
      if (cell.contains("best")) column.larger_is_better = cell["best"] == "max";
    }
    has_value = has_value || column.measure == "objective";
    layout.measures.push_back(std::move(column));
  }
  for (const MeasureColumn& column : layout.measures) {
    if (is_time(column.measure) && column.measure != "peak_bytes" && !has_value) {
      throw UserError(id + ": table.cells shows " + column.measure +
                      " without `objective`: a time needs its value beside it");
    }
  }
  return layout;
}

// Axes on which cells of one place differ become further blocks, so that no number mixes two problems.
void separate(Layout& layout, const Json& plan) {
  for (const char* axis : {"dataset", "objective", "budget", "selector"}) {
    std::map<Names, std::string> seen;
    bool mixed = false;
    for (const Json& cell : plan) {
      Names place;
      for (const Names* axes : {&layout.blocks, &layout.rows, &layout.columns}) {
        for (const std::string& name : *axes) place.push_back(axis_of(cell["axes"], name));
      }
      const std::string value = axis_of(cell["axes"], axis);
      mixed = mixed || seen.emplace(place, value).first->second != value;
    }
    if (mixed) layout.blocks.emplace_back(axis);
  }
}

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

Names values_of(const Json& axes, const Names& names) {
  Names values;
  for (const std::string& name : names) values.push_back(axis_of(axes, name));
  return values;
}

std::string joined(const Names& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

// "2000" where all cells agree on a number, else "".
template <class Number>
std::string agreed(const std::vector<const CellRecord*>& cells, Number&& number) {
  std::set<std::string> all;
  for (const CellRecord* cell : cells) {
    if (number(*cell) != 0) all.insert(std::to_string(number(*cell)));
  }
  return all.size() == 1 ? *all.begin() : "";
}

class Tables {
 public:
  Tables(const RunRecord& run, const Evidence& evidence, const RenderOptions& options)
      : run_(run),
        evidence_(evidence),
        options_(options),
        id_(run.descriptor.at("id").get<std::string>()),
        layout_(layout_of(run.descriptor.at("table"), id_)) {
    separate(layout_, run.plan);
    check_measures();
    if (!options.times) {
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
      report.tables.push_back(growth_table(run_, evidence_, growth.at("from").get<Index>(), options_.times));
    report.made_with = evidence_.builds();
    if (options_.times)
      report.made_with.insert(report.made_with.end(), evidence_.hosts().begin(), evidence_.hosts().end());
    return report;
  }

 private:
  std::set<Names> blocks_that_ran() const {
    std::set<Names> ran;
    for (const Json& cell : run_.plan) {
      if (evidence_.cell(cell["key"].get<std::string>()) != nullptr)
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
    for (const auto& [key, cell] : evidence_.cells()) {
      any = any || !cell.metrics.empty();
      for (const auto& [name, value] : cell.metrics) known.insert(name);
      for (const auto& [name, value] : cell.work) known.insert("work." + name);
    }
    if (!any) return;  // nothing was scored: any name may be a metric's
    for (const MeasureColumn& column : layout_.measures) {
      if (!column.measure.starts_with("kept.") && !column.measure.starts_with("pool."))
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
      if (const CellRecord* cell = evidence_.cell(place.keys.back())) cells.push_back(cell);
    }
    Table table;
    table.block = heading(block, cells);
    for (const std::string& axis : layout_.rows) table.row_titles.push_back(title_of_axis(axis));
    for (const Names& group : columns.all()) {
      for (const MeasureColumn& column : layout_.measures) {
        table.columns.push_back({joined(group), column.measure, column.title, kind_of(column.measure),
                                 column.show_sd, !column.paired.empty()});
      }
    }
    const std::vector<PublishedColumn> published = published_about(block);
    for (const PublishedColumn& column : published)
      table.columns.push_back({"", "published", "published: " + column.title, Kind::given, false, false});
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
                                                  comparison_of(column.paired), evidence_, options_.times));
          } else {
            row.cells.push_back(quantity_of(column.measure, place, compared, evidence_, options_.times));
          }
        }
        add_warnings(place, row.notes);
      }
      for (const PublishedColumn& column : published)
        row.cells.push_back(published_in(column, joined(rows.all()[r])));
      table.rows.push_back(std::move(row));
    }
    mark_best(table);
    table.remarks = remarks(table, cells);
    add_published(table, published);
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

  // Where the numbers are from, and those that no row of ours stands beside.
  static void add_published(Table& table, const std::vector<PublishedColumn>& columns) {
    for (const PublishedColumn& column : columns) {
      std::string without;
      for (const auto& published : column.rows) {
        const bool there = std::any_of(table.rows.begin(), table.rows.end(), [&](const TableRow& row) {
          return joined(row.labels) == published.first;
        });
        if (!there)
          without += fmt::format("{}{} {}", without.empty() ? "" : ", ", published.first,
                                 text_of_axis(published.second));
      }
      table.remarks.push_back(fmt::format("Published, {}: {}.{}", column.title, column.source,
                                          without.empty() ? "" : " Without a row here: " + without + "."));
    }
  }

  void add_warnings(const Place& place, Names& notes) const {
    for (const std::string& key : place.keys) {
      const CellRecord* cell = evidence_.cell(key);
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
    const std::string budget = agreed(cells, [](const CellRecord& cell) { return cell.budget_amount; });
    if (!n.empty()) sizes.push_back("n = " + n);
    if (!d.empty()) sizes.push_back("d = " + d);
    if (!budget.empty()) sizes.push_back("budget " + budget + " " + cells.front()->budget_unit);
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

  Names remarks(const Table& table, const std::vector<const CellRecord*>& cells) const {
    const auto shows = [&](const char* measure) {
      return std::any_of(table.columns.begin(), table.columns.end(),
                         [&](const TableColumn& c) { return c.measure == measure; });
    };
    Names remarks;
    int least = 0, most = 0;
    bool spread = false;
    std::string reference;  // what its time is, unless it was measured
    for (const TableRow& row : table.rows) {
      for (std::size_t i = 0; i < row.cells.size(); ++i) {
        const Quantity& cell = row.cells[i];
        if (cell.state.starts_with("reference ")) reference = cell.state.substr(10);
        const std::string& measure = table.columns[i].measure;
        if (!cell.mean || measure == "speedup" || measure == "runs" || measure == "published") continue;
        least = least == 0 ? cell.n : std::min(least, cell.n);
        most = std::max(most, cell.n);
        spread = spread || (cell.sd && table.columns[i].show_sd);
      }
    }
    if (most > 1) {
      const std::string n = least == most ? std::to_string(most) : fmt::format("{} to {}", least, most);
      remarks.push_back(fmt::format("Mean{} over {} seeds.", spread ? " (standard deviation)" : "", n));
    }
    if (shows("normalised")) {
      bool bound = false, known = false;
      for (const CellRecord* cell : cells) {
        if (const auto ceiling = evidence_.ceiling(*cell)) (ceiling->bound ? bound : known) = true;
      }
      if (bound) remarks.emplace_back("Normalised: (value - random) / (upper bound - random).");
      if (known) {
        remarks.emplace_back(std::string(bound ? "Where no bound is known" : "Normalised") +
                             ": (value - random) / (best - random), best being the best value for the "
                             "problem in these records.");
      }
    }
    if (shows("gap"))
      remarks.emplace_back(
          "Gap: (upper bound - value) / (upper bound - random): no answer is nearer to the best than by this "
          "much of the way.");
    if (shows("bound_cost"))
      remarks.emplace_back(
          "Cost of the bound: time of its search, once a problem, over the time of the row's selection.");
    std::set<std::string> references;
    for (const MeasureColumn& column : layout_.measures) {
      if (!column.paired.empty()) references.insert(column.paired);
    }
    for (const std::string& label : references) {
      remarks.push_back(
          fmt::format("Less that of {}: difference on the same problem and seed, mean [95 % bootstrap "
                      "interval of the mean over "
                      "seeds, percentiles of {} resamples; one number: a single pair].",
                      label, kResamples));
    }
    if (shows("core_seconds")) {
      remarks.push_back(fmt::format(
          "Core time: {:g} / n x time x threads, for {:g} rows in blocks of n rows, one after another.",
          layout_.extrapolate_rows, layout_.extrapolate_rows));
    }
    if (shows("machine_seconds")) {
      remarks.push_back(
          fmt::format("Machine time: {:g} / n x time, for {:g} rows in blocks of n rows, one after another, "
                      "on one such machine.",
                      layout_.extrapolate_rows, layout_.extrapolate_rows));
    }
    if (shows("converged_step") || shows("converged_seconds")) {
      remarks.emplace_back(
          "Converged: the first point of the curve from which on the value stays within 1 % of its way from "
          "random to the end.");
    }
    if (shows("time_to_reach"))
      remarks.push_back("Time to reach: until the value of " + layout_.reference + ".");
    if (shows("speedup")) {
      remarks.push_back(fmt::format("Speed-up: mean time of {}{} over mean time of the row.",
                                    layout_.reference,
                                    reference.empty() ? "" : ", which is " + reference + ","));
    }
    if (options_.times && shows("seconds")) {
      const std::string threads = agreed(cells, [](const CellRecord& cell) { return cell.threads; });
      remarks.push_back("Time: of the selection alone" +
                        (threads.empty() ? "." : ", threads: " + threads + "."));
    }
    return remarks;
  }

  const RunRecord& run_;
  const Evidence& evidence_;
  const RenderOptions& options_;
  std::string id_;
  Layout layout_;
};

}  // namespace

TableFormat table_format(const std::string& name) {
  if (name == "md") return TableFormat::md;
  if (name == "tex") return TableFormat::tex;
  if (name == "csv") return TableFormat::csv;
  throw UserError("there is no table format \"" + name + "\"; there are: md, tex, csv");
}

void check_table(const RunRecord& run, const std::vector<std::string>& metrics) {
  Layout layout = layout_of(run.descriptor.at("table"), run.descriptor.at("id").get<std::string>());
  separate(layout, run.plan);
  std::set<std::string> measures = own_measures(), rows;
  measures.insert(metrics.begin(), metrics.end());
  for (const MeasureColumn& column : layout.measures) {
    const std::string metric = column.measure.substr(0, column.measure.find('.'));
    if (!is_own_measure(column.measure) && !measures.contains(metric))
      check_known("cells: there is no measure", column.measure, measures);
  }
  for (const Json& cell : run.plan) rows.insert(joined(values_of(cell["axes"], layout.rows)));
  for (const MeasureColumn& column : layout.measures) {
    if (!column.paired.empty()) check_known("cells: paired: no row is called", column.paired, rows);
  }
  if (!layout.reference.empty()) check_known("reference: no row is called", layout.reference, rows);
  for (const auto& [row, twin] : layout.same_picks) {
    check_known("same_picks: no row is called", row, rows);
    check_known("same_picks: no row is called", twin, rows);
  }
}

std::string render(const std::vector<Json>& records, const RenderOptions& options) {
  const Evidence evidence(records);
  if (evidence.runs().empty())
    throw UserError("the records hold no `run`: nothing says what table they belong to");
  std::vector<Report> reports;
  for (const RunRecord& run : evidence.runs()) reports.push_back(Tables(run, evidence, options).report());
  switch (options.format) {
    case TableFormat::md:
      return markdown(reports);
    case TableFormat::tex:
      return latex(reports);
    case TableFormat::csv:
      return csv(reports);
  }
  return "";
}

}  // namespace maskbench
