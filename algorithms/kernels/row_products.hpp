// Inner products of a few rows with a few others, by BLAS, whose threads are the caller's to stop
// (one_blas_thread.hpp).
#pragma once

#include <cblas.h>

#include <algorithm>
#include <span>
#include <vector>

#include "algorithms/kernels/row_block.hpp"
#include "datasets/core/types.hpp"

namespace maskbench {

// out[i * stride + j] = x_i . y_j in float32; its bits are the library's.
inline void row_products(MatrixView x, MatrixView y, float* out, Index stride) {
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, static_cast<blasint>(x.rows),
              static_cast<blasint>(y.rows), static_cast<blasint>(x.cols), 1.0f, x.data,
              static_cast<blasint>(x.stride), y.data, static_cast<blasint>(y.stride), 0.0f, out,
              static_cast<blasint>(stride));
}

// The products of a strip of rows with all columns, a block of these at a time. One thread's memory.
class StripProducts {
 public:
  // Calls visit(r, first, products of rows[r] with cols[first], cols[first + 1], ..), the blocks in order.
  template <class Visit>
  void each(MatrixView features, std::span<const Index> rows, std::span<const Index> cols, Visit&& visit) {
    product_.resize(rows.size() * kColumns);
    const MatrixView x = row_block(features, rows, row_copy_);
    for (std::size_t first = 0; first < cols.size(); first += kColumns) {
      const auto some = cols.subspan(first, std::min(kColumns, cols.size() - first));
      row_products(x, row_block(features, some, col_copy_), product_.data(), static_cast<Index>(kColumns));
      for (std::size_t r = 0; r < rows.size(); ++r)
        visit(r, first, std::span<const float>(product_.data() + r * kColumns, some.size()));
    }
  }

 private:
  static constexpr std::size_t kColumns = 256;
  std::vector<float> product_, row_copy_, col_copy_;
};

}  // namespace maskbench
