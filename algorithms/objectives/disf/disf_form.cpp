#include "algorithms/objectives/disf/disf_form.hpp"

#include <algorithm>
#include <cmath>

#include "datasets/core/watch.hpp"

namespace maskbench {
namespace {

constexpr double kReleasedScale = 10'000;

double* row_of(std::vector<double>& matrix, Index row, Index width) {
  return matrix.data() + row * width;
}

}  // namespace

DisfForm::DisfForm(const DisfParams& params, const FeatureRows& features)
    : features_(features),
      width_(padded(features.cols)),
      frozen_(params.standardise == Standardise::frozen),
      pairs_(params.released_scale
                 ? kReleasedScale
                 : static_cast<double>(features.cols) * static_cast<double>(features.cols - 1)) {
  if (frozen_) standardise_all();
}

DisfSums DisfForm::none() const {
  const std::size_t width = width_;
  return {0, std::vector<double>(frozen_ ? 0 : width, 0.0), std::vector<double>(width * width, 0.0)};
}

void DisfForm::step(const float* x, Index count, const double* mean, double* left, double* right) const {
  if (frozen_) {
    for (Index k = 0; k < dims(); ++k)
      left[k] = right[k] = (static_cast<double>(x[k]) - mean_[k]) * scale_[k];
    return;
  }
  const double share = static_cast<double>(count) / static_cast<double>(count + 1);
  for (Index k = 0; k < dims(); ++k) {
    right[k] = static_cast<double>(x[k]) - mean[k];
    left[k] = share * right[k];
  }
}

void DisfForm::add(DisfSums& sums, std::span<const Index> rows) const {
  const Index chunk = std::min(kChunk, static_cast<Index>(rows.size()));
  std::vector<double> left(chunk * width_), right(left.size());
  Looks looks(static_cast<Index>(rows.size()) / std::max<Index>(chunk, 1) + 1);
  for (std::size_t first = 0; first < rows.size(); first += chunk) {
    looks.step();
    const Index steps = std::min(chunk, static_cast<Index>(rows.size() - first));
    for (Index t = 0; t < steps; ++t) {
      step(rows[first + t], sums.count, sums.mean.data(), row_of(left, t, width_), row_of(right, t, width_));
      ++sums.count;
      if (frozen_) continue;
      const double* delta = row_of(right, t, width_);
      for (Index k = 0; k < dims(); ++k) sums.mean[k] += delta[k] / static_cast<double>(sums.count);
    }
    add_products(left.data(), right.data(), steps, width_, sums.products.data());
  }
}

void DisfForm::weigh(const DisfSums& sums, Index count, const double* left, const double* right,
                     double* weight) const {
  const double floor = kEpsilon * static_cast<double>(count - 1);
  for (Index k = 0; k < dims(); ++k) {
    weight[k] = frozen_ ? 1.0 : 1.0 / (floor + (sums.products[k * width_ + k] + left[k] * right[k]));
  }
}

double DisfForm::value(const DisfSums& sums, Index size) const {
  if (sums.count < 2) return 0;
  const std::vector<double> zero(width_, 0.0);
  std::vector<double> weight(width_, 0.0);
  weigh(sums, sums.count, zero.data(), zero.data(), weight.data());
  return scaled(off_diagonal_squares(sums.products.data(), width_, {zero.data(), zero.data(), weight.data()}),
                size);
}

DisfForm::Weighted DisfForm::weighted(std::span<const Index> rows, std::span<const double> weight) const {
  MASKBENCH_CHECK(frozen_, "rows are standardised once");
  std::vector<std::size_t> some;  // places of the rows that count
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (weight.empty() || weight[i] != 0) some.push_back(i);
  }
  Weighted sums{std::vector<double>(dims(), 0.0), std::vector<double>(width_ * width_, 0.0)};
  const auto all = static_cast<Index>(some.size()), chunk = std::min(kChunk, all);
  std::vector<double> left(chunk * width_, 0.0), right(left.size(), 0.0);
  Looks looks(all / std::max<Index>(chunk, 1) + 1);
  for (Index first = 0; first < all; first += chunk) {
    looks.step();
    const Index steps = std::min(chunk, all - first);
#pragma omp parallel for schedule(static)
    for (Index t = 0; t < steps; ++t) {
      const std::size_t place = some[first + t];
      double* const a = row_of(left, t, width_);
      step(rows[place], 0, nullptr, a, row_of(right, t, width_));
      if (weight.empty()) continue;
      for (Index k = 0; k < dims(); ++k) a[k] *= weight[place];
    }
    for (Index t = 0; t < steps; ++t) {
      for (Index k = 0; k < dims(); ++k) sums.first[k] += left[t * width_ + k];
    }
    add_products(left.data(), right.data(), steps, width_, sums.second.data());
  }
  return sums;
}

double DisfForm::scaled(double squares, Index size) const {
  const double freedom = frozen_ ? static_cast<double>(size - 1) * static_cast<double>(size - 1) : 1.0;
  return pairs_ * freedom <= 0 ? 0.0 : 0.0 - 2 * squares / (pairs_ * freedom);
}

void DisfForm::standardise_all() {
  mean_.assign(dims(), 0.0);
  scale_.assign(dims(), 0.0);
  const MatrixView all = features();
  constexpr Index kSlice = 64, kRows = 16384;  // between two looks
  Looks looks((dims() + kSlice - 1) / kSlice * (2 * rows() / kRows + 2));
#pragma omp parallel for schedule(static)
  for (Index first = 0; first < dims(); first += kSlice) {
    const Index end = std::min(dims(), first + kSlice);
    for (Index i = 0; i < rows(); ++i) {
      if (i % kRows == 0 && looks.stopped()) break;
      for (Index k = first; k < end; ++k) mean_[k] += static_cast<double>(all.row(i)[k]);
    }
    for (Index k = first; k < end; ++k) mean_[k] /= static_cast<double>(rows());
    for (Index i = 0; i < rows(); ++i) {
      if (i % kRows == 0 && looks.stopped()) break;
      for (Index k = first; k < end; ++k) {
        const double centred = static_cast<double>(all.row(i)[k]) - mean_[k];
        scale_[k] += centred * centred;
      }
    }
    for (Index k = first; k < end; ++k) {
      const double variance = rows() < 2 ? 0.0 : scale_[k] / static_cast<double>(rows() - 1);
      scale_[k] = 1.0 / std::sqrt(variance + kEpsilon);
    }
  }
  looks.finish();
}

}  // namespace maskbench
