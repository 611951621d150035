#include "algorithms/greedy/covariance_sums.hpp"

#include <algorithm>
#include <cmath>

#include "algorithms/kernels/clones.hpp"
#include "algorithms/kernels/rows.hpp"
#include "datasets/core/watch.hpp"

namespace maskbench {
namespace {

constexpr double kAddedVariance = 1e-8;  // before a column is divided by its deviation, as DiSF does

// sum over k of ((g_k + z_k^2)/n - ((s_k + z_k)/n)^2)^2, in eight lanes.
MASKBENCH_CLONES double squared_variances(const float* z, const double* g, const double* s, Index dims,
                                          double n) {
  constexpr Index kVarianceLanes = 8;
  double lane[kVarianceLanes] = {};
  const double share = 1 / n;
  const auto term = [&](Index k) {
    const double x = static_cast<double>(z[k]), mean = (s[k] + x) * share;
    const double variance = (g[k] + x * x) * share - mean * mean;
    return variance * variance;
  };
  Index k = 0;
  for (; k + kVarianceLanes <= dims; k += kVarianceLanes) {
    for (Index l = 0; l < kVarianceLanes; ++l) lane[l] += term(k + l);
  }
  for (; k < dims; ++k) lane[k % kVarianceLanes] += term(k);
  return ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
}

std::vector<double> zeros(Index size) {
  return std::vector<double>(size, 0.0);
}

}  // namespace

CovarianceSums::CovarianceSums(MatrixView features, std::span<const Index> candidates)
    : rows_(features.rows),
      dims_(features.cols),
      candidates_(candidates),
      z_(rows_ * dims_),
      norm_(zeros(rows_)),
      r_(zeros(rows_)),
      q_(zeros(rows_)),
      h_(zeros(rows_)),
      s_(zeros(dims_)),
      g_(zeros(dims_ * dims_)),
      diagonal_(zeros(dims_)) {
  std::vector<double> mean = zeros(dims_), scale = zeros(dims_);
  constexpr Index kRows = 4096;  // between two looks
  Looks looks(rows_ / kRows + 1);
  for (Index i = 0; i < rows_; ++i) {
    if (i % kRows == 0) looks.step();
    for (std::size_t k = 0; k < mean.size(); ++k) {
      const double x = static_cast<double>(features.row(i)[k]);
      mean[k] += x;
      scale[k] += x * x;
    }
  }
  const auto n = static_cast<double>(rows_);
  for (std::size_t k = 0; k < mean.size(); ++k) {
    mean[k] /= n;
    scale[k] = 1 / std::sqrt(std::max(scale[k] / n - mean[k] * mean[k], 0.0) + kAddedVariance);
  }
#pragma omp parallel for schedule(static)
  for (Index i = 0; i < rows_; ++i) {
    float* const z = z_.data() + i * dims_;
    for (std::size_t k = 0; k < mean.size(); ++k)
      z[k] = static_cast<float>((static_cast<double>(features.row(i)[k]) - mean[k]) * scale[k]);
    norm_[i] = dot(z, z, dims_);
  }
}

std::vector<double> CovarianceSums::gains(std::span<const Index> rows) const {
  const double n = count_ + 1, a = squared_norm(g_), b = inner_product(product(s_), s_), c = squared_norm(s_);
  std::vector<double> out(rows.size());
#pragma omp parallel for schedule(static)
  for (std::size_t k = 0; k < rows.size(); ++k) {
    const std::size_t i = rows[k];
    const double own = norm_[i], with = r_[i] + own, norm = c + 2 * r_[i] + own;
    const double all = (a + 2 * q_[i] + own * own) / (n * n) -
                       2 * (b + 2 * h_[i] + q_[i] + with * with) / (n * n * n) +
                       norm * norm / (n * n * n * n);
    out[k] = squared_variances(row(rows[k]), diagonal_.data(), s_.data(), dims_, n) - all;
  }
  return out;
}

void CovarianceSums::add(Index picked) {
  const std::vector<double> z(row(picked), row(picked) + dims_), bent = product(z);
  const double shift = inner_product(z, s_) + norm_[picked];
#pragma omp parallel for schedule(static)
  for (std::size_t k = 0; k < candidates_.size(); ++k) {
    const std::size_t i = candidates_[k];
    const float* const x = row(candidates_[k]);
    const double t = dot(x, z.data(), dims_), u = dot(x, bent.data(), dims_);
    r_[i] += t;
    q_[i] += t * t;
    h_[i] += u + t * shift;
  }
  for (std::size_t k = 0; k < z.size(); ++k) {
    s_[k] += z[k];
    diagonal_[k] += z[k] * z[k];
    for (std::size_t l = 0; l < z.size(); ++l) g_[k * z.size() + l] += z[k] * z[l];
  }
  ++count_;
}

std::vector<double> CovarianceSums::product(std::span<const double> x) const {
  std::vector<double> out = zeros(dims_);
  for (std::size_t k = 0; k < out.size(); ++k)
    out[k] = inner_product(std::span(g_).subspan(k * x.size(), x.size()), x);
  return out;
}

}  // namespace maskbench
