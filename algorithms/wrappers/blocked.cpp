// blocked: the candidates in random blocks, the same share of each chosen by another selector.
//
//   C = B_1 + ... + B_k at random, sizes differ by at most one;  U = union of inner(B_j, S_j)
//   S_j = S |B_j| / |C|, rounded so that their sum is S (largest remainder; ties: the smaller j)
//
// Source: DATAMASK's blocks of a million rows and DiSF's batches of 1,024 (fan2026datamask, fan2025disf).
// Guarantee: none for the whole, the inner one's in each block.
// Cost: k times the inner one's at n/k rows.
//
//   code    paper  meaning
//   blocks  k      how many; at most one a candidate
//   amount  S_j    units of the budget for a block
//
// Departs from the source: an exact total where rounding in each batch misses it. A budget in tokens, bytes
// or characters is shared by the blocks' sizes; each block reaches its share, the rows come in turn by their
// rank in their block, and the budget's own rule cuts the last ones off.

#include <numeric>

#include "algorithms/kernels/largest_remainder.hpp"
#include "algorithms/kernels/random_subset.hpp"
#include "algorithms/wrappers/inner_selector.hpp"

namespace maskbench {
namespace {

struct BlockedParams {
  std::string inner = "random";
  std::int64_t blocks = 10;
  template <class Visit>
  void fields(Visit&& visit) {
    visit("inner", inner, any(), "the selector that chooses in each block");
    visit("blocks", blocks, between(1, 1e9), "random blocks of candidates");
  }
};

class Blocked final : public Selector {
 public:
  using Params = BlockedParams;
  explicit Blocked(const Params& params) : params_(params), inner_(params.inner) {}

  std::optional<std::string> refuses(const Problem& problem) const override {
    return inner_.refuses(problem);
  }

  void refine(SelectorTraits& traits) const override {
    inner_.refine(traits);
    traits.stochastic = true;  // the blocks
  }

  Selection select(const Problem& problem, RunContext& context) override {
    const std::vector<std::vector<Index>> blocks = cut(problem, context);
    const std::vector<std::int64_t> amount = amounts(problem, blocks);
    std::vector<Selection> answers;
    for (std::size_t j = 0; j < blocks.size(); ++j) {
      answers.emplace_back();
      if (amount[j] == 0 && problem.budget.unit != Unit::none) continue;
      Problem part = problem;
      part.candidates = blocks[j];
      part.budget.amount = amount[j] + kept_size(problem);
      if (problem.budget.unit != Unit::rows) part.budget.fill = Fill::at_least;
      const double from = static_cast<double>(j), all = static_cast<double>(blocks.size());
      InnerContext inner_context(context, purpose("blocked") + j, from / all, (from + 1) / all,
                                 [&](std::vector<Index> items) {
                                   std::vector<Selection> so_far(answers.begin(), answers.end() - 1);
                                   so_far.push_back({.items = std::move(items)});
                                   return together(problem, so_far).items;
                                 });
      answers.back() = inner_.select(part, inner_context);
      if (answers.back().why == Stop::interrupted) break;
    }
    return together(problem, answers);
  }

  std::int64_t scratch_bytes(const Problem& problem) const override {
    const auto n = static_cast<std::int64_t>(problem.candidates.size());
    if (n == 0) return 0;
    Problem part = problem;
    part.candidates = problem.candidates.first(
        static_cast<std::size_t>((n + block_count(problem) - 1) / block_count(problem)));
    part.budget.amount =
        kept_size(problem) + (problem.budget.amount - kept_size(problem)) / block_count(problem) + 1;
    return 32 * n + inner_.scratch_bytes(part);
  }

 private:
  Index block_count(const Problem& problem) const {
    return std::min(params_.blocks, static_cast<Index>(problem.candidates.size()));
  }

  static std::int64_t kept_size(const Problem& problem) {
    std::int64_t size = 0;
    for (const Index row : problem.kept) size += problem.size_of(row);
    return size;
  }

  std::vector<std::vector<Index>> cut(const Problem& problem, RunContext& context) const {
    const auto n = static_cast<Index>(problem.candidates.size());
    auto blocks = random_partition(context.random(purpose("blocks")), n, block_count(problem));
    for (auto& block : blocks) {
      for (Index& place : block) place = problem.candidates[static_cast<std::size_t>(place)];
    }
    return blocks;
  }

  static std::vector<std::int64_t> amounts(const Problem& problem,
                                           const std::vector<std::vector<Index>>& blocks) {
    std::vector<std::int64_t> size;
    for (const auto& block : blocks) {
      size.push_back(0);
      for (const Index row : block) size.back() += problem.size_of(row);
    }
    const std::int64_t all = std::accumulate(size.begin(), size.end(), std::int64_t{0});
    return largest_remainder(std::clamp<std::int64_t>(problem.budget.amount - kept_size(problem), 0, all),
                             size);
  }

  // The blocks' rows in turn, by their rank in their block, as far as the budget goes.
  static Selection together(const Problem& problem, const std::vector<Selection>& answers) {
    Selection all;
    Meter meter(problem);
    std::size_t longest = 0;
    bool repeats = false, scores = true, interrupted = false, threshold = false;
    for (const Selection& answer : answers) {
      longest = std::max(longest, answer.items.size());
      repeats = repeats || !answer.repeats.empty();
      scores = scores && answer.score.size() == answer.items.size();
      interrupted = interrupted || answer.why == Stop::interrupted;
      threshold = threshold || answer.why == Stop::threshold;
    }
    for (std::size_t rank = 0; rank < longest; ++rank) {
      for (const Selection& answer : answers) {
        if (rank >= answer.items.size() || !meter.take(answer.items[rank])) continue;
        all.items.push_back(answer.items[rank]);
        if (repeats) all.repeats.push_back(answer.repeats.empty() ? 1 : answer.repeats[rank]);
        if (scores) all.score.push_back(answer.score[rank]);
      }
    }
    all.why = interrupted    ? Stop::interrupted
              : meter.full() ? Stop::filled
              : threshold    ? Stop::threshold
                             : Stop::exhausted;
    return all;
  }

  Params params_;
  InnerSelector inner_;
};

}  // namespace

MASKBENCH_SELECTOR(blocked, Blocked, "another selector in random blocks", "fan2026datamask",
                   .stochastic = true, .may_stop_early = true, .repeats = true, .no_quotas = true)

}  // namespace maskbench
