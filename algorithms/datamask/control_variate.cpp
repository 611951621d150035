#include "algorithms/datamask/control_variate.hpp"

#include <algorithm>
#include <numeric>

#include "algorithms/datamask/logits.hpp"
#include "algorithms/kernels/inclusion.hpp"

namespace maskbench {

void ControlVariate::refresh(std::span<const double> logits) {
  walked_ = 0;
  std::vector<Index> all(logits.size());
  std::iota(all.begin(), all.end(), Index{0});
  std::vector<double> weight, inclusion(logits.size(), 1.0);
  batch_weights(logits, all, weight);
  if (slopes_.budget() < slopes_.rows()) {
    block_time_ = clock_time(weight, slopes_.budget(), block_time_);
    inclusion_probabilities(weight, block_time_, inclusion);
  }
  slope_ = slopes_.at(inclusion);
}

bool ControlVariate::explain(std::span<const double> logits, std::span<const Index> places, const MaskSet& masks,
                             std::span<double> advantage) {
  const bool due = slope_.empty() || walked_ >= slopes_.rows();
  if (due) refresh(logits);
  walked_ += static_cast<Index>(places.size());
  batch_slope_.resize(places.size());
  for (std::size_t b = 0; b < places.size(); ++b) batch_slope_[b] = slope_[static_cast<std::size_t>(places[b])];
  const auto group = static_cast<std::size_t>(masks.masks), picked = static_cast<std::size_t>(masks.picked);
  prediction_.assign(group, 0.0);
  for (std::size_t j = 0; j < group; ++j) {
    for (const std::int32_t b : std::span(masks.items).subspan(j * picked, picked)) {
      prediction_[j] += batch_slope_[static_cast<std::size_t>(b)];
    }
  }
  const double mean = std::accumulate(prediction_.begin(), prediction_.end(), 0.0) / static_cast<double>(group);
  for (double& prediction : prediction_) prediction -= mean;
  const double squares = std::inner_product(prediction_.begin(), prediction_.end(), prediction_.begin(), 0.0);
  share_ = squares > 0 ? std::inner_product(prediction_.begin(), prediction_.end(), advantage.begin(), 0.0) / squares : 0.0;
  for (std::size_t j = 0; j < group; ++j) advantage[j] -= share_ * prediction_[j];
  return due;
}

void ControlVariate::add_expectation(std::span<const double> weight, const MaskSet& masks, std::span<double> gradient) {
  if (share_ == 0 || masks.picked >= static_cast<Index>(weight.size())) return;
  batch_time_ = clock_time(weight, masks.picked, batch_time_);
  expectation_.resize(weight.size());
  inclusion_gradient(weight, batch_time_, batch_slope_, expectation_);
  const double factor = static_cast<double>(masks.masks) * share_;
  for (std::size_t b = 0; b < expectation_.size(); ++b) gradient[b] += factor * expectation_[b];
}

}  // namespace maskbench
