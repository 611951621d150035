// Frozen DiSF on inclusion probabilities (facts 8c): with A(p) = Z' diag(p) Z over candidates and kept
// rows, Z standardised once, and c = (S-1)^2 d(d-1),
//
//   F(p) = -||offdiag A(p)||^2 / c = min over y of (2/c) [||y||^2 - 2 <y, A_kept>] - (4/c) sum over i of p_i
//   <y, z_i z_i'>
//
// where y, and the products, run over the d(d-1)/2 entries above the diagonal; the minimum is at y = A(p).
// In-set centring breaks concavity: there this is no bound, and only good to search with. Cost: dual and
// slopes O(n d^2 / 2) multiply-adds each, rows of p = 0 are passed over. Canonical arithmetic.
#pragma once

#include <memory>

#include "algorithms/core/objective.hpp"
#include "algorithms/objectives/disf/disf_form.hpp"

namespace maskbench {

class DisfRelaxation final : public Relaxation {
 public:
  DisfRelaxation(std::shared_ptr<const DisfForm> frozen, const Problem& problem);

  std::vector<double> dual(std::span<const double> inclusion) const override;
  double intercept(std::span<const double> dual) const override;
  void slopes(std::span<const double> dual, std::span<double> out) const override;
  std::optional<double> curvature(std::span<const double> step) const override;

 private:
  // sum of weight[i] z_i z_i' over `rows`, above the diagonal, row by row; empty weights: all 1.
  std::vector<double> products(std::span<const Index> rows, std::span<const double> weight) const;

  std::shared_ptr<const DisfForm> form_;
  double scale_;              // 2/c
  std::vector<double> kept_;  // A_kept, above the diagonal
};

}  // namespace maskbench
