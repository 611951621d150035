// Inner products of a few rows with a few others, by BLAS.
#pragma once

#include <cblas.h>

#include "datasets/core/types.hpp"

namespace maskbench {

// out[i * stride + j] = x_i . y_j in float32; its bits are the library's.
inline void row_products(MatrixView x, MatrixView y, float* out, Index stride) {
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, static_cast<blasint>(x.rows),
              static_cast<blasint>(y.rows), static_cast<blasint>(x.cols), 1.0f, x.data,
              static_cast<blasint>(x.stride), y.data, static_cast<blasint>(y.stride), 0.0f, out,
              static_cast<blasint>(stride));
}

}  // namespace maskbench
