#include "algorithms/datamask/logits.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "algorithms/datamask/block_slopes.hpp"
#include "algorithms/kernels/gumbel_topk.hpp"
#include "algorithms/kernels/plackett_luce.hpp"
#include "datasets/arithmetic/canonical_math.hpp"

namespace maskbench {
namespace {

// 0..n-1 ordered by score, highest first, ties by the smaller place.
std::vector<std::size_t> descending(std::span<const double> score) {
  std::vector<std::size_t> order(score.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return score[a] != score[b] ? score[a] > score[b] : a < b; });
  return order;
}

}  // namespace

std::vector<Index> prune_by_quality(const Problem& problem, double share) {
  std::vector<Index> rows(problem.candidates.begin(), problem.candidates.end());
  if (problem.quality.empty() || share == 0) return rows;
  std::vector<double> quality;
  for (const Index row : rows) quality.push_back(problem.quality[static_cast<std::size_t>(row)]);
  std::vector<std::size_t> order = descending(quality);
  auto keep = std::max(static_cast<std::size_t>(std::ceil((1 - share) * static_cast<double>(rows.size()))),
                       static_cast<std::size_t>(problem.rows_to_pick()));
  Meter meter(problem);  // the best rows must be able to fill the budget, whatever their sizes and quotas
  for (std::size_t k = 0; k < order.size() && !meter.full(); ++k) {
    if (meter.take(rows[order[k]])) keep = std::max(keep, k + 1);
  }
  order.resize(std::min(keep, order.size()));
  std::sort(order.begin(), order.end());
  std::vector<Index> left;
  for (const std::size_t place : order) left.push_back(rows[place]);
  return left;
}

bool wants_slopes(const DatamaskParams& params) {
  return params.control_variate == "slopes" || params.initialisation == "one_shot" || params.initialisation == "relaxation";
}

std::vector<double> initial_logits(const Problem& problem, std::span<const Index> rows, const DatamaskParams& params,
                                   const BlockSlopes* slopes) {
  const std::string& way = params.initialisation;
  std::vector<double> logits(rows.size(), 0.0);
  if (way == "one_shot" || way == "relaxation") {
    if (slopes == nullptr) return logits;
    logits = way == "one_shot" ? slopes->at_even_chances() : slopes->at_optimum();
    if (!normalise(logits, false)) return std::vector<double>(rows.size(), 0.0);
    for (double& logit : logits) logit *= params.warmth;
    return logits;
  }
  if (problem.quality.empty() || way == "uniform") return logits;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double quality = problem.quality[static_cast<std::size_t>(rows[i])];
    logits[i] = way == "softmax" ? quality / params.temperature : canonical::log(std::max(quality, 1e-6));
  }
  return logits;
}

BatchSize batch_size(Index block_rows, Index budget, const DatamaskParams& params) {
  const auto n = static_cast<double>(block_rows);
  const auto s = static_cast<double>(std::max<Index>(budget, 1));
  const double least = std::ceil(static_cast<double>(params.least_picked) * n / s);
  const auto rows = static_cast<Index>(std::min(std::max(std::ceil(params.batch * n), least), n));
  const auto picked = static_cast<Index>(std::llround(static_cast<double>(rows) * s / n));
  return {rows, std::clamp(picked, Index{1}, rows)};
}

double step_size(const DatamaskParams& params, const BatchSize& size, Index block_rows) {
  const auto group = static_cast<double>(params.group_size);
  const double factor = params.baseline == "leave_one_out" ? group / (group - 1) : 1.0;
  if (params.eta != 0) return factor * params.eta;
  if (params.travel == 0) return factor * (size.rows <= 10000 ? 4.0 : 8.0);
  return factor * params.travel * static_cast<double>(block_rows) /
         (static_cast<double>(params.steps) * std::sqrt(static_cast<double>(size.picked)));
}

double schedule_at(const DatamaskParams& params, std::uint64_t step) {
  return params.schedule == "linear" ? 1 - static_cast<double>(step) / static_cast<double>(params.steps) : 1.0;
}

