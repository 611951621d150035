// one_shot: the best set under the objective's first-order model at the uniform point.
//
//   maximise  sum of g_i over i in U,  |U| = S,   with  g = grad F(p),  p = S/n everywhere
//
// For joint + pairwise similarity g_i = lambda q_i / S - 2 (1 - lambda) x_i.mean / (S - 1) + const: the
// direct per-sample score that a reviewer of DATAMASK asked for (facts 2d).
// Guarantee: exact where F is linear.  Cost: one gradient, O(n d) time, O(n) memory beside the data.
//
//   code       facts        meaning
//   inclusion  p            probability that a row is in the set
//   score      g            first-order gain of a row
//
// Departs from the source: nothing to depart from, the source is a question.

#include "algorithms/core/selector.hpp"

namespace maskbench {
namespace {

class OneShot final : public Selector {
 public:
  std::optional<std::string> refuses(const Problem& problem) const override {
    if (!problem.objective->traits().concave_relaxation) return "needs an objective with a relaxation";
    return std::nullopt;
  }

  Selection select(const Problem& problem, RunContext& context) override {
    const auto relaxation = context.starting([&] { return problem.objective->relax(problem); });
    const std::vector<double> inclusion(problem.candidates.size(), problem.expected_share());
    std::vector<double> score(inclusion.size());
    context.starting([&] { relaxation->gradient(inclusion, score); });
    context.count(Work::rows_read, 2 * score.size());
    return take_highest(problem, score);  // ties by the smaller id
  }

  std::int64_t scratch_bytes(const Problem& problem) const override {
    const Index inclusion = 8 * problem.candidates.size();
    return inclusion + Selector::scratch_bytes(problem) + problem.objective->relax_bytes(problem);
  }
};

}  // namespace

MASKBENCH_SELECTOR(one_shot, OneShot, "first-order score at the uniform point, one pass", "fan2026datamask",
                   .needs_objective = true, .walks_tiles = true)

}  // namespace maskbench
