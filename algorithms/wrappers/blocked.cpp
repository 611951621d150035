// blocked: the candidates in blocks, the same share of each chosen by another selector.
//
//   C = B_1 + ... + B_k, sizes differ by at most one;  U = union of inner(B_j, S_j)
//   S_j = S |B_j| / |C|, rounded so that their sum is S (largest remainder; ties: the smaller j)
//
// Source: DATAMASK's random blocks of a million rows and DiSF's batches of 1,024 (fan2026datamask,
// fan2025disf); blocks of neighbouring rows as streams and super-batches have them (rules A4, A16,
// A31). Guarantee: none for the whole, the inner one's in each block. Cost: k times the inner one's at n/k
// rows.
//
//   code    paper  meaning
//   blocks  k      how many; at most one a candidate
//   amount  S_j    units of the budget for a block
//
// Departs from the source: an exact total where rounding in each batch misses it. A budget in tokens, bytes
// or characters is shared by the blocks' sizes.

#include <numeric>

#include "algorithms/kernels/largest_remainder.hpp"
#include "algorithms/kernels/random_subset.hpp"
#include "algorithms/wrappers/in_parts.hpp"

namespace maskbench {
namespace {

enum class BlockRows { random, neighbouring };
constexpr std::array<const char*, 2> names(BlockRows) {
  return {"random", "neighbouring"};
}
enum class Cover { all, block };
constexpr std::array<const char*, 2> names(Cover) {
  return {"all", "block"};
}

struct BlockedParams {
  std::string inner = "random";
  std::int64_t blocks = 10;
  BlockRows rows = BlockRows::random;
  Cover cover = Cover::all;
  template <class Visit>
  void fields(Visit&& visit) {
    visit("inner", inner, any(), "the selector that chooses in each block");
    visit("blocks", blocks, between(1, 1e9), "how many");
    visit("rows", rows, names_of<BlockRows>, "which candidates make a block");
    visit("cover", cover, names_of<Cover>,
          "rows that a block's answer stands for, under objectives with a reference set");
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
    traits.stochastic = traits.stochastic || params_.rows == BlockRows::random;
  }

  Selection select(const Problem& problem, RunContext& context) override {
    const Parts blocks = cut(problem, context);
    const std::vector<std::int64_t> size = part_sizes(problem, blocks);
    const std::int64_t all = std::accumulate(size.begin(), size.end(), std::int64_t{0});
    const std::int64_t total = std::clamp<std::int64_t>(problem.budget.amount - kept_size(problem), 0, all);
    return select_in_parts(problem, context, inner_, blocks, largest_remainder(total, size),
                           {purpose("blocked"), params_.cover == Cover::block});
  }

  std::int64_t scratch_bytes(const Problem& problem) const override {
    const Index count = std::max<Index>(block_count(problem), 1),
                n = static_cast<Index>(problem.candidates.size());
    const Index cutting = params_.rows == BlockRows::random ? 16 * n : 8 * n;
    return std::max(cutting, bytes_in_parts(problem, inner_, (n + count - 1) / count,
                                            (problem.budget.amount - kept_size(problem)) / count + 1));
  }

 private:
  Index block_count(const Problem& problem) const {
    return std::min(params_.blocks, static_cast<Index>(problem.candidates.size()));
  }

  Parts cut(const Problem& problem, RunContext& context) const {
    const auto n = static_cast<Index>(problem.candidates.size());
    if (params_.rows == BlockRows::neighbouring) {
      Parts blocks;
      std::size_t from = 0;
      for (const std::int64_t rows :
           largest_remainder(n, std::vector<std::int64_t>(block_count(problem), 1))) {
        const auto block = problem.candidates.subspan(from, rows);
        blocks.emplace_back(block.begin(), block.end());
        from += block.size();
      }
      return blocks;
    }
    Parts blocks = random_partition(context.random(purpose("blocks")), n, block_count(problem));
    for (auto& block : blocks) {
      for (Index& place : block) place = problem.candidates[place];
    }
    return blocks;
  }

  Params params_;
  InnerSelector inner_;
};

}  // namespace

MASKBENCH_SELECTOR(blocked, Blocked, "another selector in blocks of candidates", "fan2026datamask",
                   .stochastic = true, .may_stop_early = true, .repeats = true, .no_quotas = true,
                   .any_size = true)

}  // namespace maskbench
