// Upper bounds on the gains of in-set DiSF, O(s d) a candidate where the gain itself is O(d^2): for sets of s
// < d/2 rows.
//
// With the sums of products M of a set of s rows, delta = x - mean, u = s/(s+1) delta^2 and w = 1/(M_kk + eps
// s + u), column by column, the squared entries of the new correlation matrix have the sum
//
//   w'(M o M)w + 2 s/(s+1) y'My + (sum u w)^2,   y = w delta,   o entry by entry,
//
// from which its diagonal's squares go. y'My = sum over the set of (c_i.y)^2, c_i the centred rows, is O(s
// d). M o M is positive semidefinite (Schur), so with v = w (M_kk + eps s) and R the set's correlations the
// first term is v'(R o R)v >= (v'(R o R)1)^2 / 1'(R o R)1 (Cauchy-Schwarz), which is O(d) and close: v is
// nearly constant. A margin covers rounding.
#pragma once

#include <span>
#include <vector>

#include "algorithms/objectives/disf/disf_form.hpp"

namespace maskbench {

class DisfBounds {
 public:
  // Of a set with these rows and sums; both are only read here.
  DisfBounds(const DisfForm& form, const DisfSums& sums, std::span<const Index> items);

  // least[k] <= the squares above the diagonal of the correlations of the set and rows[k].
  void squares(std::span<const Index> rows, std::span<double> least) const;

  static bool cheaper(const DisfForm& form, Index items) {
    return !form.frozen() && items > 0 && 2 * items < form.dims();
  }

 private:
  const DisfForm& form_;
  std::vector<double> mean_, base_, pull_;
  std::vector<double> centred_;  // s x width
  Index count_;
  double pulls_ = 0;  // 1'(R o R)1
  double margin_ = 0;
};

}  // namespace maskbench
