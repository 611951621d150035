// covariance_greedy: greedy on DiSF's covariance form, where a candidate costs O(d) instead of O(d^2).
//
//   U_t = U_{t-1} + argmin over i of  sum over k != l of cov_kl(U_{t-1} + i)^2,   columns scaled once over
//   all rows
//
// The scale is frozen, the mean is the set's own: f differs from in-set DiSF by the columns' variances in the
// set alone. With n the size of U + i, s = sum z, G = sum z z' over U, r_i = z_i.s, q_i = z_i' G z_i, h_i =
// z_i' G s,
//
//   ||cov||^2 = A/n^2 - 2B/n^3 + C^2/n^4,   A = ||G||^2 + 2 q_i + ||z_i||^4,
//   B = s'Gs + 2 h_i + q_i + (r_i + ||z_i||^2)^2,   C = ||s||^2 + 2 r_i + ||z_i||^2
//
// less the diagonal, sum over k of ((G_kk + z_ik^2)/n - ((s_k + z_ik)/n)^2)^2.
// Source: the identity is facts 3; the rule is fan2025disf's. Its rule is DiSF whatever
// the objective is. Guarantee: none for in-set DiSF: a surrogate.  Cost: O(n d + d^2) a pick; memory: a
// float32 copy of the features.
//
//   code  here              meaning
//   sums  s, G; r, q, h     of the set; of every row, kept up to date by z_i.z_j and z_i.(G z_j) once j is
//   picked
//
// Departs from the source: first picks tie and the smallest id wins, as in greedy; 1/n for 1/(n-1) scales all
// candidates alike.

#include "algorithms/core/selector.hpp"
#include "algorithms/greedy/covariance_sums.hpp"
#include "algorithms/greedy/take_best.hpp"

namespace maskbench {
namespace {

class CovarianceGreedy final : public Selector {
 public:
  Selection select(const Problem& problem, RunContext& context) override {
    CovarianceSums sums =
        context.starting([&] { return CovarianceSums(problem.data.features(), problem.candidates); });
    for (const Index row : problem.kept) sums.add(row);
    std::vector<Index> left(problem.candidates.begin(), problem.candidates.end());
    Selection selection;
    Meter meter(problem);
    while (!meter.full() && !left.empty()) {
      std::vector<double> gain = sums.gains(left);
      context.count(Work::gain_evaluations, static_cast<std::int64_t>(left.size()));
      const std::optional<Index> row = take_best(left, gain, meter, selection);
      if (!row) break;
      sums.add(*row);
      context.progress(share_done(problem, selection));
      if (context.stopping() || !context.checkpoint(selection.items)) {
        selection.why = Stop::interrupted;
        return selection;
      }
    }
    selection.score.clear();  // of a surrogate
    selection.why = meter.full() ? Stop::filled : Stop::exhausted;
    return selection;
  }

  std::int64_t scratch_bytes(const Problem& problem) const override {
    const MatrixView x = problem.data.features();
    return 4 * x.rows * x.cols + 8 * x.cols * x.cols + 48 * x.rows;
  }
};

}  // namespace

MASKBENCH_SELECTOR(covariance_greedy, CovarianceGreedy, "greedy on DiSF's covariance form, O(d) a candidate",
                   "fan2025disf", .needs_features = true)

}  // namespace maskbench
