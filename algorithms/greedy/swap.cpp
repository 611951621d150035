// swap: local search by single swaps from another selector's answer.
//
//   while some o in U, i not in U have f(U - o + i) > f(U):  make the best such swap
//
// Source: borodin2017maxsum (local search for quality + dispersion), from any start.
// Guarantee: no single swap improves the answer, unless `most` were made; never worse than the start.
// Cost: one pass over the features, O(n d), for every few swaps; after greedy a handful are found.
//
//   code   meaning
//   start  the selector whose answer is improved
//   most   swaps at most
//
// Departs from the source: exact for pairwise similarity (facts 8a), which is no metric: no
// constant-factor guarantee.

#include "algorithms/greedy/swap_search.hpp"
#include "algorithms/wrappers/inner_selector.hpp"

namespace maskbench {
namespace {

struct SwapParams {
  std::string start = "bounded_greedy";
  std::int64_t most = 100'000;

  template <class Visit>
  void fields(Visit&& visit) {
    visit("start", start, any(), "the selector whose answer is improved");
    visit("most", most, between(0, 1e12), "most swaps");
  }
};

class Swap final : public Selector {
 public:
  using Params = SwapParams;
  explicit Swap(const Params& params) : params_(params), start_(params.start) {}

  std::optional<std::string> refuses(const Problem& problem) const override {
    if (!problem.objective->quadratic_form()) return "needs an objective of quality and pairwise similarity";
    return start_.refuses(problem);
  }

  void refine(SelectorTraits& traits) const override { start_.refine(traits); }

  Selection select(const Problem& problem, RunContext& context) override {
    Selection selection;
    {
      InnerContext inner(context, purpose("swap start"), 0, 0.5,
                         [](std::vector<Index> items) { return items; });
      selection = start_.select(problem, inner);
    }
    if (selection.why == Stop::interrupted || !selection.repeats.empty()) return selection;
    SwapSearch(problem, context).improve(selection.items, params_.most);
    if (context.stopping()) selection.why = Stop::interrupted;
    selection.score.clear();  // were of the start
    return selection;
  }

  std::int64_t scratch_bytes(const Problem& problem) const override {
    return std::max(start_.scratch_bytes(problem), 64 * static_cast<std::int64_t>(problem.candidates.size()));
  }

 private:
  Params params_;
  InnerSelector start_;
};

}  // namespace

MASKBENCH_SELECTOR(swap, Swap, "single swaps from another selector's answer, exact deltas",
                   "borodin2017maxsum", .stochastic = true, .may_stop_early = true, .repeats = true,
                   .rows_only = true, .no_quotas = true, .needs_objective = true)

}  // namespace maskbench
