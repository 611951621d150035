#include "experiments/tables/render.hpp"

#include "experiments/tables/layout.hpp"
#include "experiments/tables/measures.hpp"
#include "experiments/tables/readable.hpp"
#include "experiments/tables/report.hpp"
#include "experiments/tables/table.hpp"

namespace maskbench {

TableFormat table_format(const std::string& name) {
  if (name == "md") return TableFormat::md;
  if (name == "tex") return TableFormat::tex;
  if (name == "csv") return TableFormat::csv;
  throw UserError("there is no table format \"" + name + "\"; there are: md, tex, csv");
}

void check_table(const RunRecord& run, const std::vector<std::string>& metrics) {
  const Layout layout =
      layout_of(run.descriptor.at("table"), run.plan, run.descriptor.at("id").get<std::string>());
  std::set<std::string> measures = own_measures(), rows;
  measures.insert(metrics.begin(), metrics.end());
  for (const MeasureColumn& column : layout.measures) {
    const std::string metric = column.measure.substr(0, column.measure.find('.'));
    if (find_measure(column.measure) == nullptr && !measures.contains(metric))
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
  const RecordIndex index(records);
  if (index.runs().empty())
    throw UserError("the records hold no `run`: nothing says what table they belong to");
  std::vector<Report> reports;
  for (const RunRecord& run : index.runs()) {
    Report report = report_of(run, index, options.times);
    reports.push_back(options.format == TableFormat::csv ? std::move(report)
                                                         : readable(std::move(report), options.columns));
  }
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
