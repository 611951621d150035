#include "algorithms/relaxation/disf_swaps.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "algorithms/core/largest_places.hpp"

namespace maskbench {
namespace {

constexpr Index kSwapRows = 64;           // tried for a place
constexpr std::int64_t kSlopesLast = 16;  // swaps

std::vector<Index> with_kept(const Problem& problem, std::span<const Index> items) {
  std::vector<Index> all(problem.kept.begin(), problem.kept.end());
  all.insert(all.end(), items.begin(), items.end());
  return all;
}

}  // namespace

bool swap_by_slopes(const Problem& problem, const Relaxation& surrogate, std::int64_t trials,
                    Selection& selection, RunContext& context) {
  const std::span<const Index> candidates = problem.candidates;
  double value = problem.objective->value(with_kept(problem, selection.items), problem.expected_rows());
  std::vector<char> tried(candidates.size(), 0);
  std::vector<double> slope(candidates.size());
  std::vector<Index> places;
  selection.score.clear();
  for (std::int64_t trial = 0; trial < trials; ++trial) {
    std::vector<Index> items = selection.items;
    std::sort(items.begin(), items.end());
    std::vector<double> vertex(candidates.size(), 0.0);
    for (std::size_t c = 0; c < candidates.size(); ++c)
      vertex[c] = std::binary_search(items.begin(), items.end(), candidates[c]);
    if (trial % kSlopesLast == 0) surrogate.gradient(vertex, slope);
    std::vector<double> outside(slope);
    std::size_t out = candidates.size();
    for (std::size_t c = 0; c < candidates.size(); ++c) {
      if (vertex[c] == 0) continue;
      outside[c] = -std::numeric_limits<double>::infinity();
      if (tried[c] == 0 && (out == candidates.size() || slope[c] < slope[out])) out = c;
    }
    const auto left = static_cast<Index>(candidates.size() - items.size());
    if (out == candidates.size() || left == 0) break;
    tried[out] = 1;
    largest_places(outside, std::min(kSwapRows, left), places);
    std::sort(places.begin(), places.end());
    std::vector<Index> rows, rest = with_kept(problem, selection.items);
    for (const Index c : places) rows.push_back(candidates[c]);
    std::erase(rest, candidates[out]);
    const auto state = problem.objective->start({problem.expected_rows(), candidates, rest});
    std::vector<double> gain(rows.size());
    state->gains(rows, gain);
    context.count(Work::gain_evaluations, static_cast<std::int64_t>(rows.size()));
    const auto best = std::max_element(gain.begin(), gain.end());  // the first of equals
    if (state->value() + *best > value + 1e-12 * std::abs(value)) {
      value = state->value() + *best;
      std::replace(selection.items.begin(), selection.items.end(), candidates[out],
                   rows[best - gain.begin()]);
    }
    if (context.stopping() || !context.checkpoint(selection.items)) return false;
  }
  return true;
}

}  // namespace maskbench
