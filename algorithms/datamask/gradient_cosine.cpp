#include "algorithms/datamask/gradient_cosine.hpp"

#include <cmath>

#include "algorithms/core/objective.hpp"
#include "algorithms/datamask/block.hpp"
#include "algorithms/datamask/logits.hpp"
#include "algorithms/kernels/gumbel_topk.hpp"
#include "algorithms/kernels/pearson.hpp"
#include "algorithms/kernels/random_subset.hpp"
#include "algorithms/kernels/rows.hpp"

namespace maskbench {
namespace {

constexpr int kGradientProbes = 32;

// grad of E[f] at equal logits, but for factor and constant: with random S_b of the N_b rows, row i held
// brings its quality and twice its similarity to the others, which are then held with probability alpha,
// pairs of others with beta.
std::vector<double> exact_direction(const Problem& problem, const QuadraticForm& form,
                                    std::span<const Index> batch, Index picked) {
  const MatrixView features = problem.data.features();
  const auto rows = static_cast<double>(batch.size()), size = static_cast<double>(picked);
  const double alpha = (size - 1) / (rows - 1), beta = alpha * (size - 2) / (rows - 2);
  const std::vector<double> sum = row_sum(features, batch);
  std::vector<double> direction(batch.size());
  row_dots(features, batch, sum.data(), direction);
  for (std::size_t b = 0; b < batch.size(); ++b) {
    const float* row = features.row(batch[b]);
    const double others = direction[b] - dot(row, row, features.cols);
    direction[b] = -form.pair_weight / (size * (size - 1)) * 2 * (alpha - beta) * others;
    if (!form.quality.empty())
      direction[b] += form.quality_weight / size * (1 - alpha) * form.quality[batch[b]];
  }
  return direction;
}

}  // namespace

std::optional<GradientCosine> gradient_cosine(const Problem& problem, const DatamaskParams& params) {
  const auto form = problem.objective->quadratic_form();
  if (!form) return std::nullopt;
  const std::vector<Index> rows = prune_by_quality(problem, params.prune);
  const BatchSize size = batch_size(static_cast<Index>(rows.size()), problem.rows_to_pick(), params);
  if (size.rows < 3 || size.picked < 2 || size.picked >= size.rows) return std::nullopt;
  const Stream batches(0, purpose("gradient cosine batches " + problem.data.digest()));
  const Stream draws(0, purpose("gradient cosine masks " + problem.data.digest()));
  const auto scorer = problem.objective->scorer();
  const auto group = static_cast<std::size_t>(params.group_size);
  const std::vector<double> weight(size.rows, 1.0);
  std::vector<double> reward(group), gradient(weight.size());
  MaskSampler sampler;
  MaskSet masks;
  double sum = 0;
  for (int probe = 0; probe < kGradientProbes; ++probe) {
    const auto number = static_cast<std::uint64_t>(probe);
    const std::vector<Index> batch =
        gather(rows, random_subset(batches, number, static_cast<Index>(rows.size()), size.rows));
    sampler.draw(draws, number * group, weight, params.group_size, size.picked,
                 params.log_prob == datamask::LogProb::pl_ordered, masks);
    scorer->score(batch, masks, reward);
    if (!normalise(reward, params.sigma == datamask::Sigma::sample)) continue;  // no step
    log_prob_gradient(params, masks, weight, reward, gradient);
    sum += pearson(gradient, exact_direction(problem, *form, batch, size.picked));
  }
  const auto g = static_cast<double>(params.group_size), b = static_cast<double>(size.rows);
  return GradientCosine{sum / kGradientProbes, std::sqrt(g / (b + g))};
}

}  // namespace maskbench