Index share_of(Index budget, Index block_rows, Index all_rows, Index blocks) {
  if (blocks == 1) return budget;
  const double part = static_cast<double>(budget) * static_cast<double>(block_rows) / static_cast<double>(all_rows);
  return std::clamp(static_cast<Index>(std::llround(part)), Index{1}, block_rows);
}

std::vector<Index> gather(std::span<const Index> rows, std::span<const Index> places) {
  std::vector<Index> chosen;
  chosen.reserve(places.size());
  for (const Index place : places) chosen.push_back(rows[static_cast<std::size_t>(place)]);
  return chosen;
}

void batch_weights(std::span<const double> logits, std::span<const Index> places, std::vector<double>& weight) {
  weight.resize(places.size());
  double largest = logits[static_cast<std::size_t>(places.front())];
  for (const Index place : places) largest = std::max(largest, logits[static_cast<std::size_t>(place)]);
  for (std::size_t b = 0; b < places.size(); ++b) {
    weight[b] = canonical::exp(logits[static_cast<std::size_t>(places[b])] - largest);
  }
}

bool normalise(std::span<double> rewards, bool sample_deviation) {
  const auto count = static_cast<double>(rewards.size());
  const double mean = std::accumulate(rewards.begin(), rewards.end(), 0.0) / count;
  double squares = 0;
  for (const double reward : rewards) squares += (reward - mean) * (reward - mean);
  const double deviation = std::sqrt(squares / (sample_deviation ? count - 1 : count));
  if (deviation == 0) return false;
  for (double& reward : rewards) reward = (reward - mean) / (deviation + 1e-12);
  return true;
}

void log_prob_gradient(const DatamaskParams& params, const MaskSet& masks, std::span<const double> weight,
                       std::span<const double> advantage, std::span<double> out) {
  if (params.log_prob == "mask") return mask_gradient(masks, advantage, out);
  if (params.log_prob == "pl_ordered") return pl_ordered_gradient(masks, weight, advantage, out);
  pl_set_gradient(masks, weight, advantage, out);
}

std::vector<Index> highest(std::span<const Index> rows, std::span<const double> logits, Index count) {
  std::vector<std::size_t> order(rows.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto first = order.begin() + static_cast<std::ptrdiff_t>(count);
  std::nth_element(order.begin(), first, order.end(),
                   [&](std::size_t a, std::size_t b) { return logits[a] != logits[b] ? logits[a] > logits[b] : a < b; });
  std::sort(order.begin(), first);
  std::vector<Index> chosen;
  for (auto at = order.begin(); at != first; ++at) chosen.push_back(rows[*at]);
  return chosen;
}

void rank_block(std::span<const Index> rows, std::span<const double> logits, const Stream* last, std::vector<Ranked>& ranking) {
  const auto n = static_cast<double>(rows.size());
  std::vector<std::size_t> order;
  if (last != nullptr) {
    std::vector<Index> places(rows.size());
    std::iota(places.begin(), places.end(), Index{0});
    std::vector<double> weight;
    batch_weights(logits, places, weight);
    for (const std::int32_t place : ordered_sample(*last, 0, weight, static_cast<Index>(rows.size()))) {
      order.push_back(static_cast<std::size_t>(place));
    }
  } else {
    order = descending(logits);
  }
  for (std::size_t k = 0; k < order.size(); ++k) ranking.push_back({(static_cast<double>(k) + 0.5) / n, rows[order[k]]});
}

Selection take_ranked(const Problem& problem, std::vector<Ranked> ranking) {
  std::sort(ranking.begin(), ranking.end(),
            [](const Ranked& a, const Ranked& b) { return a.rank != b.rank ? a.rank < b.rank : a.row < b.row; });
  std::vector<Index> order;
  order.reserve(ranking.size());
  for (const Ranked& entry : ranking) order.push_back(entry.row);
  return take_in_order(problem, order);
}

}  // namespace maskbench
