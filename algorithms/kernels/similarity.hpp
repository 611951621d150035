// Dot products of many pairs of rows. The float64 tile has the bits of dot() in rows.hpp; float32 products
// from BLAS only shortlist, with a proved margin, so that no answer depends on their summation order.
#pragma once

#include <cmath>
#include <span>

#include "algorithms/kernels/worth_threads.hpp"
#include "datasets/core/types.hpp"

namespace maskbench {

// out[i * stride + j] = x_rows[i] . x_cols[j], each equal to dot() bit for bit. One thread.
void similarity_tile(MatrixView features, std::span<const Index> rows, std::span<const Index> cols,
                     double* out, Index stride);

// |float32 dot - exact dot| <= d u / (1 - d u) |x| |y| for any order, u = 2^-24 (Higham, Accuracy and
// Stability, 3.1), plus underflow; norms are within 1e-5 of 1, and the float64 tile's own error is some 1e-9
// of this.
inline double shortlist_margin(Index dims) {
  const double share = static_cast<double>(dims) * 0x1p-24;
  MASKBENCH_CHECK(share < 0.5, "float32 says nothing about dot products this long");
  return 1.0001 * share / (1 - share) + 1e-30;
}

// best[i] = max over `cols` of x_rows[i] . x_cols[j], floored at -1: the exact maximum of the float64 tile.
// Rows of unit norm.
void row_maxima(MatrixView features, std::span<const Index> rows, std::span<const Index> cols,
                std::span<double> best);

// near[j]: whether rows[j] has another one of `rows` at float64 similarity `threshold` or more. Rows of unit
// norm.
void have_near(MatrixView features, std::span<const Index> rows, double threshold, std::span<char> near);

}  // namespace maskbench
