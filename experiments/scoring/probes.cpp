#include "experiments/scoring/probes.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "algorithms/datamask/block.hpp"
#include "algorithms/datamask/datamask_params.hpp"
#include "algorithms/datamask/logits.hpp"
#include "algorithms/kernels/gumbel_topk.hpp"
#include "algorithms/kernels/plackett_luce.hpp"
#include "algorithms/kernels/random_subset.hpp"
#include "algorithms/kernels/rows.hpp"
#include "experiments/scoring/evaluate.hpp"

namespace maskbench {
namespace {

constexpr int kGradientProbes = 32;

std::vector<double> mean_ranks(std::span<const double> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return values[a] != values[b] ? values[a] < values[b] : a < b;
  });
  std::vector<double> ranks(values.size());
  for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    for (std::size_t k = begin; k < end; ++k) ranks[order[k]] = static_cast<double>(begin + end - 1) / 2;
  }
  return ranks;
}

// Of the centred vectors; 0 where one is constant.
double correlation(std::span<const double> a, std::span<const double> b) {
  const auto n = static_cast<double>(a.size());
  const double mean_a = std::accumulate(a.begin(), a.end(), 0.0) / n,
               mean_b = std::accumulate(b.begin(), b.end(), 0.0) / n;
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t k = 0; k < a.size(); ++k) {
    ab += (a[k] - mean_a) * (b[k] - mean_b);
    aa += (a[k] - mean_a) * (a[k] - mean_a);
    bb += (b[k] - mean_b) * (b[k] - mean_b);
  }
  return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 0.0;
}

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
      direction[b] +=
          form.quality_weight / size * (1 - alpha) * form.quality[static_cast<std::size_t>(batch[b])];
  }
  return direction;
}

}  // namespace

double spearman(std::span<const double> a, std::span<const double> b) {
  return correlation(mean_ranks(a), mean_ranks(b));
}

std::optional<double> quality_correlation(const ProblemSetup& setup) {
  const Problem& problem = setup.problem();
  const Index n = problem.data.size(), size = problem.expected_rows();
  if (problem.quality.empty() || setup.diversity() == nullptr || size >= n ||
      oracle_work(setup, n) > kMostWork)
    return std::nullopt;
  const Stream stream(static_cast<std::uint64_t>(size),
                      purpose("quality correlation " + problem.data.digest()));
  const std::vector<Index> held = random_subset(stream, 0, n, size);
  std::vector<Index> rows;
  std::vector<double> quality;
  for (Index row = 0; row < n; ++row) {
    if (std::binary_search(held.begin(), held.end(), row)) continue;
    rows.push_back(row);
    quality.push_back(problem.quality[static_cast<std::size_t>(row)]);
  }
  std::vector<double> gains(rows.size());
  setup.diversity()->start({size, rows, held, false})->gains(rows, gains);
  return spearman(gains, quality);
}

std::optional<GradientCosine> gradient_cosine(const ProblemSetup& setup, const Spec& selector) {
  const Problem& problem = setup.problem();
  const auto form = problem.objective->quadratic_form();
  if (selector.key != "datamask" || !form) return std::nullopt;
  const auto params = read_params<DatamaskParams>("datamask", selector.arguments);
  const std::vector<Index> rows = prune_by_quality(problem, params.prune);
  const BatchSize size = batch_size(static_cast<Index>(rows.size()), problem.rows_to_pick(), params);
  if (size.rows < 3 || size.picked < 2 || size.picked >= size.rows) return std::nullopt;
  const Stream batches(0, purpose("gradient cosine batches " + problem.data.digest()));
  const Stream draws(0, purpose("gradient cosine masks " + problem.data.digest()));
  const auto scorer = problem.objective->scorer();
  const auto group = static_cast<std::size_t>(params.group_size);
  const std::vector<double> weight(static_cast<std::size_t>(size.rows), 1.0);
  std::vector<double> reward(group), gradient(weight.size());
  MaskSampler sampler;
  MaskSet masks;
  double sum = 0;
  for (int probe = 0; probe < kGradientProbes; ++probe) {
    const auto number = static_cast<std::uint64_t>(probe);
    const std::vector<Index> batch =
        gather(rows, random_subset(batches, number, static_cast<Index>(rows.size()), size.rows));
    sampler.draw(draws, number * group, weight, params.group_size, size.picked,
                 params.log_prob == "pl_ordered", masks);
    scorer->score(batch, masks, reward);
    if (!normalise(reward, params.sigma == "sample")) continue;  // no step
    if (params.log_prob == "mask") mask_gradient(masks, reward, gradient);
    if (params.log_prob == "pl_ordered") pl_ordered_gradient(masks, weight, reward, gradient);
    if (params.log_prob == "pl_set") pl_set_gradient(masks, weight, reward, gradient);
    sum += correlation(gradient, exact_direction(problem, *form, batch, size.picked));
  }
  const auto g = static_cast<double>(params.group_size), b = static_cast<double>(size.rows);
  return GradientCosine{sum / kGradientProbes, std::sqrt(g / (b + g))};
}

}  // namespace maskbench
