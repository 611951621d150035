// The squared off-diagonal of sums of products, and forms of such a triangle, for DiSF; canonical arithmetic.
#pragma once

#include <span>
#include <vector>

#include "algorithms/kernels/packed_products.hpp"

namespace maskbench {

// Four candidates at once: for each, with its left (a), right (b) and weight (w) of `width` entries,
//   sum over k < l of w[k] w[l] (m[k][l] + a[k] b[l])^2.
struct RankOne {
  const double* left = nullptr;
  const double* right = nullptr;
  const double* weight = nullptr;
};
inline constexpr int kRankOnes = 4;
void off_diagonal_squares(const double* m, Index width, const RankOne (&candidates)[kRankOnes],
                          double (&sums)[kRankOnes]);
double off_diagonal_squares(const double* m, Index width, const RankOne& candidate);  // one of them

// A strictly upper triangle for many forms: per 16 columns the rows down to the diagonal, zeros below it.
class TrianglePanels {
 public:
  // `upper`: the entries right of the diagonal, row by row; dims (dims - 1) / 2 of them.
  TrianglePanels(std::span<const double> upper, Index dims);
  // out[i] = sum over k < l of y[k][l] z[i][k] z[i][l], for `count` rows z of `width` entries, zero past
  // dims; count a multiple of 4. One thread.
  void forms(const double* rows, Index count, double* out) const;

 private:
  Index width_;
  std::vector<double> panels_;
};

}  // namespace maskbench
