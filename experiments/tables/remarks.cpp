#include "experiments/tables/remarks.hpp"

#include <fmt/core.h>

namespace maskbench {
namespace {

// "Mean (standard deviation) over 1 to 5 seeds."; nothing where every number is of one.
void add_seeds(const Table& table, std::vector<Remark>& remarks) {
  int least = 0, most = 0;
  bool spread = false;
  for (const TableRow& row : table.rows) {
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      const Quantity& cell = row.cells[i];
      const std::string& measure = table.columns[i].measure;
      if (!cell.mean || measure == "speedup" || measure == "runs" || measure == "published") continue;
      least = least == 0 ? cell.n : std::min(least, cell.n);
      most = std::max(most, cell.n);
      spread = spread || (cell.sd && table.columns[i].show_sd);
    }
  }
  if (most <= 1) return;
  const std::string n = least == most ? std::to_string(most) : fmt::format("{} to {}", least, most);
  remarks.push_back({"", fmt::format("Mean{} over {} seeds.", spread ? " (standard deviation)" : "", n)});
}

void add_normalised(const std::vector<const CellRecord*>& cells, const Evidence& evidence,
                    std::vector<Remark>& remarks) {
  bool bound = false, known = false;
  for (const CellRecord* cell : cells) {
    if (const auto ceiling = evidence.ceiling(*cell)) (ceiling->bound ? bound : known) = true;
  }
  if (bound) remarks.push_back({"normalised", "Normalised: (value - random) / (upper bound - random)."});
  if (known) {
    remarks.push_back({"normalised", std::string(bound ? "Where no bound is known" : "Normalised") +
                                         ": (value - random) / (best - random), best being the best value "
                                         "for the problem in these records."});
  }
}

// How the reference row's time came about, unless it was measured: "extrapolated".
std::string state_of_reference(const Table& table) {
  constexpr std::string_view kReference = "reference ";
  for (const TableRow& row : table.rows) {
    for (const Quantity& cell : row.cells) {
      if (cell.state.starts_with(kReference)) return cell.state.substr(kReference.size());
    }
  }
  return "";
}

void add_published(const Table& table, const Layout& layout, std::vector<Remark>& remarks) {
  for (const TableColumn& column : table.columns) {
    if (column.kind != Kind::given) continue;
    const auto published =
        std::find_if(layout.published.begin(), layout.published.end(),
                     [&](const PublishedColumn& one) { return "published: " + one.title == column.title; });
    std::string without;
    for (const auto& [label, value] : published->rows) {
      const bool there =
          std::any_of(table.rows.begin(), table.rows.end(),
                      [&, &label = label](const TableRow& row) { return joined(row.labels) == label; });
      if (!there) without += fmt::format("{}{} {}", without.empty() ? "" : ", ", label, text_of_axis(value));
    }
    remarks.push_back(
        {column.title, fmt::format("Published, {}: {}.{}", published->title, published->source,
                                   without.empty() ? "" : " Without a row here: " + without + ".")});
  }
}

}  // namespace

std::vector<Remark> remarks_on(const Table& table, const Layout& layout,
                               const std::vector<const CellRecord*>& cells, const Evidence& evidence,
                               bool times) {
  std::vector<Remark> remarks;
  const auto explain = [&](const std::string& measure, const std::string& text) {
    const bool shown = std::any_of(table.columns.begin(), table.columns.end(),
                                   [&](const TableColumn& column) { return column.measure == measure; });
    if (shown) remarks.push_back({measure, text});
  };
  add_seeds(table, remarks);
  if (std::any_of(table.columns.begin(), table.columns.end(),
                  [](const TableColumn& column) { return column.measure == "normalised"; }))
    add_normalised(cells, evidence, remarks);
  explain("gap",
          "Gap: (upper bound - value) / (upper bound - random): no answer is nearer to the best than by this "
          "much of the way.");
  explain("bound_cost",
          "Cost of the bound: time of its search, once a problem, over the time of the row's selection.");
  std::set<std::string> references;
  for (const MeasureColumn& column : layout.measures) {
    if (!column.paired.empty()) references.insert(column.paired);
  }
  for (const std::string& label : references) {
    remarks.push_back(
        {label, fmt::format("Less that of {}: difference on the same problem and seed, mean [95 % bootstrap "
                            "interval of the mean over seeds, percentiles of {} resamples; one number: a "
                            "single pair].",
                            label, kResamples)});
  }
  explain("core_seconds",
          fmt::format("Core time: {:g} / n x time x threads, for {:g} rows in blocks of n rows, one after "
                      "another.",
                      layout.extrapolate_rows, layout.extrapolate_rows));
  explain("machine_seconds",
          fmt::format("Machine time: {:g} / n x time, for {:g} rows in blocks of n rows, one after another, "
                      "on one such machine.",
                      layout.extrapolate_rows, layout.extrapolate_rows));
  for (const char* measure : {"converged_step", "converged_seconds"}) {
    explain(
        measure,
        "Converged: the first point of the curve from which on the value stays within 1 % of its way from "
        "random to the end.");
  }
  explain("time_to_reach", "Time to reach: until the value of " + layout.reference + ".");
  const std::string state = state_of_reference(table);
  explain("speedup", fmt::format("Speed-up: mean time of {}{} over mean time of the row.", layout.reference,
                                 state.empty() ? "" : ", which is " + state + ","));
  if (times) {
    const std::string threads = agreed(cells, [](const CellRecord& cell) { return cell.threads; });
    explain("seconds",
            "Time: of the selection alone" + (threads.empty() ? "." : ", threads: " + threads + "."));
  }
  add_published(table, layout, remarks);
  return remarks;
}

}  // namespace maskbench
