// Rewards from rounded feature rows, for storage=bfloat16 and int8: quality, pairwise similarity and joint of
// the two.
//
//   f(M) = sum of linear_i over M - b' ||s||^2,   s = sum of the rounded rows,   b' = b / (S(S-1))
//
// with linear_i = a q_i / S + b' ||x_i||^2 of the rounded rows too, so that no row is compared with itself.
#pragma once

#include <memory>

#include "algorithms/core/objective.hpp"
#include "algorithms/datamask/block.hpp"
#include "algorithms/datamask/datamask_params.hpp"
#include "algorithms/kernels/masked_row_sums.hpp"
#include "algorithms/kernels/stored_rows.hpp"

namespace maskbench {

class RoundedScorer final : public MaskScorer {
 public:
  RoundedScorer(const Problem& problem, const Block& block, const DatamaskParams& params);

  // batch: places in the block.
  void score(std::span<const Index> batch, const MaskSet& masks, std::span<double> rewards) override;

  // Why the rewards cannot be taken from rounded rows; nothing where they can, or where nothing is rounded.
  static std::optional<std::string> refusal(const Problem& problem, const DatamaskParams& params);
  static std::int64_t bytes(Index block_rows, Index cols, const DatamaskParams& params);

 private:
  RoundedRows rows_;
  double pair_factor_;          // b'
  std::vector<double> linear_;  // one a row of the block
  MaskedRowSums sums_;
};

}  // namespace maskbench
