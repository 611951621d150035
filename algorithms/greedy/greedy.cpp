// greedy: one row at a time, the one that raises the objective most, from the objective's incremental state.
//
//   U_0 = kept rows;   U_t = U_{t-1} + argmax over i not in U_{t-1} of f(U_{t-1} + i) - f(U_{t-1}),  t = 1..S
//
// Source: nemhauser1978analysis. DiSF (fan2025disf) selects this way, and DATAMASK is compared with it.
// Guarantee: 1 - 1/e of the optimum where f is monotone and submodular (facility location), a weak one for
// DiSF, none for pairwise similarity. Picks what naive_greedy picks: same gains, same ties (smaller id).
//
// Cost: S passes over the candidates at the price of the state's gains: O(n d) a pick for pairwise similarity
// (adding a row), a comparison a candidate and reference row for facility location, O(d^2) a candidate for
// DiSF. Memory: the state's.
//
//   code   paper       meaning
//   state  f(U), U     running value and what makes gains cheap
//   left   V - U       candidates not picked yet, ascending
//   gain   f(U+i)-f(U)
//
// Departs from the source: DiSF starts from a random row; here all first picks tie under DiSF and the
// smallest id wins.

#include <algorithm>

#include "algorithms/core/selector.hpp"
#include "algorithms/greedy/greedy_start.hpp"
#include "algorithms/greedy/take_best.hpp"

namespace maskbench {
namespace {

constexpr std::size_t kChunk = 2048;  // candidates between two looks at whether to stop

class Greedy final : public Selector {
 public:
  Selection select(const Problem& problem, RunContext& context) override {
    const auto state = context.starting([&] { return greedy_start(problem); });
    std::vector<Index> left(problem.candidates.begin(), problem.candidates.end());
    std::vector<double> gain;
    Selection selection;
    Meter meter(problem);
    while (!meter.full() && !left.empty()) {
      if (!evaluate(*state, left, gain, context)) return interrupted(std::move(selection));
      const std::optional<Index> best = take_best(left, gain, meter, selection);
      if (!best) break;
      state->add(*best);
      context.progress(share_done(problem, selection));
      if (!context.checkpoint(selection.items)) return interrupted(std::move(selection));
    }
    selection.why = meter.full() ? Stop::filled : Stop::exhausted;
    return selection;
  }

  std::int64_t scratch_bytes(const Problem& problem) const override {
    const auto n = static_cast<std::int64_t>(problem.candidates.size());
    return 16 * n + problem.objective->greedy_bytes(n);
  }

 private:
  static bool evaluate(const GreedyState& state, const std::vector<Index>& left, std::vector<double>& gain,
                       RunContext& context) {
    gain.resize(left.size());
    for (std::size_t first = 0; first < left.size(); first += kChunk) {
      if (context.stopping()) return false;
      const std::size_t count = std::min(kChunk, left.size() - first);
      state.gains(std::span(left).subspan(first, count), std::span(gain).subspan(first, count));
      context.count(Work::gain_evaluations, static_cast<std::int64_t>(count));
    }
    return true;
  }

  static Selection interrupted(Selection selection) {
    selection.why = Stop::interrupted;
    return selection;
  }
};

}  // namespace

MASKBENCH_SELECTOR(greedy, Greedy, "the largest marginal gain, from incremental states",
                   "nemhauser1978analysis", .needs_objective = true, .by_gain = true)

}  // namespace maskbench
