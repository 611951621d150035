#include "algorithms/objectives/disf/disf_extension.hpp"

#include <algorithm>
#include <cmath>

#include "algorithms/objectives/disf/correlation.hpp"
#include "datasets/core/watch.hpp"

namespace maskbench {
namespace {

constexpr Index kRowTile = 32;  // rows whose forms share a walk over C

// q, then the triangle from the diagonal on.
std::vector<double> packed(const DisfForm& form, const DisfForm::Weighted& sums) {
  std::vector<double> all = sums.first;
  for (Index k = 0; k < form.dims(); ++k) {
    const double* const row = sums.second.data() + k * form.width();
    all.insert(all.end(), row + k, row + form.dims());
  }
  return all;
}

}  // namespace

DisfExtension::DisfExtension(const DisfForm& in_set, std::shared_ptr<const DisfForm> frozen,
                             const Problem& problem)
    : form_(std::move(frozen)),
      candidates_(problem.candidates),
      size_(static_cast<double>(problem.expected_rows())),
      scale_(size_ < 2 ? 0.0 : 0.0 - in_set.scaled(1, problem.expected_rows())),
      kept_(packed(*form_, form_->weighted(problem.kept, {}))) {}

std::vector<double> DisfExtension::moments(std::span<const double> inclusion) const {
  std::vector<double> all = packed(*form_, form_->weighted(candidates_, inclusion));
  for (std::size_t k = 0; k < all.size(); ++k) all[k] += kept_[k];
  return all;
}

DisfExtension::Correlations DisfExtension::correlations(std::span<const double> moments) const {
  const std::size_t dims = form_->dims();
  Correlations all{{}, std::vector<double>(dims), std::vector<double>(dims)};
  const double* entry = moments.data() + dims;  // of row k, from the diagonal on
  for (std::size_t k = 0; k < dims; entry += dims - k, ++k) {
    all.centre[k] = moments[k] / size_;
    const double deviation = form_->deviation(static_cast<Index>(k));
    const double variance = (entry[0] - moments[k] * all.centre[k]) / (size_ - 1);
    all.inverse[k] = 1 / std::sqrt(std::max(variance, 0.0) + DisfForm::kEpsilon / (deviation * deviation));
  }
  all.upper.reserve(dims * (dims - 1) / 2);
  entry = moments.data() + dims;
  for (std::size_t k = 0; k < dims; entry += dims - k, ++k) {
    const double factor = all.inverse[k] / (size_ - 1);
    for (std::size_t l = k + 1; l < dims; ++l) {
      all.upper.push_back((entry[l - k] - moments[k] * all.centre[l]) * factor * all.inverse[l]);
    }
  }
  return all;
}

double DisfExtension::value(std::span<const double> moments) const {
  if (scale_ == 0) return 0;
  double squares = 0;
  for (const double entry : correlations(moments).upper) squares += entry * entry;
  return -scale_ * squares;
}

void DisfExtension::slopes(std::span<const double> moments, std::span<double> out) const {
  if (scale_ == 0) return std::fill(out.begin(), out.end(), 0.0);
  const Index dims = form_->dims(), width = form_->width(), n = static_cast<Index>(out.size());
  const Correlations c = correlations(moments);
  std::vector<double> half(dims, 0.0);  // r_k / 2
  const double* entry = c.upper.data();
  for (std::size_t k = 0; k < half.size(); ++k) {
    for (std::size_t l = k + 1; l < half.size(); ++l, ++entry) {
      half[k] += *entry * *entry / 2;
      half[l] += *entry * *entry / 2;
    }
  }
  const TrianglePanels panels(c.upper, dims);
  const double factor = -2 * scale_ / (size_ - 1);
  Looks looks((n + kRowTile - 1) / kRowTile);
#pragma omp parallel
  {
    std::vector<double> rows(kRowTile * width, 0.0);
    double form[kRowTile], own[kRowTile];
#pragma omp for schedule(static)
    for (Index first = 0; first < n; first += kRowTile) {
      if (looks.stopped()) continue;
      const Index count = std::min(kRowTile, n - first);
      for (Index r = 0; r < count; ++r) {
        double* const u = rows.data() + r * width;
        form_->step(candidates_[first + r], 0, nullptr, u, u);
        own[r] = 0;
        for (std::size_t k = 0; k < half.size(); ++k) {
          u[k] = (u[k] - c.centre[k]) * c.inverse[k];
          own[r] += half[k] * (u[k] * u[k]);
        }
      }
      panels.forms(rows.data(), (count + 3) / 4 * 4, form);
      for (Index r = 0; r < count; ++r) out[first + r] = factor * (form[r] - own[r]);
    }
  }
  looks.finish();
}

}  // namespace maskbench
