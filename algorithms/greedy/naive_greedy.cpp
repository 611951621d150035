// naive_greedy: the greedy rule with every candidate's value computed from scratch at every pick.
//
//   U_0 = kept rows;   U_t = U_{t-1} + argmax over i not in U_{t-1} of  f(U_{t-1} + i),   t = 1..S
//
// Source: the selection loop of DiSF's released code (fan2025disf), which keeps no sums between candidates.
// It is the baseline of DATAMASK's speed table (78 hours at 100,000 rows).
// Guarantee: that of greedy.
// Cost: n S calls of the oracle, each O(S d) or O(S d^2): for small problems, and for timing.
//
//   code   paper  meaning
//   items  U + i  the set whose value is asked, the candidate last
//   left   V - U  candidates not picked yet, ascending
//
// Departs from the source: candidates are tried in parallel (the answer does not depend on it); the source
// works in batches of 1,024 rows from a random first row, which is the business of `blocked` here, and all
// first picks tie at the smallest id.

#include <omp.h>

#include <atomic>

#include "algorithms/core/selector.hpp"
#include "algorithms/greedy/take_best.hpp"

namespace maskbench {
namespace {

class NaiveGreedy final : public Selector {
 public:
  Selection select(const Problem& problem, RunContext& context) override {
    std::vector<Index> left(problem.candidates.begin(), problem.candidates.end());
    std::vector<Index> items(problem.kept.begin(), problem.kept.end());
    std::vector<double> gain;
    Selection selection;
    selection.why = Stop::interrupted;
    Meter meter(problem);
    while (!meter.full() && !left.empty()) {
      if (!evaluate(problem, items, left, gain, context)) return selection;
      const std::optional<Index> best = take_best(left, gain, meter, selection);
      if (!best) break;
      items.push_back(*best);
      context.progress(share_done(problem, selection));
      if (!context.checkpoint(selection.items)) return selection;
    }
    selection.why = meter.full() ? Stop::filled : Stop::exhausted;
    return selection;
  }

  std::int64_t scratch_bytes(const Problem& problem) const override {
    const auto n = static_cast<std::int64_t>(problem.candidates.size());
    return 16 * n + 8 * problem.expected_rows() * (1 + omp_get_max_threads());
  }

 private:
  // gain[k] = f(items + left[k]) - f(items); false: told to stop.
  static bool evaluate(const Problem& problem, const std::vector<Index>& items,
                       const std::vector<Index>& left, std::vector<double>& gain, RunContext& context) {
    gain.resize(left.size());
    const Index size = problem.expected_rows();
    const double before = problem.objective->value(items, size);
    std::atomic<bool> stop = false;
#pragma omp parallel
    {
      std::vector<Index> with = items;
      with.push_back(0);
#pragma omp for schedule(dynamic, 1)
      for (std::size_t k = 0; k < left.size(); ++k) {
        if (omp_get_thread_num() == 0 && context.stopping()) stop = true;
        if (stop) continue;
        with.back() = left[k];
        gain[k] = problem.worth(left[k], problem.objective->value(with, size) - before);
      }
    }
    if (!stop) context.count(Work::gain_evaluations, static_cast<std::int64_t>(left.size()));
    return !stop;
  }
};

}  // namespace

MASKBENCH_SELECTOR(naive_greedy, NaiveGreedy, "the largest value, every candidate from scratch",
                   "fan2025disf", .needs_objective = true, .extrapolates = true, .by_gain = true)

}  // namespace maskbench
