#include "experiments/tables/record_index.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/core.h>
#include <fmt/ranges.h>

namespace maskbench {
namespace {

void add_line(std::vector<std::string>& lines, std::string line) {
  if (std::find(lines.begin(), lines.end(), line) == lines.end()) lines.push_back(std::move(line));
}

}  // namespace

void add_point(Curves& curves, PointRecord point) {
  std::vector<PointRecord>& curve = curves[point.cell];
  if (!curve.empty() && point.step <= curve.back().step) curve.clear();
  curve.push_back(std::move(point));
}

const PointRecord* converged_point(const std::vector<PointRecord>& curve, const CellRecord& cell) {
  if (!cell.value || !cell.random) return nullptr;
  const double near = 0.01 * std::abs(*cell.value - cell.random->mean);
  const PointRecord* first = nullptr;
  for (const PointRecord& point : curve) {
    if (!point.value || std::abs(*point.value - *cell.value) > near)
      first = nullptr;
    else if (first == nullptr)
      first = &point;
  }
  return first;
}

RecordIndex::RecordIndex(const std::vector<Json>& records) {
  for (const Json& json : records) {
    const std::string kind = json.value("kind", "");
    if (kind == "run") {
      RunRecord run = record_of<RunRecord>(json);
      const auto same = std::find_if(runs_.begin(), runs_.end(), [&](const RunRecord& known) {
        return known.group == run.group && known.descriptor.at("id") == run.descriptor.at("id");
      });
      if (same == runs_.end())
        runs_.push_back(std::move(run));
      else
        *same = std::move(run);
    } else if (kind == "cell") {
      CellRecord cell = record_of<CellRecord>(json);
      const std::string key = cell.key;
      cells_.insert_or_assign(key, std::move(cell));
    } else if (kind == "point") {
      add_point(points_, record_of<PointRecord>(json));
    } else if (kind == "build") {
      const BuildRecord build = record_of<BuildRecord>(json);
      add_line(builds_, fmt::format("Build: MaskBench {}, commit {}{}, {}, {} {}", build.version,
                                    build.commit.substr(0, 8), build.dirty ? " (changed)" : "",
                                    build.compiler, build.build_type, build.flags));
    } else if (kind == "host") {
      const HostRecord host = record_of<HostRecord>(json);
      add_line(hosts_, fmt::format("Host: {}, {} cores, {:.0f} GiB{}", host.cpu_model, host.cores,
                                   static_cast<double>(host.memory_bytes) / 0x1p30,
                                   host.gpu.empty() ? "" : ", " + host.gpu));
    }
  }
  for (const RunRecord& run : runs_) {
    for (const Json& planned : run.plan)
      budgets_.emplace(planned.at("key").get<std::string>(), planned.at("axes").value("budget", ""));
  }
  for (const auto& [key, cell] : cells_) {
    const std::string problem = this->problem(cell);
    if (cell.value) {
      const auto best = best_.emplace(problem, *cell.value).first;
      best->second = std::max(best->second, *cell.value);
    }
    if (cell.seconds && cell.seconds->bound) bound_seconds_.emplace(problem, *cell.seconds->bound);
    if (cell.bound) {
      const auto bound = bound_.emplace(problem, *cell.bound).first;
      bound->second = std::min(bound->second, *cell.bound);
    }
  }
}

const CellRecord* RecordIndex::cell(const std::string& key) const {
  const auto found = cells_.find(key);
  return found == cells_.end() ? nullptr : &found->second;
}

const std::vector<PointRecord>& RecordIndex::points(const std::string& key) const {
  static const std::vector<PointRecord> none;
  const auto found = points_.find(key);
  return found == points_.end() ? none : found->second;
}

std::string RecordIndex::problem(const CellRecord& cell) const {
  return cell.objective + "|" + pool(cell);
}

std::string RecordIndex::pool(const CellRecord& cell) const {
  return fmt::format("{}|{}", fmt::join(cell.quality, ","), rows(cell));
}

std::string RecordIndex::rows(const CellRecord& cell) const {
  const auto budget = budgets_.find(cell.key);
  return fmt::format("{}|{} {}|{}", cell.digest, cell.budget.amount, cell.budget.unit,
                     budget == budgets_.end() ? "" : budget->second);
}

std::optional<RecordIndex::Ceiling> RecordIndex::ceiling(const CellRecord& cell) const {
  const std::string problem = this->problem(cell);
  if (const auto found = bound_.find(problem); found != bound_.end()) return Ceiling{found->second, true};
  if (const auto found = best_.find(problem); found != best_.end()) return Ceiling{found->second, false};
  return std::nullopt;
}

std::optional<double> RecordIndex::bound_seconds(const CellRecord& cell) const {
  const auto found = bound_seconds_.find(problem(cell));
  return found == bound_seconds_.end() ? std::nullopt : std::optional<double>(found->second);
}

}  // namespace maskbench
