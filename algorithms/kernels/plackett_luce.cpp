#include "algorithms/kernels/plackett_luce.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "datasets/arithmetic/canonical_math.hpp"

namespace maskbench {
namespace {

double total_of(std::span<const double> weight) {
  return std::accumulate(weight.begin(), weight.end(), 0.0);
}

std::span<const std::int32_t> mask_of(const MaskSet& masks, Index j) {
  return std::span(masks.items).subspan(j * masks.picked, masks.picked);
}

// Expectations over the posterior of the time t at which the first unpicked clock rings, given the set:
// density ~ R e^(-R t) prod over picked (1 - e^(-w t)), in y = ln t.
struct SetPosterior {
  std::vector<double> picked;  // E[w t / (e^(w t) - 1)] of each picked row
  double mean_time = 0;        // E[t]
};

SetPosterior set_posterior(std::span<const double> w, double rest) {
  struct Moments {
    double slope = 1, curvature = 0;
  };
  const auto moments = [&](double time) {  // derivatives of the log density by y
    Moments m{1 - rest * time, -rest * time};
    for (const double weight : w) {
      const double a = weight * time;
      const double g = a * canonical::exp(-a) / canonical::one_minus_exp_minus(a);
      m.slope += g;
      m.curvature += g * (1 - a - g);
    }
    return m;
  };
  const auto log_density = [&](double y, double time) {
    double sum = y - rest * time;
    for (const double weight : w) sum += canonical::log(canonical::one_minus_exp_minus(weight * time));
    return sum;
  };
  double y = canonical::log(static_cast<double>(w.size() + 1) / (rest + total_of(w)));
  double curvature = -1;
  for (int iteration = 0; iteration < 60; ++iteration) {  // the log density is concave in y
    const Moments m = moments(canonical::exp(y));
    curvature = m.curvature;
    const double step = std::clamp(-m.slope / m.curvature, -2.0, 2.0);
    y += step;
    if (std::abs(step) < 1e-10) break;
  }
  constexpr int kNodes = 33;
  const double deviation = 1 / std::sqrt(-curvature);
  const double height = log_density(y, canonical::exp(y));
  SetPosterior posterior{std::vector<double>(w.size(), 0.0), 0};
  double mass = 0;
  for (int node = 0; node < kNodes; ++node) {
    const double at = y + deviation * (-9 + 18.0 * node / (kNodes - 1));
    const double time = canonical::exp(at);
    const double density = canonical::exp(log_density(at, time) - height);
    mass += density;
    posterior.mean_time += density * time;
    for (std::size_t k = 0; k < w.size(); ++k) {
      const double a = w[k] * time;
      posterior.picked[k] += density * a * canonical::exp(-a) / canonical::one_minus_exp_minus(a);
    }
  }
  posterior.mean_time /= mass;
  for (double& value : posterior.picked) value /= mass;
  return posterior;
}

}  // namespace

void mask_gradient(const MaskSet& masks, std::span<const double> advantage, std::span<double> out) {
  std::fill(out.begin(), out.end(), 0.0);
  for (Index j = 0; j < masks.masks; ++j) {
    const double advantage_j = advantage[j];
    for (const std::int32_t position : mask_of(masks, j)) out[position] += advantage_j;
  }
}

// Picked i at rank r gets 1 - w_i c_r and unpicked -w_i c_S, where c_r = sum over the first r draws of 1 /
// (weight left).
void pl_ordered_gradient(const MaskSet& masks, std::span<const double> weight,
                         std::span<const double> advantage, std::span<double> out) {
  const double total = total_of(weight);
  std::fill(out.begin(), out.end(), 0.0);
  double unpicked = 0;  // sum_j A_j c_S: what every row gets, before the picked ones are corrected
  std::vector<double> passed(masks.picked);
  for (Index j = 0; j < masks.masks; ++j) {
    const auto items = mask_of(masks, j);
    const double advantage_j = advantage[j];
    double left = total, c = 0;
    for (std::size_t k = 0; k < items.size(); ++k) {
      c += 1 / left;
      passed[k] = c;
      left = std::max(left - weight[items[k]], 1e-300);
    }
    for (std::size_t k = 0; k < items.size(); ++k) {
      const std::size_t b = items[k];
      out[b] += advantage_j * (1 + weight[b] * (c - passed[k]));
    }
    unpicked += advantage_j * c;
  }
  for (std::size_t b = 0; b < out.size(); ++b) out[b] -= weight[b] * unpicked;
}

void pl_set_gradient(const MaskSet& masks, std::span<const double> weight, std::span<const double> advantage,
                     std::span<double> out) {
  const double total = total_of(weight);
  const std::size_t count = masks.masks;
  std::vector<SetPosterior> posterior(count);
  std::vector<double> rate(count, 0.0);  // 1/R - E[t]: an unpicked row gets its weight times this
#pragma omp parallel for schedule(static)
  for (std::size_t j = 0; j < count; ++j) {
    std::vector<double> picked;
    for (const std::int32_t b : mask_of(masks, static_cast<Index>(j))) picked.push_back(weight[b]);
    const double rest = total - total_of(picked);
    if (picked.size() == weight.size() || rest <= 0) continue;  // the whole batch: ln P is constant
    posterior[j] = set_posterior(picked, rest);
    rate[j] = 1 / rest - posterior[j].mean_time;
  }
  std::fill(out.begin(), out.end(), 0.0);
  double unpicked = 0;
  for (std::size_t j = 0; j < count; ++j) {
    if (posterior[j].picked.empty()) continue;
    unpicked += advantage[j] * rate[j];
    const auto items = mask_of(masks, static_cast<Index>(j));
    for (std::size_t k = 0; k < items.size(); ++k) {
      const std::size_t b = items[k];
      out[b] += advantage[j] * (posterior[j].picked[k] - weight[b] * rate[j]);
    }
  }
  for (std::size_t b = 0; b < out.size(); ++b) out[b] += weight[b] * unpicked;
}

}  // namespace maskbench
