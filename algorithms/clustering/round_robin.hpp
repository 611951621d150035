// One budget over many groups: a row a group in each round, larger groups first.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "algorithms/core/selector.hpp"

namespace maskbench {

// Fills the budget from `groups` (in the order in which they take their turn); next(group) is the group's
// next row, nothing once it is empty. A budget in rows so gives every group the same number of rows, small
// groups all they have, and what is left over to the first in turn: with the largest groups first, the
// water-filling of rules P3.
template <class Next>
Selection round_robin(const Problem& problem, std::vector<std::size_t> groups, RunContext& context,
                      Next&& next) {
  Selection selection;
  Meter meter(problem);
  while (!groups.empty() && !meter.full()) {
    std::size_t alive = 0;
    for (std::size_t turn = 0; turn < groups.size() && !meter.full(); ++turn) {
      const std::optional<Index> row = next(groups[turn]);
      if (!row) continue;
      groups[alive++] = groups[turn];
      if (meter.take(*row)) selection.items.push_back(*row);
      if (context.stopping()) {
        selection.why = Stop::interrupted;
        return selection;
      }
    }
    if (!meter.full()) groups.resize(alive);
    if (!context.checkpoint(selection.items)) {
      selection.why = Stop::interrupted;
      return selection;
    }
  }
  selection.why = meter.full() ? Stop::filled : Stop::exhausted;
  return selection;
}

// Group numbers 0..n-1, largest first; ties by the smaller number.
template <class Groups>
std::vector<std::size_t> largest_first(const Groups& groups) {
  std::vector<std::size_t> order(groups.size());
  for (std::size_t g = 0; g < order.size(); ++g) order[g] = g;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return groups[a].size() > groups[b].size(); });
  return order;
}

}  // namespace maskbench
