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
constexpr std::size_t kShare = 256;  // candidates that a thread takes at a time
constexpr Index kBlock = 64;         // float32 products that are added up before they go to float64
constexpr double kSingle =
    0x1p-15;  // of ||s - s0||: kBlock float32 additions in each z, kDirections in a product, and room
constexpr double kInside = 0x1p-14;  // of ||x||^2: the same in the length of z
constexpr double kDouble = 0x1p-52;

MASKBENCH_CLONES float product(const float* z, const float* along) {
  float lane[kLanes] = {};
  for (std::size_t k = 0; k < kDirections; k += kLanes) {
    for (std::size_t l = 0; l < kLanes; ++l) lane[l] += z[k + l] * along[k + l];
  }
  return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

MASKBENCH_CLONES double product(const double* x, const double* y, std::size_t dims) {
  double lane[kLanes] = {};
  std::size_t k = 0;
  for (; k + kLanes <= dims; k += kLanes) {
    for (std::size_t l = 0; l < kLanes; ++l) lane[l] += x[k + l] * y[k + l];
  }
  double sum = ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
  for (; k < dims; ++k) sum += x[k] * y[k];
  return sum;
}

MASKBENCH_CLONES double squared_distance(const double* x, const double* y, std::size_t dims) {
  double lane[kLanes] = {};
  std::size_t k = 0;
  for (; k + kLanes <= dims; k += kLanes) {
    for (std::size_t l = 0; l < kLanes; ++l) lane[l] += (x[k + l] - y[k + l]) * (x[k + l] - y[k + l]);
  }
  double sum = ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
  for (; k < dims; ++k) sum += (x[k] - y[k]) * (x[k] - y[k]);
  return sum;
}

// z = B x. `across`: d x kDirections, B transposed.
MASKBENCH_CLONES void project(const float* x, const float* across, Index dims, float* z) {
  double total[kDirections] = {};
  for (Index first = 0; first < dims; first += kBlock) {
    float sum[kDirections] = {};
    for (Index k = first; k < std::min(first + kBlock, dims); ++k) {
      for (std::size_t l = 0; l < kDirections; ++l) sum[l] += x[k] * across[k * kDirections + l];
    }
    for (std::size_t l = 0; l < kDirections; ++l) total[l] += static_cast<double>(sum[l]);
  }
  for (std::size_t l = 0; l < kDirections; ++l) z[l] = static_cast<float>(total[l]);
}

}  // namespace

GainBounds::GainBounds(const FeatureRows& features, std::span<const Index> rows, double c) : c_(c) {
  directions_ = principal_directions(features, rows, static_cast<Index>(kDirections));
  const std::size_t dims = features.cols;
  std::vector<float> across(dims * kDirections, 0.0f);
  for (std::size_t at = 0; at < directions_.size(); ++at)
    across[at % dims * kDirections + at / dims] = static_cast<float>(directions_[at]);
  z_.resize(rows.size() * kDirections);
  rest_.resize(rows.size());
  double longest = 0;
#pragma omp parallel reduction(max : longest)
  {
    RowReader reader(features);
#pragma omp for schedule(static)
    for (std::size_t begin = 0; begin < rows.size(); begin += kShare) {
      const auto some = rows.subspan(begin, std::min(kShare, rows.size() - begin));
      reader.each(some, [&](MatrixView tile, const Index* places, Index first, Index count) {
        for (Index k = 0; k < count; ++k) {
          const std::size_t place = begin + first + k;
          const float* x = tile.row(places[k]);
          float* z = z_.data() + place * kDirections;
          project(x, across.data(), tile.cols, z);
          const double norm = dot(x, x, tile.cols);
          const double inside = dot(z, z, static_cast<Index>(kDirections));
          rest_[place] =
              static_cast<float>(std::sqrt(std::max(0.0, norm - inside) + kInside * norm) * (1 + 1e-6));
          longest = std::max(longest, norm);
        }
      });
    }
  }
  features.check();
  longest_ = std::sqrt(longest);
}

void GainBounds::move_to(std::span<const double> sum) {
  sum_ = sum;
  frame_.assign(kDirections, 0.0);
  for (std::size_t k = 0; k * sum.size() < directions_.size(); ++k) {
    frame_[k] = product(directions_.data() + k * sum.size(), sum.data(), sum.size());
  }
  error_ = kDouble * static_cast<double>(sum.size() + 8) * std::sqrt(squared_norm(sum));
}

GainBounds::Base GainBounds::base(double slack) const {
  Base base{{sum_.begin(), sum_.end()}, frame_, slack, std::vector<float>(kDirections, 0.0f), 0, 2 * slack};
  return base;
}

void GainBounds::follow(Base& base) const {
  const double distance = squared_distance(sum_.data(), base.sum.data(), sum_.size());
  double inside = 0;
  for (std::size_t k = 0; k < kDirections; ++k) {
    const double along = frame_[k] - base.frame[k];
    base.along[k] = static_cast<float>(along);
    inside += along * along;
  }
  const double length = std::sqrt(distance), error = 12 * error_;  // of w: twice an entry's, over all entries
  base.across = std::sqrt(std::max(0.0, distance - inside) + 1e-12 * distance + error * (2 * length + error));
  base.margin = c_ * longest_ * (kSingle * length + error) + 2 * base.slack;
}

void GainBounds::of(const Base& base, std::span<const std::int32_t> places, std::span<const double> known,
                    std::span<double> out) const {
#pragma omp parallel for schedule(static) if (places.size() > 100'000)
  for (std::size_t at = 0; at < places.size(); ++at) {
    const std::size_t place = places[at];
    const double inside = static_cast<double>(product(z_.data() + place * kDirections, base.along.data()));
    out[at] = known[at] - c_ * (inside - static_cast<double>(rest_[place]) * base.across) + base.margin;
  }
}

GainBounds::Group GainBounds::group(const Base& base) const {
  const float far = std::numeric_limits<float>::infinity();
  return {-std::numeric_limits<double>::infinity(),
          std::vector<float>(kDirections, far),
          std::vector<float>(kDirections, -far),
          far,
          -far,
          base.along,
          base.across};
}

void GainBounds::join(Group& group, std::int32_t place, double bound) const {
  const float* z = z_.data() + place * kDirections;
  group.highest = std::max(group.highest, bound);
  for (std::size_t k = 0; k < kDirections; ++k) {
    group.least[k] = std::min(group.least[k], z[k]);
    group.most[k] = std::max(group.most[k], z[k]);
  }
  const float rest = rest_[place];
  group.least_rest = std::min(group.least_rest, rest);
  group.most_rest = std::max(group.most_rest, rest);
}

double GainBounds::of(const Base& base, const Group& group) const {
  if (!std::isfinite(group.highest)) return group.highest;
  double inside = 0;
  for (std::size_t k = 0; k < kDirections; ++k) {
    const double step = static_cast<double>(base.along[k]) - static_cast<double>(group.along[k]);
    inside += std::min(step * static_cast<double>(group.least[k]), step * static_cast<double>(group.most[k]));
  }
  const double across = base.across - group.across;
  const double outside =
      std::max(across * static_cast<double>(group.least_rest), across * static_cast<double>(group.most_rest));
  return group.highest - c_ * (inside - outside) + base.margin;
}

std::int64_t GainBounds::bytes(Index candidates, Index dims) {
  constexpr auto width = static_cast<Index>(kDirections);
  return candidates * (4 * width + 4) + 12 * width * dims;
}

}  // namespace maskbench
