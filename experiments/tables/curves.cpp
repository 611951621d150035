#include "experiments/tables/curves.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "experiments/tables/layout.hpp"
#include "experiments/tables/measures.hpp"

namespace maskbench {
namespace {

std::pair<std::string, std::string> identity(const RunRecord& run) {
  return {run.descriptor.at("id").get<std::string>(), run.group};
}

// Points by cell, of the last attempt.
Curves curves_of(const std::vector<Json>& records) {
  Curves curves;
  for (const Json& json : records) {
    if (json.at("kind") == "point") add_point(curves, record_of<PointRecord>(json));
  }
  return curves;
}

}  // namespace

Keep points_to_keep(const Json& descriptor) {
  if (descriptor.value("curves", false)) return Keep::all;
  const Layout layout =
      layout_of(descriptor.at("table"), Json::array(), descriptor.at("id").get<std::string>());
  const bool shown =
      std::any_of(layout.measures.begin(), layout.measures.end(), [](const MeasureColumn& column) {
        const Measure* measure = find_measure(column.measure);
        return measure != nullptr && measure->of_curve;
      });
  return shown ? Keep::needed : Keep::none;
}

std::vector<PointRecord> kept_points(const std::vector<PointRecord>& points, const CellRecord& cell,
                                     Keep keep) {
  if (keep == Keep::all) return points;
  std::vector<PointRecord> kept;
  if (keep == Keep::none) return kept;
  const PointRecord* const converged = converged_point(points, cell);
  std::optional<double> best;
  for (const PointRecord& point : points) {
    const bool above = point.value && (!best || *point.value > *best);
    const bool bounds =
        converged != nullptr ? &point == converged || &point + 1 == converged : &point == &points.back();
    if (above) best = point.value;
    if (above || bounds) kept.push_back({point.cell, point.step, point.seconds, point.value, {}, {}});
  }
  return kept;
}

std::vector<Json> thinned(const std::vector<Json>& records) {
  std::map<std::pair<std::string, std::string>, std::size_t> last_run;
  std::map<std::string, Keep> keep;  // by cell of a plan
  std::map<std::string, CellRecord> cells;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const Json& kind = records[i].at("kind");
    if (kind == "cell") {
      CellRecord cell = record_of<CellRecord>(records[i]);
      const std::string key = cell.key;
      cells.insert_or_assign(key, std::move(cell));
    } else if (kind == "run") {
      last_run[identity(record_of<RunRecord>(records[i]))] = i;
    }
  }
  for (const auto& [id, i] : last_run) {
    const RunRecord run = record_of<RunRecord>(records[i]);
    for (const Json& planned : run.plan)
      keep[planned.at("key").get<std::string>()] = points_to_keep(run.descriptor);
  }
  const Curves curves = curves_of(records);
  std::set<std::string> written;  // curves stand where their first point stood
  std::vector<Json> lines;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const Json& json = records[i];
    if (json.at("kind") == "run" && last_run.at(identity(record_of<RunRecord>(json))) != i) continue;
    if (json.at("kind") != "point") {
      lines.push_back(json);
      continue;
    }
    const std::string key = json.at("cell").get<std::string>();
    const auto cell = cells.find(key);
    if (cell == cells.end() || !keep.contains(key)) {  // nobody knows what it is needed for
      lines.push_back(json);
    } else if (written.insert(key).second) {
      for (const PointRecord& point : kept_points(curves.at(key), cell->second, keep.at(key)))
        lines.push_back(to_json(point));
    }
  }
  return lines;
}

}  // namespace maskbench
