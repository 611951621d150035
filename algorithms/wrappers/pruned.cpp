// pruned: drops the candidates of lowest quality, then lets another selector choose.
//
//   C' = the max(keep |C|, enough to fill the budget) candidates of highest quality;  answer = inner(C')
//
// Source: DATAMASK's quality-aware pruning (fan2026datamask: the worst 40 to 50 % go), for any selector.
// Guarantee: the inner one's, on C'.
// Cost: O(n log n) more than the inner one's on fewer rows.
//
//   code  paper  meaning
//   keep  -      share of the candidates that stay
//
// Departs from the source: nothing; ties of quality go to the smaller id.

#include <numeric>

#include "algorithms/wrappers/inner_selector.hpp"
#include "datasets/core/share.hpp"

namespace maskbench {
namespace {

struct PrunedParams {
  std::string inner = "random";
  double keep = 0.5;
  template <class Visit>
  void fields(Visit&& visit) {
    visit("inner", inner, any(), "the selector that chooses among the rest");
    visit("keep", keep, above(0, 1), "share of the candidates that stays");
  }
};

class Pruned final : public Selector {
 public:
  using Params = PrunedParams;
  explicit Pruned(const Params& params) : params_(params), inner_(params.inner) {}

  std::optional<std::string> refuses(const Problem& problem) const override {
    return inner_.refuses(problem);
  }

  void refine(SelectorTraits& traits) const override { inner_.refine(traits); }

  Selection select(const Problem& problem, RunContext& context) override {
    const std::vector<Index> best = highest_quality(problem);
    Problem rest = problem;
    rest.candidates = best;
    InnerContext inner_context(context, purpose("pruned"), 0, 1,
                               [](std::vector<Index> items) { return items; });
    return inner_.select(rest, inner_context);
  }

  std::int64_t scratch_bytes(const Problem& problem) const override {
    const Index n = problem.candidates.size();
    Problem rest = problem;
    rest.candidates = problem.candidates.first(std::max(share_of(n), problem.rows_to_pick()));
    return std::max(12 * n, 8 * n + inner_.scratch_bytes(rest));  // sorted first, with a buffer of half of it
  }

 private:
  Index share_of(Index rows) const {  // that stays
    return std::min(rows, share_ceil(params_.keep, rows));
  }

  std::vector<Index> highest_quality(const Problem& problem) const {  // ascending rows
    std::vector<Index> order(problem.candidates.begin(), problem.candidates.end());
    std::stable_sort(order.begin(), order.end(),
                     [&](Index a, Index b) { return problem.quality[a] > problem.quality[b]; });
    Meter meter(problem);
    std::size_t enough = 0;
    while (enough < order.size() && !meter.full()) meter.take(order[enough++]);
    order.resize(std::min<std::size_t>(order.size(), std::max<Index>(enough, share_of(order.size()))));
    std::sort(order.begin(), order.end());
    return order;
  }

  Params params_;
  InnerSelector inner_;
};

}  // namespace

MASKBENCH_SELECTOR(pruned, Pruned, "drops the lowest quality before another selector chooses",
                   "fan2026datamask", .stochastic = true, .may_stop_early = true, .repeats = true,
                   .needs_quality = true, .any_size = true)

}  // namespace maskbench
