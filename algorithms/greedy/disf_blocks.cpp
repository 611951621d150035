// disf_blocks: DiSF as its released recipe has it, greedy in blocks of 1,024 rows.
//
//   the candidates in blocks B_1, .., B_k of `rows` each, in the order of the data;  S_j = S |B_j| / n
//   in B_j: a random first row, then S_j - 1 times the row i with the least sum over a != b of
//           corr(U + i)_ab^2
//
// Source: DiSF's released code (fan2025disf): consecutive batches of 1,024 rows, 16 picks each, the first at
// random. Its rule is in-set DiSF, whatever the problem's objective is.
// Guarantee: the picks of greedy under `disf` in each block, ties by the smaller id, after the same first
// row. Cost: a block of b rows and s picks O(b s^2 d) for bounds and a few gains of O(d^2), while s < d/2
// (disf_bounds.hpp); b s d^2 beyond. Threads share the blocks; where there are fewer blocks than threads they
// share a block's rows. The released code computes every correlation matrix from scratch: O(b s^2 d^2).
//
//   code    paper  meaning
//   blocks  B_j    ascending rows
//   share   S_j    sums to S; largest remainder, ties: the smaller j
//
// Departs from the source: the shares sum to S exactly, where rounding in each batch misses it; the last
// block may be short; `order=shuffled` cuts random blocks, `first=smallest` begins each with its smallest id,
// as greedy does.

#include <omp.h>

#include <deque>

#include "algorithms/core/selector.hpp"
#include "algorithms/greedy/screen.hpp"
#include "algorithms/kernels/largest_remainder.hpp"
#include "algorithms/kernels/random_subset.hpp"

namespace maskbench {
namespace {

constexpr std::size_t kWave = 64;  // blocks between two checkpoints

enum class BlockOrder { as_given, shuffled };
constexpr std::array<const char*, 2> names(BlockOrder) {
  return {"as_given", "shuffled"};
}
enum class FirstPick { random, smallest };
constexpr std::array<const char*, 2> names(FirstPick) {
  return {"random", "smallest"};
}

struct DisfBlocksParams {
  std::int64_t rows = 1024;
  BlockOrder order = BlockOrder::as_given;
  FirstPick first = FirstPick::random;

  template <class Visit>
  void fields(Visit&& visit) {
    visit("rows", rows, between(1, 1e9), "rows of a block");
    visit("order", order, names_of<BlockOrder>, "neighbouring rows make a block, or random ones");
    visit("first", first, names_of<FirstPick>, "a block's first pick: at random, or its smallest id");
  }
};

class DisfBlocks final : public Selector {
 public:
  using Params = DisfBlocksParams;
  explicit DisfBlocks(const Params& params) : params_(params) {}

  Selection select(const Problem& problem, RunContext& context) override {
    const auto disf = make_objective("disf", {problem.data, {}, 0});
    const std::vector<std::vector<Index>> blocks = cut(problem, context);
    std::vector<std::int64_t> size;
    for (const auto& block : blocks) size.push_back(static_cast<std::int64_t>(block.size()));
    const std::vector<std::int64_t> share = largest_remainder(problem.rows_to_pick(), size);
    const Stream stream = context.random(purpose("disf_blocks first"));
    const std::size_t threads = omp_get_max_threads();
    Selection selection;
    for (std::size_t from = 0; from < blocks.size(); from += kWave) {
      const std::size_t end = std::min(blocks.size(), from + kWave);
      std::vector<std::vector<Index>> picks(end - from);
      std::vector<char> whole(picks.size());
      std::deque<InnerContext> contexts;  // threads count their work apart
      for (std::size_t j = from; j < end; ++j) contexts.emplace_back(context, j, 0, 1);
#pragma omp parallel for schedule(dynamic) if (picks.size() >= threads)
      for (std::size_t j = from; j < end; ++j) {
        const auto first = params_.first == FirstPick::random ? stream.below(blocks[j].size(), j) : 0;
        whole[j - from] = pick(*disf, blocks[j], first, share[j], picks[j - from], contexts[j - from]);
      }
      contexts.clear();
      std::size_t done = 0;
      while (done < picks.size() && whole[done]) ++done;
      for (std::size_t k = 0; k < std::min(done + 1, picks.size()); ++k)
        selection.items.insert(selection.items.end(), picks[k].begin(), picks[k].end());
      context.progress(static_cast<double>(end) / static_cast<double>(blocks.size()));
      if (done == picks.size() && context.checkpoint(selection.items)) continue;
      selection.why = Stop::interrupted;
      return selection;
    }
    selection.why = problem.budget.amount <= problem.rows_to_pick() ? Stop::filled : Stop::exhausted;
    return selection;
  }

  std::int64_t scratch_bytes(const Problem& problem) const override {
    const Index d = problem.data.features().cols + 16;
    return 16 * static_cast<std::int64_t>(problem.candidates.size()) +
           omp_get_max_threads() * (64 * params_.rows + 16 * d * (d + 128));
  }

 private:
  std::vector<std::vector<Index>> cut(const Problem& problem, RunContext& context) const {
    std::vector<Index> rows(problem.candidates.begin(), problem.candidates.end());
    if (params_.order == BlockOrder::shuffled) shuffle(context.random(purpose("disf_blocks order")), 0, rows);
    std::vector<std::vector<Index>> blocks;
    for (auto first = rows.begin(); first != rows.end();) {
      const auto end = first + std::min<std::ptrdiff_t>(params_.rows, rows.end() - first);
      blocks.emplace_back(first, end);
      std::sort(blocks.back().begin(), blocks.back().end());
      first = end;
    }
    return blocks;
  }

  // Greedy in one block, in pick order; false: told to stop.
  static bool pick(const Objective& disf, std::vector<Index> left, std::size_t first, Index share,
                   std::vector<Index>& items, RunContext& context) {
    if (share == 0) return true;
    const auto state = disf.start({share, left, {}});
    Screen screen;
    for (Index picks = 0; picks < share; ++picks) {
      std::optional<std::size_t> place = first;
      if (picks > 0) {
        if (!screen.start(*state, left, context)) return false;
        place = screen.best(*state, left, context);
        if (!place) return false;
      }
      items.push_back(left[*place]);
      state->add(items.back());
      left.erase(left.begin() + static_cast<std::ptrdiff_t>(*place));
    }
    return true;
  }

  Params params_;
};

}  // namespace

MASKBENCH_SELECTOR(disf_blocks, DisfBlocks, "DiSF's own recipe: greedy in blocks of 1,024 rows",
                   "fan2025disf", .stochastic = true, .rows_only = true, .no_quotas = true, .no_kept = true,
                   .needs_features = true)

}  // namespace maskbench
