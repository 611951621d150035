#include "algorithms/datamask/inclusion.hpp"

#include <cmath>
#include <numeric>

#include "algorithms/kernels/clones.hpp"
#include "datasets/arithmetic/canonical_math.hpp"

namespace maskbench {
namespace {

constexpr std::size_t kLanes = 8;

// Sums over the weights of 1 - e^(-k w) and of its derivative by k, in fixed lanes.
MASKBENCH_CLONES void rung_by(const double* weight, std::size_t n, double time, double* rung, double* rate) {
  double count[kLanes] = {}, slope[kLanes] = {};
  for (std::size_t first = 0; first < n; first += kLanes) {
    const std::size_t some = n - first < kLanes ? n - first : kLanes;
    for (std::size_t l = 0; l < some; ++l) {
      const double still = canonical::exp(-time * weight[first + l]);
      count[l] += 1 - still;
      slope[l] += weight[first + l] * still;
    }
  }
  *rung = std::accumulate(count, count + kLanes, 0.0);
  *rate = std::accumulate(slope, slope + kLanes, 0.0);
}

}  // namespace

// Newton's method from the left: the sum is concave in k, so that steps from the left never pass the root.
double clock_time(std::span<const double> weight, Index picked, double guess) {
  const auto target = static_cast<double>(picked);
  const double first = target / std::accumulate(weight.begin(), weight.end(), 0.0);
  double time = guess > 0 ? guess : first;
  for (int iteration = 0; iteration < 60; ++iteration) {
    double rung = 0, rate = 0;
    rung_by(weight.data(), weight.size(), time, &rung, &rate);
    if (std::abs(target - rung) <= 1e-9 * target || rate <= 0) break;
    const double next = time + (target - rung) / rate;
    time = next > 0 ? next : first;
  }
  return time;
}

void inclusion_probabilities(std::span<const double> weight, double time, std::span<double> out) {
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = 1 - canonical::exp(-time * weight[i]);
}

void inclusion_rates(std::span<const double> weight, double time, std::span<double> out) {
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = time * weight[i] * canonical::exp(-time * weight[i]);
}

}  // namespace maskbench
