#include "algorithms/datamask/logits.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "algorithms/core/largest_places.hpp"
#include "algorithms/datamask/block_slopes.hpp"
#include "algorithms/kernels/gumbel_topk.hpp"
#include "algorithms/kernels/plackett_luce.hpp"
#include "datasets/arithmetic/canonical_math.hpp"
#include "datasets/core/share.hpp"

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
  for (const Index row : rows) quality.push_back(problem.quality[row]);
  std::vector<std::size_t> order = descending(quality);
  const Index dropped = share_floor(share, static_cast<Index>(rows.size()));
  auto keep = std::max<std::size_t>(rows.size() - static_cast<std::size_t>(dropped), problem.rows_to_pick());
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
  return params.control_variate == datamask::Predicted::slopes ||
         params.initialisation == datamask::Initialisation::one_shot ||
         params.initialisation == datamask::Initialisation::relaxation;
}

std::unique_ptr<BlockSlopes> slopes_of(const Problem& problem, std::span<const Index> rows, Index budget,
                                       const DatamaskParams& params) {
  if (!wants_slopes(params)) return nullptr;
  auto slopes = std::make_unique<BlockSlopes>(problem, rows, budget);
  return slopes->known() ? std::move(slopes) : nullptr;
}

std::vector<double> initial_logits(const Problem& problem, std::span<const Index> rows,
                                   const DatamaskParams& params, const BlockSlopes* slopes) {
  using datamask::Initialisation;
  const Initialisation way = params.initialisation;
  std::vector<double> logits(rows.size(), 0.0);
  if (way == Initialisation::one_shot || way == Initialisation::relaxation) {
    if (slopes == nullptr) return logits;
    logits = way == Initialisation::one_shot ? slopes->at_even_chances() : slopes->at_optimum();
    if (!normalise(logits, false)) return std::vector<double>(rows.size(), 0.0);
    for (double& logit : logits) logit *= params.warmth;
    return logits;
  }
  if (problem.quality.empty() || way == Initialisation::uniform) return logits;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double quality = problem.quality[rows[i]];
    logits[i] = way == Initialisation::softmax ? quality / params.temperature
                                               : canonical::log(std::max(quality, 1e-6));
  }
  return logits;
}

std::vector<Index> gather(std::span<const Index> rows, std::span<const Index> places) {
  std::vector<Index> chosen;
  chosen.reserve(places.size());
  for (const Index place : places) chosen.push_back(rows[place]);
  return chosen;
}

void batch_weights(std::span<const double> logits, std::span<const Index> places,
                   std::vector<double>& weight) {
  weight.resize(places.size());
  double largest = logits[places.front()];
  for (const Index place : places) largest = std::max(largest, logits[place]);
  for (std::size_t b = 0; b < places.size(); ++b) {
    weight[b] = canonical::exp(logits[places[b]] - largest);
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
  if (params.log_prob == datamask::LogProb::mask) return mask_gradient(masks, advantage, out);
  if (params.log_prob == datamask::LogProb::pl_ordered)
    return pl_ordered_gradient(masks, weight, advantage, out);
  pl_set_gradient(masks, weight, advantage, out);
}

std::vector<Index> highest(std::span<const Index> rows, std::span<const double> logits, Index count) {
  std::vector<Index> places;
  largest_places(logits, count, places);
  std::sort(places.begin(), places.end());
  return gather(rows, places);
}

void rank_block(std::span<const Index> rows, std::span<const double> logits, const Stream* last,
                std::vector<Ranked>& ranking) {
  const auto n = static_cast<double>(rows.size());
  std::vector<std::size_t> order;
  if (last != nullptr) {
    std::vector<Index> places(rows.size());
    std::iota(places.begin(), places.end(), Index{0});
    std::vector<double> weight;
    batch_weights(logits, places, weight);
    for (const std::int32_t place : ordered_sample(*last, 0, weight, static_cast<Index>(rows.size()))) {
      order.push_back(place);
    }
  } else {
    order = descending(logits);
  }
  for (std::size_t k = 0; k < order.size(); ++k)
    ranking.push_back({(static_cast<double>(k) + 0.5) / n, rows[order[k]]});
}

Selection take_ranked(const Problem& problem, std::vector<Ranked> ranking) {
  std::sort(ranking.begin(), ranking.end(), [](const Ranked& a, const Ranked& b) {
    return a.rank != b.rank ? a.rank < b.rank : a.row < b.row;
  });
  std::vector<Index> order;
  order.reserve(ranking.size());
  for (const Ranked& entry : ranking) order.push_back(entry.row);
  return take_in_order(problem, order);
}

}  // namespace maskbench
