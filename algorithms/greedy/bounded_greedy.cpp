// bounded_greedy: greedy's picks for quality + pairwise similarity, without looking at most rows at most
// picks.
//
//   U_t = U_{t-1} + argmax over i of  a q_i / S - c x_i.s,   s = sum of x over U_{t-1},   c = 2b/(S(S-1))
//
// Each row has an upper bound on its gain from the last time that it was evaluated (GainBounds). A pick looks
// at a short list of the rows of highest bounds, evaluates exactly, by greedy's own expression, those whose
// bound is not below the best gain found, and is done if no group of the other rows has a bound that high
// (GainLadder). Else the list is made anew from the next longer one. Source: ours (facts 8d); the rule
// is greedy's (nemhauser1978analysis), in the manner of minoux1978accelerated. Guarantee: the picks of
// greedy, ties included.  Cost: greedy's O(S n d) where bounds do not bite, else a few passes and O(d) a
// pick; O(32 n) memory beside the data.
//
//   code         facts        meaning
//   ladder       candidates   the candidates left, and the sum s of the rows chosen
//   gain, place               of the pick: its exact gain, where it stands among the candidates

#include "algorithms/core/selector.hpp"
#include "algorithms/greedy/gain_ladder.hpp"
#include "algorithms/greedy/take_best.hpp"

namespace maskbench {
namespace {

class BoundedGreedy final : public Selector {
 public:
  std::optional<std::string> refuses(const Problem& problem) const override {
    if (!problem.objective->quadratic_form()) return "needs an objective of quality and pairwise similarity";
    return std::nullopt;
  }

  Selection select(const Problem& problem, RunContext& context) override {
    Selection selection;
    selection.why = Stop::interrupted;
    Meter meter(problem);
    GainLadder ladder(problem, context);
    while (!meter.full() && !ladder.empty()) {
      if (context.stopping()) return selection;
      const auto [gain, place] = ladder.best();
      ladder.drop(place);
      const Index row = problem.candidates[place];
      if (!meter.take(row)) continue;
      selection.items.push_back(row);
      selection.score.push_back(static_cast<float>(gain));
      ladder.add(place);
      context.progress(share_done(problem, selection));
      if (!context.checkpoint(selection.items)) return selection;
    }
    selection.why = meter.full() ? Stop::filled : Stop::exhausted;
    return selection;
  }

  std::int64_t scratch_bytes(const Problem& problem) const override { return GainLadder::bytes(problem); }
};

}  // namespace

MASKBENCH_SELECTOR(bounded_greedy, BoundedGreedy,
                   "greedy's picks from upper bounds, for quality + pairwise similarity",
                   "minoux1978accelerated", .needs_objective = true, .walks_tiles = true)

}  // namespace maskbench
