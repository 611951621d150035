#include "algorithms/datamask/control_variate.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "algorithms/datamask/inclusion.hpp"
#include "algorithms/datamask/logits.hpp"
#include "datasets/arithmetic/canonical_math.hpp"

namespace maskbench {

void ControlVariate::refresh(std::span<const double> logits) {
  std::vector<Index> all(logits.size());
  std::iota(all.begin(), all.end(), Index{0});
  std::vector<double> inclusion(logits.size(), 1.0);
  walked_ = 0;
  largest_ = *std::max_element(logits.begin(), logits.end());
  batch_weights(logits, all, weight_);
  rate_.assign(logits.size(), 0.0);
  if (slopes_.budget() < slopes_.rows()) {
    time_ = clock_time(weight_, slopes_.budget(), time_);
    inclusion_probabilities(weight_, time_, inclusion);
    inclusion_rates(weight_, time_, rate_);
  }
  slope_ = slopes_.at(inclusion);
  const double rates = std::accumulate(rate_.begin(), rate_.end(), 0.0);
  mean_ = rates > 0 ? std::inner_product(rate_.begin(), rate_.end(), slope_.begin(), 0.0) / rates : 0.0;
  spread_ = 0;
  for (std::size_t i = 0; i < slope_.size(); ++i) {
    spread_ += inclusion[i] * (1 - inclusion[i]) * (slope_[i] - mean_) * (slope_[i] - mean_);
  }
}

bool ControlVariate::explain(std::span<const double> logits, std::span<const Index> places,
                             const MaskSet& masks, std::span<double> advantage) {
  const bool due = slope_.empty() || walked_ >= slopes_.rows();
  if (due) refresh(logits);
  walked_ += static_cast<Index>(places.size());
  const std::size_t group = masks.masks, picked = masks.picked;
  prediction_.assign(group, 0.0);
  for (std::size_t j = 0; j < group; ++j) {
    for (const std::int32_t b : std::span(masks.items).subspan(j * picked, picked)) {
      prediction_[j] += slope_[places[b]];
    }
  }
  const double mean =
      std::accumulate(prediction_.begin(), prediction_.end(), 0.0) / static_cast<double>(group);
  for (double& prediction : prediction_) prediction -= mean;
  const double squares = std::inner_product(prediction_.begin(), prediction_.end(), prediction_.begin(), 0.0);
  share_ = squares > 0
               ? std::inner_product(prediction_.begin(), prediction_.end(), advantage.begin(), 0.0) / squares
               : 0.0;
  for (std::size_t j = 0; j < group; ++j) advantage[j] -= share_ * prediction_[j];
  // A small batch may hardly vary where the block does; advantages of unit deviation would then blow b up.
  const double deviation =
      std::sqrt(spread_ * static_cast<double>(places.size()) / static_cast<double>(slope_.size()));
  share_ = deviation > 0 ? std::clamp(share_, -2 / deviation, 2 / deviation) : 0.0;
  return due;
}

void ControlVariate::add_expectation(std::span<const double> logits, std::span<const Index> places,
                                     Index masks, std::span<double> gradient) {
  if (share_ == 0 || slopes_.budget() >= slopes_.rows()) return;
  weight_.resize(places.size());
  rate_.resize(places.size());
  for (std::size_t b = 0; b < places.size(); ++b) {
    weight_[b] = canonical::exp(logits[places[b]] - largest_);
  }
  inclusion_rates(weight_, time_, rate_);
  const double factor = static_cast<double>(masks) * share_;
  for (std::size_t b = 0; b < places.size(); ++b) {
    gradient[b] += factor * rate_[b] * (slope_[places[b]] - mean_);
  }
}

}  // namespace maskbench
