// chain: one selector narrows the candidates, another chooses among what is left.
//
//   C' = first(C, max(S, first_keep |C|));  answer = then(C')
//
// Source: pipelines such as D4 (rules A30: semdedup, then prototypes), cheap rules before costly
// ones. Guarantee: that of `then`, on C'. Cost: both.
//
//   code        here  meaning
//   first_keep  -     up to 1: share of the candidates; above: rows; never fewer than the answer needs
//   budgets     tau   instead of first_keep: times the rows that the answer needs (B2, B13)
//
// Departs from the source: nothing to depart from. Quotas bind the answer, not the first rule: it leaves
// twice as many rows, and again, until the answer can be as full as all candidates would let it be.

#include <cmath>

#include "algorithms/wrappers/inner_selector.hpp"

namespace maskbench {
namespace {

struct ChainParams {
  std::string first = "random";
  std::string then = "random";
  double first_keep = 0.5;
  double budgets = 0;
  template <class Visit>
  void fields(Visit&& visit) {
    visit("first", first, any(), "the selector that narrows the candidates");
    visit("then", then, any(), "the selector that chooses among what is left");
    visit("first_keep", first_keep, above(0, 1e15), "what the first leaves: up to 1 a share, above 1 rows");
    visit("budgets", budgets, between(0, 1e9),
          "what the first leaves, in times the budget's rows; 0: as first_keep says");
  }
};

class Chain final : public Selector {
 public:
  using Params = ChainParams;
  explicit Chain(const Params& params) : params_(params), first_(params.first), then_(params.then) {}

  std::optional<std::string> refuses(const Problem& problem) const override {
    const auto reason = first_.refuses(narrowing(problem, rows_left(problem)));
    return reason ? reason : then_.refuses(problem);
  }

  void refine(SelectorTraits& traits) const override {
    SelectorTraits first = traits;
    first_.refine(first);
    then_.refine(traits);
    traits.stochastic = traits.stochastic || first.stochastic;
    traits.host_arithmetic = traits.host_arithmetic || first.host_arithmetic;
    traits.runs_commands = traits.runs_commands || first.runs_commands;
    traits.may_stop_early = traits.may_stop_early || first.may_stop_early;  // it may leave too few
  }

  Selection select(const Problem& problem, RunContext& context) override {
    std::vector<Index> left;
    {
      const Index all = static_cast<Index>(problem.candidates.size());
      const std::int64_t reach = rows_in_reach(problem, problem.candidates);
      for (Index rows = rows_left(problem);; rows = std::min(std::max<Index>(2 * rows, 1), all)) {
        InnerContext inner_context(context, purpose("chain, first"), 0, 0.5);
        Selection narrowed = first_.select(narrowing(problem, rows), inner_context);
        if (narrowed.why == Stop::interrupted) return {.why = Stop::interrupted};
        left = std::move(narrowed.items);
        std::sort(left.begin(), left.end());
        if (rows >= all || rows_in_reach(problem, left) >= reach) break;
      }
    }
    Problem rest = problem;
    rest.candidates = left;
    InnerContext inner_context(context, purpose("chain, then"), 0.5, 1,
                               [](std::vector<Index> items) { return items; });
    return then_.select(rest, inner_context);
  }

  std::int64_t scratch_bytes(const Problem& problem) const override {
    const Problem first = narrowing(
        problem, problem.quotas.empty() ? rows_left(problem) : static_cast<Index>(problem.candidates.size()));
    const Index left = std::max(first.rows_to_pick(), problem.rows_to_pick());
    Problem rest = problem;
    rest.candidates = problem.candidates.first(left);
    return std::max(first_.scratch_bytes(first), 8 * left + then_.scratch_bytes(rest));
  }

 private:
  // How many rows an answer can have from these, quotas kept.
  static std::int64_t rows_in_reach(const Problem& problem, std::span<const Index> rows) {
    const bool must_fill = problem.budget.unit == Unit::rows || problem.budget.fill == Fill::at_least;
    if (problem.quotas.empty() || !must_fill) return 0;
    return static_cast<std::int64_t>(take_in_order(problem, rows).items.size());
  }

  Index rows_left(const Problem& problem) const {  // by the first
    const auto n = static_cast<double>(problem.candidates.size());
    const auto needed = static_cast<double>(problem.rows_to_pick());
    const double wanted = params_.budgets > 0       ? params_.budgets * needed
                          : params_.first_keep <= 1 ? params_.first_keep * n
                                                    : params_.first_keep;
    return static_cast<Index>(std::max(std::ceil(std::min(wanted, n)), needed));
  }

  static Problem narrowing(const Problem& problem, Index rows) {  // what the first is asked
    Problem first = problem;
    first.budget = {Unit::rows, rows + static_cast<Index>(problem.kept.size()), Fill::at_most};
    first.quotas = {};
    return first;
  }

  Params params_;
  InnerSelector first_, then_;
};

}  // namespace

MASKBENCH_SELECTOR(chain, Chain, "one selector narrows, another chooses", "fan2026datamask",
                   .stochastic = true, .may_stop_early = true, .repeats = true)

}  // namespace maskbench
