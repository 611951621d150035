#include "algorithms/datamask/rounded_scorer.hpp"

#include "algorithms/kernels/rows.hpp"
#include "algorithms/kernels/worth_threads.hpp"

namespace maskbench {
namespace {

DType stored_as(const DatamaskParams& params) {
  return params.storage == datamask::Storage::int8 ? DType::i8 : DType::bf16;
}

double squared_norm_of(const StoredRows& rows, Index row) {
  double sum = 0;
  for (Index k = 0; k < rows.cols; ++k) {
    const auto x = static_cast<double>(rows.value(row, k));
    sum += x * x;
  }
  return sum;
}

}  // namespace

RoundedScorer::RoundedScorer(const Problem& problem, const Block& block, const DatamaskParams& params)
    : rows_(problem.data.features(), block.rows, stored_as(params)), linear_(block.rows.size()) {
  const QuadraticForm form = problem.objective->quadratic_form().value();
  const auto picked = static_cast<double>(block.size.picked);
  pair_factor_ = block.size.picked < 2 ? 0.0 : form.pair_weight / (picked * (picked - 1));
  const StoredRows rows = rows_.view();
#pragma omp parallel for schedule(static)
  for (std::size_t place = 0; place < linear_.size(); ++place) {
    linear_[place] = pair_factor_ * squared_norm_of(rows, static_cast<Index>(place));
    if (form.quality.empty()) continue;
    linear_[place] += form.quality_weight / picked * form.quality[block.rows[place]];
  }
}

void RoundedScorer::score(std::span<const Index> batch, const MaskSet& masks, std::span<double> rewards) {
  const StoredRows rows = rows_.view();
  const std::span<const float> sums = sums_.of(rows, batch, masks);
#pragma omp parallel for schedule(static) if (worth_threads(masks.items.size(), 1, 8) || \
                                              worth_threads(rewards.size(), 1, rows.cols))
  for (Index mask = 0; mask < masks.masks; ++mask) {
    double linear = 0;
    for (Index k = 0; k < masks.picked; ++k) {
      const std::size_t position = masks.items[mask * masks.picked + k];
      linear += linear_[batch[position]];
    }
    const float* const sum = sums.data() + mask * rows.cols;
    rewards[mask] = linear - pair_factor_ * dot(sum, sum, rows.cols);
  }
}

std::optional<std::string> RoundedScorer::refusal(const Problem& problem, const DatamaskParams& params) {
  if (params.storage == datamask::Storage::float32 || problem.objective->quadratic_form())
    return std::nullopt;
  return "storage=" + detail::text_of(params.storage) +
         ": rewards from rounded rows are those of quality and pairwise_similarity (and joint of the two) "
         "only; "
         "storage=float32 is for all objectives";
}

std::int64_t RoundedScorer::bytes(Index block_rows, Index cols, const DatamaskParams& params) {
  return params.storage == datamask::Storage::float32
             ? 0
             : RoundedRows::bytes(block_rows, cols, stored_as(params)) + 8 * block_rows;
}

}  // namespace maskbench
