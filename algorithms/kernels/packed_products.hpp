// Sums of products of columns, above the diagonal, in canonical arithmetic: each entry is a sum in the order
// of the steps, products are never fused but where that changes nothing, so that adding steps one by one or
// all at once gives the same bits, on any machine. Only entries on or above the diagonal mean anything.
#pragma once

#include <span>
#include <vector>

#include "datasets/core/types.hpp"

namespace maskbench {

inline constexpr Index kCorrelationPad = 16;  // row lengths are multiples of it, zeros at the end

inline Index padded(Index dims) {
  return (dims + kCorrelationPad - 1) / kCorrelationPad * kCorrelationPad;
}

// out[k][l] += left[t][k] * right[t][l] for t = 0 .. steps-1 in order. left, right: steps x width; out: width
// x width; width as padded() gives it. Threads share out's rows.
void add_products(const double* left, const double* right, Index steps, Index width, double* out);

// out[k][l] += sum over t of x_rows[t][k] * x_rows[t][l], as add_products does, from the rows themselves:
// products of two float32 are exact in float64, so that the kernel may fuse them. One thread; `packed` is
// memory to be used again.
void add_moments(MatrixView features, std::span<const Index> rows, std::vector<double>& packed, double* out);

// out[i][j] += sum over k of z_i[k] z_j[k], z_i[k] = (x_rows[i][k] - mean[k]) scale[k]; out: padded(rows)
// square. Likewise.
void add_gram(MatrixView features, std::span<const Index> rows, const double* mean, const double* scale,
              std::vector<double>& packed, double* out);

// squares[k] = sum over the rows of (x[k] - mean[k])^2.
void centred_squares(MatrixView features, std::span<const Index> rows, const double* mean, double* squares);

}  // namespace maskbench
