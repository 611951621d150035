// relaxation: the fractional optimum, rounded to its S largest entries, then improved by swaps.
//
//   p* = argmax F(p),  0 <= p <= 1,  sum p = S;   U = the S largest p*;   swaps while f rises
//
// F is the objective's concave extension, which equals f at sets; p* comes from Frank-Wolfe with exact line
// search. For joint + pairwise similarity F(p) = lambda q.p/S - (1-lambda)(||X'p||^2 - sum p_i
// ||x_i||^2)/(S(S-1)). Source: frank1956algorithm; the analytic gradient that a policy gradient estimates
// (facts 7 and 8a). Guarantee: f(U) is within the search's gap of the best if p* is a set; else what
// swaps reach. Cost: `passes` times two passes over the features, O(n d) each; O(n) memory beside the data.
//
//   code       facts        meaning
//   inclusion  p            share of a candidate
//   slope      grad F       breaks ties among equal shares
//
// Departs from the source: stops at `passes` or at a gap of `gap`, whichever comes first.

#include "algorithms/core/selector.hpp"
#include "algorithms/greedy/swap_search.hpp"
#include "algorithms/relaxation/frank_wolfe.hpp"

namespace maskbench {
namespace {

struct RelaxationParams {
  std::int64_t passes = 60;
  double gap = 1e-5;
  std::int64_t swaps = 1000;

  template <class Visit>
  void fields(Visit&& visit) {
    visit("passes", passes, between(1, 1e6), "most Frank-Wolfe steps");
    visit("gap", gap, between(0, 1), "stop when the duality gap is this share of the first bound's distance");
    visit("swaps", swaps, between(0, 1e9), "most swaps after rounding");
  }
};

class RelaxationSelector final : public Selector {
 public:
  using Params = RelaxationParams;
  explicit RelaxationSelector(const Params& params) : params_(params) {}

  std::optional<std::string> refuses(const Problem& problem) const override {
    if (!problem.objective->traits().concave_relaxation)
      return "needs an objective with a concave relaxation";
    if (!problem.objective->traits().affine_duals) return "needs a relaxation whose duals are affine";
    return std::nullopt;
  }

  Selection select(const Problem& problem, RunContext& context) override {
    const auto relaxation = context.starting([&] { return problem.objective->relax(problem); });
    const auto n = static_cast<std::int64_t>(problem.candidates.size());
    const FractionalOptimum optimum =
        frank_wolfe(*relaxation, {static_cast<int>(params_.passes), params_.gap, [&](double done) {
                                    context.progress(done);
                                    return !context.stopping();
                                  }});
    context.count(Work::steps, optimum.passes);
    context.count(Work::rows_read, optimum.passes * (n + problem.rows_to_pick()));
    Selection selection = take_highest(problem, rounding_order(optimum));
    if (context.stopping()) return interrupted(std::move(selection));
    if (problem.quotas.empty() && problem.budget.unit == Unit::rows && params_.swaps > 0 &&
        problem.objective->quadratic_form()) {
      SwapSearch(problem, context).improve(selection.items, params_.swaps);
    }
    selection.score.clear();
    return selection;
  }

  std::int64_t scratch_bytes(const Problem& problem) const override {
    const Index points = 32 * problem.candidates.size();
    return points + Selector::scratch_bytes(problem) + problem.objective->relax_bytes(problem);
  }

 private:
  // By share; equal shares (0 and 1 mostly) by slope.
  static std::vector<double> rounding_order(const FractionalOptimum& optimum) {
    double largest = 0;
    for (const double slope : optimum.slope) largest = std::max(largest, std::abs(slope));
    std::vector<double> order(optimum.inclusion.size());
    for (std::size_t c = 0; c < order.size(); ++c) {
      order[c] = optimum.inclusion[c] + (largest > 0 ? 1e-9 * optimum.slope[c] / largest : 0.0);
    }
    return order;
  }

  static Selection interrupted(Selection selection) {
    selection.why = Stop::interrupted;
    return selection;
  }

  Params params_;
};

}  // namespace

MASKBENCH_SELECTOR(relaxation, RelaxationSelector,
                   "the fractional optimum by Frank-Wolfe, rounded, then swapped", "frank1956algorithm",
                   .needs_objective = true, .walks_tiles = true)

}  // namespace maskbench
