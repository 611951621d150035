#include "algorithms/greedy/gain_bounds.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "algorithms/kernels/clones.hpp"
#include "algorithms/kernels/principal_directions.hpp"
#include "algorithms/kernels/rows.hpp"

namespace maskbench {
namespace {

constexpr std::size_t kDirections = 32, kLanes = 8;
constexpr double kSingle = 0x1p-18;  // of ||s - s0||: float32 products and sums over kDirections terms, with room to spare

MASKBENCH_CLONES float product(const float* z, const float* along) {
  float lane[kLanes] = {};
  for (std::size_t k = 0; k < kDirections; k += kLanes) {
    for (std::size_t l = 0; l < kLanes; ++l) lane[l] += z[k + l] * along[k + l];
  }
  return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

}  // namespace

GainBounds::GainBounds(MatrixView features, std::span<const Index> rows, double c) : c_(c) {
  directions_ = principal_directions(features, rows, static_cast<Index>(kDirections));
  const auto dims = static_cast<std::size_t>(features.cols);
  const std::size_t width = directions_.size() / dims;
  z_.assign(rows.size() * kDirections, 0.0f);
  rest_.resize(rows.size());
  std::vector<double> norms(rows.size());
#pragma omp parallel for schedule(static)
  for (std::size_t place = 0; place < rows.size(); ++place) {
    const float* x = features.row(rows[place]);
    norms[place] = dot(x, x, features.cols);
    double inside = 0;
    for (std::size_t k = 0; k < width; ++k) {
      const double z = dot(x, directions_.data() + k * dims, features.cols);
      z_[place * kDirections + k] = static_cast<float>(z);
      inside += z * z;
    }
    rest_[place] = static_cast<float>(std::sqrt(std::max(0.0, norms[place] - inside) + 1e-12 * norms[place]) * (1 + 1e-6));
  }
  for (const double norm : norms) longest_ = std::max(longest_, std::sqrt(norm));
}

void GainBounds::refresh(std::vector<double> gains, std::span<const double> sum, double slack) {
  gains_ = std::move(gains);
  from_.assign(sum.begin(), sum.end());
  slack_ = slack;
  move_to(sum);
}

void GainBounds::move_to(std::span<const double> sum) {
  std::vector<double> rest(sum.size());
  for (std::size_t k = 0; k < rest.size(); ++k) rest[k] = sum[k] - from_[k];
  const double length = std::sqrt(squared_norm(rest));
  along_.assign(kDirections, 0.0);
  const std::size_t width = directions_.size() / sum.size();
  for (std::size_t k = 0; k < width; ++k) {
    const double* direction = directions_.data() + k * rest.size();
    for (std::size_t j = 0; j < rest.size(); ++j) along_[k] += direction[j] * rest[j];
  }
  for (std::size_t k = 0; k < width; ++k) {
    const double* direction = directions_.data() + k * rest.size();
    for (std::size_t j = 0; j < rest.size(); ++j) rest[j] -= along_[k] * direction[j];
  }
  across_ = std::sqrt(squared_norm(rest));
  margin_ = c_ * longest_ * kSingle * length + 2 * slack_;
}

void GainBounds::of(std::span<const std::int32_t> places, std::span<double> out) const {
  float along[kDirections];
  for (std::size_t k = 0; k < kDirections; ++k) along[k] = static_cast<float>(along_[k]);
#pragma omp parallel for schedule(static) if (places.size() > 20'000)
  for (std::size_t at = 0; at < places.size(); ++at) {
    const auto place = static_cast<std::size_t>(places[at]);
    const double inside = product(z_.data() + place * kDirections, along);
    out[at] = gains_[place] - c_ * (inside - static_cast<double>(rest_[place]) * across_) + margin_;
  }
}

GainBounds::Group GainBounds::group(std::span<const std::int32_t> places, std::span<const double> bounds) const {
  Group group;
  const double far = std::numeric_limits<double>::infinity();
  group.highest = group.most_rest = -far;
  group.least_rest = far;
  group.least.assign(along_.size(), far);
  group.most.assign(along_.size(), -far);
  for (std::size_t at = 0; at < places.size(); ++at) {
    const auto place = static_cast<std::size_t>(places[at]);
    group.highest = std::max(group.highest, bounds[at]);
    const float* z = z_.data() + place * kDirections;
    for (std::size_t k = 0; k < along_.size(); ++k) {
      group.least[k] = std::min(group.least[k], static_cast<double>(z[k]));
      group.most[k] = std::max(group.most[k], static_cast<double>(z[k]));
    }
    group.least_rest = std::min(group.least_rest, static_cast<double>(rest_[place]));
    group.most_rest = std::max(group.most_rest, static_cast<double>(rest_[place]));
  }
  group.along = along_;
  group.across = across_;
  return group;
}

double GainBounds::of(const Group& group) const {
  if (!std::isfinite(group.highest)) return group.highest;
  double inside = 0, moved = 0;
  for (std::size_t k = 0; k < along_.size(); ++k) {
    const double step = along_[k] - group.along[k];
    inside += std::min(step * group.least[k], step * group.most[k]);
    moved += step * step;
  }
  const double across = across_ - group.across;
  const double outside = std::max(across * group.least_rest, across * group.most_rest);
  return group.highest - c_ * (inside - outside) + c_ * longest_ * kSingle * std::sqrt(moved) + margin_;
}

std::int64_t GainBounds::bytes(Index candidates, Index dims) {
  constexpr auto width = static_cast<Index>(kDirections);
  return candidates * (4 * width + 4 + 8 + 8) + 8 * width * dims;
}

}  // namespace maskbench
