#include "experiments/tables/growth.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

#include "experiments/tables/student.hpp"

namespace maskbench {
namespace {

struct Points {
  std::vector<double> n, work, seconds;
};

Quantity quantity_of_fit(const std::vector<double>& n, const std::vector<double>& y, double from) {
  std::vector<double> some_n, some_y;
  for (std::size_t k = 0; k < n.size(); ++k) {
    if (n[k] < from) continue;
    some_n.push_back(n[k]);
    some_y.push_back(y[k]);
  }
  Quantity quantity;
  quantity.words = "-";
  quantity.state = "none";
  if (const auto law = fit_power_law(some_n, some_y)) {
    quantity.words.clear();
    quantity.state = "done";
    quantity.mean = law->exponent;
    quantity.n = law->points;
    if (std::isfinite(law->error)) quantity.sd = law->error;
  }
  return quantity;
}

}  // namespace

std::optional<PowerLaw> fit_power_law(std::span<const double> n, std::span<const double> y) {
  MASKBENCH_CHECK(n.size() == y.size(), "one value a size");
  std::vector<double> a, b;
  for (std::size_t k = 0; k < n.size(); ++k) {
    if (!(n[k] > 0 && y[k] > 0)) continue;
    a.push_back(std::log(n[k]));
    b.push_back(std::log(y[k]));
  }
  const auto count = static_cast<double>(a.size());
  double mean_a = 0, mean_b = 0;
  for (std::size_t k = 0; k < a.size(); ++k) {
    mean_a += a[k] / count;
    mean_b += b[k] / count;
  }
  double aa = 0, ab = 0;
  for (std::size_t k = 0; k < a.size(); ++k) {
    aa += (a[k] - mean_a) * (a[k] - mean_a);
    ab += (a[k] - mean_a) * (b[k] - mean_b);
  }
  if (a.size() < 2 || aa < 1e-12) return std::nullopt;
  PowerLaw law{ab / aa, std::numeric_limits<double>::infinity(), static_cast<int>(a.size())};
  if (a.size() == 2) return law;
  double rest = 0;
  for (std::size_t k = 0; k < a.size(); ++k) {
    const double off = b[k] - mean_b - law.exponent * (a[k] - mean_a);
    rest += off * off;
  }
  law.error = student_quantile(law.points - 2) * std::sqrt(rest / (count - 2) / aa);
  return law;
}

Table growth_table(const RunRecord& run, const RecordIndex& index, Index from, bool times) {
  std::vector<std::string> order;
  std::map<std::string, Points> points;
  for (const Json& planned : run.plan) {
    const std::string label = planned["axes"].value("selector", "");
    if (points.emplace(label, Points{}).second) order.push_back(label);
    const CellRecord* cell = index.cell(planned["key"].get<std::string>());
    if (cell == nullptr || cell->status != Status::done || cell->rows <= 0) continue;
    double work = 0;
    for (const auto& [kind, count] : cell->work) work += static_cast<double>(count);
    points[label].n.push_back(static_cast<double>(cell->rows));
    points[label].work.push_back(work);
    points[label].seconds.push_back(cell->seconds ? cell->seconds->select : 0);
  }
  const std::array<std::pair<std::string, double>, 2> ranges = {
      {{"all sizes", 0}, {fmt::format("from n = {}", from), static_cast<double>(from)}}};
  Table table;
  table.block = "Growth with n: exponents";
  table.row_titles = {"selector"};
  for (const auto& range : ranges) {
    table.columns.push_back({range.first, "exponent.work", "work", Kind::value, true, "", ""});
    if (times) table.columns.push_back({range.first, "exponent.seconds", "time", Kind::value, true, "", ""});
  }
  name_columns(table);
  for (const std::string& label : order) {
    TableRow row{{label}, {}, {}};
    for (const auto& range : ranges) {
      row.cells.push_back(quantity_of_fit(points[label].n, points[label].work, range.second));
      if (times) row.cells.push_back(quantity_of_fit(points[label].n, points[label].seconds, range.second));
    }
    table.rows.push_back(std::move(row));
  }
  table.remarks.push_back(
      {"",
       "Work, all kinds added up, and time, as powers of n: slopes of least squares on logarithms. In "
       "brackets half the width of "
       "the 95 % confidence interval; every repetition is a point."});
  return table;
}

}  // namespace maskbench
