// screened_greedy: greedy that computes only those gains which bounds cannot rule out.
//
//   U_t = U_{t-1} + argmax over i not in U_{t-1} of f(U_{t-1} + i) - f(U_{t-1});   gains of i with bound_i
//   below the best gain found so far are not computed
//
// Source: the greedy rule (nemhauser1978analysis); the bounds are the objective's (for in-set DiSF:
// disf_bounds.hpp). Guarantee: exact, the picks of greedy, ties included. Nothing is assumed of the
// objective: no bound is older than the set. Cost: for in-set DiSF O(n s d) a pick while the set has s < d/2
// rows, and O(d^2) for each gain that is left, a few; from there on, and for objectives without bounds, that
// of greedy. Memory: the state's.
//
//   code   paper       meaning
//   state  f(U), U     running value, gains and bounds
//   left   V - U       candidates not picked yet, ascending
//
// Departs from the source: first picks tie under DiSF and the smallest id wins, as in greedy.

#include "algorithms/core/selector.hpp"
#include "algorithms/greedy/greedy_start.hpp"
#include "algorithms/greedy/screen.hpp"
#include "algorithms/greedy/take_best.hpp"

namespace maskbench {
namespace {

class ScreenedGreedy final : public Selector {
 public:
  Selection select(const Problem& problem, RunContext& context) override {
    const auto state = context.starting([&] { return greedy_start(problem); });
    std::vector<Index> left(problem.candidates.begin(), problem.candidates.end());
    Selection selection;
    selection.why = Stop::interrupted;
    Meter meter(problem);
    Screen screen;
    while (!meter.full() && !left.empty()) {
      if (!screen.start(*state, left, context)) return selection;
      bool picked = false;
      while (!picked && !meter.full() && !left.empty()) {  // a row that a quota keeps out is dropped
        const std::optional<std::size_t> place = screen.best(*state, left, context);
        if (!place) return selection;
        const Index row = left[*place];
        picked = meter.take(row);
        if (picked) {
          selection.items.push_back(row);
          selection.score.push_back(static_cast<float>(screen.value(*place)));
          state->add(row);
        }
        left.erase(left.begin() + static_cast<std::ptrdiff_t>(*place));
        screen.drop(*place);
      }
      if (!picked) break;
      context.progress(share_done(problem, selection));
      if (!context.checkpoint(selection.items)) return selection;
    }
    selection.why = meter.full() ? Stop::filled : Stop::exhausted;
    return selection;
  }

  std::int64_t scratch_bytes(const Problem& problem) const override {
    const auto n = static_cast<std::int64_t>(problem.candidates.size());
    return 20 * n + problem.objective->greedy_bytes(n);
  }
};

}  // namespace

MASKBENCH_SELECTOR(screened_greedy, ScreenedGreedy, "the picks of greedy, from bounds and few gains",
                   "nemhauser1978analysis", .needs_objective = true, .by_gain = true)

}  // namespace maskbench
