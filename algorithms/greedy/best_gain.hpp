// The best row of a few under a greedy state, with gains computed only where their bounds ask for it.
#pragma once

#include <algorithm>
#include <numeric>
#include <span>
#include <vector>

#include "algorithms/core/objective.hpp"
#include "algorithms/core/run_context.hpp"

namespace maskbench {

struct BestGain {
  std::size_t place = 0;  // among the rows given
  double gain = 0;
};

// Ties: the smaller row. `rows` is not empty. Counts bounds and gains alike as gain_evaluations.
inline BestGain best_gain(const GreedyState& state, std::span<const Index> rows, RunContext& context) {
  std::vector<double> bound(rows.size());
  const bool exact = state.uppers(rows, bound);
  auto work = static_cast<std::int64_t>(rows.size());
  std::vector<std::size_t> order(rows.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return bound[a] != bound[b] ? bound[a] > bound[b] : rows[a] < rows[b];
  });
  BestGain best{order[0], exact ? bound[order[0]] : state.gain(rows[order[0]])};
  for (std::size_t k = 1; !exact && k < order.size() && bound[order[k]] >= best.gain; ++k) {
    const double gain = state.gain(rows[order[k]]);
    ++work;
    if (gain > best.gain || (gain == best.gain && rows[order[k]] < rows[best.place])) best = {order[k], gain};
  }
  context.count(Work::gain_evaluations, exact ? work : work + 1);
  return best;
}

}  // namespace maskbench
