#include "algorithms/objectives/disf/disf_bounds.hpp"

#include <algorithm>
#include <cmath>

#include "algorithms/objectives/disf/disf_terms.hpp"

namespace maskbench {

DisfBounds::DisfBounds(const DisfForm& form, const DisfSums& sums, std::span<const Index> items)
    : form_(form), mean_(sums.mean), count_(sums.count) {
  const Index dims = form.dims(), width = form.width();
  const std::size_t d = dims;
  const double count = static_cast<double>(count_);
  base_.resize(d);
  pull_.resize(d);
  double worst = 0;  // a column's mean in deviations: what centring costs in digits
  for (std::size_t k = 0; k < d; ++k) {
    base_[k] = DisfForm::kEpsilon * count + sums.products[k * width + k];
    worst = std::max(worst, std::abs(mean_[k]) / std::sqrt(base_[k] / count));
  }
  pulls(sums.products.data(), width, base_.data(), dims, pull_.data());
  for (const double pull : pull_) pulls_ += pull;
  centred_.assign(items.size() * width, 0.0);
  for (std::size_t i = 0; i < items.size(); ++i) {
    const float* const x = form.features().row(items[i]);
    double* const row = centred_.data() + i * width;
    for (std::size_t k = 0; k < d; ++k) row[k] = static_cast<double>(x[k]) - mean_[k];
  }
  // Every term is a sum of at most (s+1) d squares or products of entries known to (1 + worst) 2^-53 of their
  // size or so; 64 is generous.
  margin_ = 64 * 0x1p-53 * static_cast<double>(dims + count_) * (1 + worst);
}

void DisfBounds::squares(std::span<const Index> rows, std::span<double> least) const {
  const Index dims = form_.dims(), width = form_.width();
  const double count = static_cast<double>(count_);
  const SetColumns set{mean_.data(), base_.data(), pull_.data(), DisfForm::kEpsilon * count,
                       count / (count + 1)};
#pragma omp parallel if (static_cast <Index>(rows.size()) * dims > 100'000)
  {
    std::vector<double> y(dims);
#pragma omp for schedule(static)
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const RowTerms row = row_terms(set, form_.features().row(rows[i]), dims, y.data());
      const double old = pulls_ > 0 ? row.rest * row.rest / pulls_ : 0.0;
      const double mixed = 2 * set.share * squared_dots(centred_.data(), count_, width, y.data(), dims);
      const double fresh = row.taken * row.taken;
      const double size = old + mixed + fresh + static_cast<double>(dims) * static_cast<double>(dims);
      least[i] = (old + mixed + fresh - row.own - margin_ * size) / 2;
    }
  }
}

}  // namespace maskbench
