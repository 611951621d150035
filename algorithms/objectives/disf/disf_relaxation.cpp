#include "algorithms/objectives/disf/disf_relaxation.hpp"

#include <algorithm>

#include "algorithms/objectives/disf/correlation.hpp"
#include "datasets/core/watch.hpp"

namespace maskbench {
namespace {

constexpr Index kRelaxationTile = 32;  // rows whose forms share a walk over y

}  // namespace

DisfRelaxation::DisfRelaxation(std::shared_ptr<const DisfForm> frozen, const Problem& problem)
    : Relaxation(problem), form_(std::move(frozen)), scale_(0.0 - form_->scaled(1, problem.expected_rows())) {
  MASKBENCH_CHECK(form_->frozen(), "only the frozen form is concave");
  kept_ = products(problem.kept, {});
}

std::vector<double> DisfRelaxation::dual(std::span<const double> inclusion) const {
  std::vector<double> point = products(candidates(), inclusion);
  for (std::size_t k = 0; k < point.size(); ++k) point[k] += kept_[k];
  return point;
}

double DisfRelaxation::intercept(std::span<const double> dual) const {
  double sum = 0;
  for (std::size_t k = 0; k < dual.size(); ++k) sum += dual[k] * (dual[k] - 2 * kept_[k]);
  return scale_ * sum;
}

void DisfRelaxation::slopes(std::span<const double> dual, std::span<double> out) const {
  const Index width = form_->width(), n = static_cast<Index>(out.size());
  const TrianglePanels panels(dual, form_->dims());
  Looks looks((n + kRelaxationTile - 1) / kRelaxationTile);
#pragma omp parallel
  {
    std::vector<double> rows(kRelaxationTile * width, 0.0);
    double form[kRelaxationTile];
#pragma omp for schedule(static)
    for (Index first = 0; first < n; first += kRelaxationTile) {
      if (looks.stopped()) continue;
      const Index count = std::min(kRelaxationTile, n - first);
      for (Index r = 0; r < count; ++r) {
        double* const z = rows.data() + r * width;
        form_->step(candidates()[first + r], 0, nullptr, z, z);
      }
      panels.forms(rows.data(), (count + 3) / 4 * 4, form);
      for (Index r = 0; r < count; ++r) out[first + r] = -2 * scale_ * form[r];
    }
  }
  looks.finish();
}

std::optional<double> DisfRelaxation::curvature(std::span<const double> step) const {
  double squares = 0;
  for (const double entry : step) squares += entry * entry;
  return scale_ * squares;
}

std::vector<double> DisfRelaxation::products(std::span<const Index> rows,
                                             std::span<const double> weight) const {
  const Index width = form_->width(), dims = form_->dims();
  const DisfForm::Weighted sums = form_->weighted(rows, weight);
  std::vector<double> upper;
  upper.reserve(dims * (dims - 1) / 2);
  for (Index k = 0; k < dims; ++k) {
    const double* const row = sums.second.data() + k * width;
    upper.insert(upper.end(), row + k + 1, row + dims);
  }
  return upper;
}

}  // namespace maskbench
