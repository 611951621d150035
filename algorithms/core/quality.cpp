#include "algorithms/core/quality.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "algorithms/core/ordered_values.hpp"

namespace maskbench {
namespace {

using detail::ascending, detail::doubles_of, detail::keep_order;

void add_minmax(const ScoreColumn& column, std::span<double> merged) {
  Index low = 0, high = 0;
  for (Index i = 1; i < column.size(); ++i) {
    if (column.less(i, low)) low = i;
    if (column.less(high, i)) high = i;
  }
  double range = column.above(high, low);
  if (range == 0) return;
  const bool halved = !std::isfinite(range);  // the ends are farther apart than a double reaches
  if (halved) range = 0.5 * column[high] - 0.5 * column[low];
  for (Index i = 0; i < column.size(); ++i) {
    const double above = halved ? 0.5 * column[i] - 0.5 * column[low] : column.above(i, low);
    merged[static_cast<std::size_t>(i)] += above / range;
  }
}

void add_zscore(const ScoreColumn& column, std::span<double> merged) {
  std::vector<double> values(merged.size(), 0.0);
  if (column.wide())
    add_minmax(column, values);  // the same standard scores, and no square overflows
  else
    values = doubles_of(column);
  const auto n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  const double deviation = std::sqrt(squares / n);
  if (deviation == 0) return;
  for (std::size_t i = 0; i < values.size(); ++i) merged[i] += (values[i] - mean) / deviation;
}

void add_rank(const ScoreColumn& column, std::span<double> merged) {
  const std::vector<Index> order = ascending(column);
  const auto tied = [&](Index a, Index b) { return !column.less(a, b) && !column.less(b, a); };
  if (order.size() < 2 || tied(order.front(), order.back())) return;
  const double last = static_cast<double>(order.size() - 1);
  for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && tied(order[end], order[begin])) ++end;
    const double rank = static_cast<double>(begin + end - 1) / 2;  // of the ties begin..end-1
    for (std::size_t k = begin; k < end; ++k) merged[static_cast<std::size_t>(order[k])] += rank / last;
  }
}

}  // namespace

std::vector<double> merge_quality(const Dataset& data, std::span<const std::string> columns, Merge merge) {
  std::vector<double> merged(data.size(), 0.0);
  for (const std::string& name : columns) {
    const ScoreColumn column = data.exact_score(name);
    switch (merge) {
      case Merge::minmax:
        add_minmax(column, merged);
        break;
      case Merge::zscore:
        add_zscore(column, merged);
        break;
      case Merge::rank:
        add_rank(column, merged);
        break;
      case Merge::raw:
        for (std::size_t i = 0; i < merged.size(); ++i) merged[i] += column[static_cast<Index>(i)];
        break;
    }
  }
  if (columns.size() == 1 && merge != Merge::rank) keep_order(data.exact_score(columns.front()), merged);
  return merged;
}

}  // namespace maskbench
