// The order of a score column in doubles. In a header, since plug-ins have nothing else.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

#include "datasets/core/score_column.hpp"

namespace maskbench {
namespace detail {

inline std::vector<double> doubles_of(const ScoreColumn& column) {
  std::vector<double> values(static_cast<std::size_t>(column.size()));
  for (Index i = 0; i < column.size(); ++i) values[static_cast<std::size_t>(i)] = column[i];
  return values;
}

inline std::vector<Index> ascending(const ScoreColumn& column) {
  std::vector<Index> order(static_cast<std::size_t>(column.size()));
  std::iota(order.begin(), order.end(), Index{0});
  std::sort(order.begin(), order.end(), [&](Index a, Index b) {
    if (column.less(a, b)) return true;
    return !column.less(b, a) && a < b;
  });
  return order;
}

// Whether a difference of two values may have been rounded to the same double as another one.
inline bool may_collapse(const ScoreColumn& column) {
  if (column.wide()) return true;
  constexpr int kExact =
      24;  // binary places between the largest and the smallest float32 that doubles tell apart
  double largest = 0, smallest = std::numeric_limits<double>::infinity();
  for (Index i = 0; i < column.size(); ++i) {
    const double size = std::abs(column[i]);
    largest = std::max(largest, size);
    if (size > 0) smallest = std::min(smallest, size);
  }
  return largest > 0 && std::ilogb(largest) - std::ilogb(smallest) > kExact;
}

// Puts `values` into the column's own order: where rounding made two different values one, the larger is
// moved to the next double.
inline void keep_order(const ScoreColumn& column, std::span<double> values) {
  if (!may_collapse(column)) return;
  const std::vector<Index> order = ascending(column);
  for (std::size_t k = 1; k < order.size(); ++k) {
    const double before = values[static_cast<std::size_t>(order[k - 1])];
    double& value = values[static_cast<std::size_t>(order[k])];
    if (!column.less(order[k - 1], order[k]))
      value = before;
    else if (value <= before)
      value = std::nextafter(before, std::numeric_limits<double>::infinity());
  }
}

}  // namespace detail

// The doubles of a column, in its own order.
inline std::vector<double> ordered_values(const ScoreColumn& column) {
  std::vector<double> values = detail::doubles_of(column);
  if (column.wide()) detail::keep_order(column, values);
  return values;
}

}  // namespace maskbench
