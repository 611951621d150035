// What every greedy loop does with its gains.
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <vector>

#include "algorithms/core/problem.hpp"

namespace maskbench {

// Picks the row of largest gain that budget and quotas let in (ties: the smaller id) into `selection`, and
// takes it out of `left`, with the rows before it that a quota keeps out. Nothing: the budget is closed, or
// no row is left. `left` is ascending, `gain` lies beside it.
inline std::optional<Index> take_best(std::vector<Index>& left, std::vector<double>& gain, Meter& meter,
                                      Selection& selection) {
  while (!left.empty() && !meter.full()) {
    const auto best = std::max_element(gain.begin(), gain.end());  // the first of equals
    const auto place = left.begin() + (best - gain.begin());
    const Index row = *place;
    const bool taken = meter.take(row);
    if (taken) {
      selection.items.push_back(row);
      selection.score.push_back(static_cast<float>(*best));
    }
    left.erase(place);
    gain.erase(best);
    if (taken) return row;
  }
  return std::nullopt;
}

// How much of the answer is there, for the progress bar.
inline double share_done(const Problem& problem, const Selection& selection) {
  const auto expected = static_cast<double>(std::max<Index>(problem.rows_to_pick(), 1));
  return std::min(1.0, static_cast<double>(selection.items.size()) / expected);
}

}  // namespace maskbench
