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

RemarkContext context_of(const Table& table, const Layout& layout,
                         const std::vector<const CellRecord*>& cells, const RecordIndex& index) {
  RemarkContext context{layout.reference, state_of_reference(table),
                        agreed(cells, [](const CellRecord& cell) { return cell.threads; }),
                        layout.extrapolate_rows};
  for (const CellRecord* cell : cells) {
    if (const auto ceiling = index.ceiling(*cell))
      (ceiling->bound ? context.bound_known : context.best_known) = true;
  }
  return context;
}

void add_paired(const Layout& layout, std::vector<Remark>& remarks) {
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
}

}  // namespace

std::vector<Remark> remarks_on(const Table& table, const Layout& layout,
                               const std::vector<const CellRecord*>& cells, const RecordIndex& index) {
  std::vector<Remark> remarks;
  const RemarkContext context = context_of(table, layout, cells, index);
  const auto explain = [&](bool times) {
    for (const Measure& measure : measures()) {
      const bool shown =
          std::any_of(table.columns.begin(), table.columns.end(),
                      [&](const TableColumn& column) { return column.measure == measure.name; });
      if (measure.remarks == nullptr || !shown ||
          (measure.of_curve || is_time(std::string(measure.name))) != times)
        continue;
      for (std::string& text : measure.remarks(context))
        remarks.push_back({std::string(measure.name), std::move(text)});
    }
  };
  add_seeds(table, remarks);
  explain(false);
  add_paired(layout, remarks);
  explain(true);
  add_published(table, layout, remarks);
  return remarks;
}

}  // namespace maskbench
