// In-set DiSF on inclusion probabilities: the correlations of the rows weighted by p.
//
//   E(p) = -(2/d(d-1)) sum over k < l of C_kl^2,   C_kl = cov_kl / sqrt(v_k v_l),   v_k = cov_kk + eps,
//   cov  = (sum of p_i z_i z_i' - q q'/S) / (S - 1),   q = sum of p_i z_i
//
// equal to f at sets of S rows, since correlations do not mind that the z_i are standardised over all rows
// first. With u_i = (z_i - q/S) / sqrt(v) and r_k = sum over l != k of C_kl^2, on sum p = S and but for a
// constant,
//
//   dE/dp_i = -(4/((S-1) d(d-1))) [sum over k < l of C_kl u_ik u_il - sum over k of r_k u_ik^2 / 2]
//
// Not concave (facts 8c): no bound follows. Cost: moments and slopes O(n d^2 / 2) each; value O(d^2).
#pragma once

#include <memory>

#include "algorithms/core/objective.hpp"
#include "algorithms/objectives/disf/disf_form.hpp"

namespace maskbench {

class DisfExtension final : public Extension {
 public:
  DisfExtension(const DisfForm& in_set, std::shared_ptr<const DisfForm> frozen, const Problem& problem);

  std::vector<double> moments(
      std::span<const double> inclusion) const override;  // q, then the upper triangle by rows
  double value(std::span<const double> moments) const override;
  void slopes(std::span<const double> moments, std::span<double> out) const override;

 private:
  // C above the diagonal, row by row; centre q/S and 1/sqrt(v) of each column.
  struct Correlations {
    std::vector<double> upper, centre, inverse;
  };
  Correlations correlations(std::span<const double> moments) const;

  std::shared_ptr<const DisfForm> form_;
  std::span<const Index> candidates_;
  double size_;
  double scale_;              // 2/(d(d-1))
  std::vector<double> kept_;  // moments of the kept rows
};

}  // namespace maskbench
