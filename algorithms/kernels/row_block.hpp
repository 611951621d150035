// A few rows of a matrix as one block of memory for BLAS: in place where they follow one another, else
// copied.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "datasets/core/types.hpp"

namespace maskbench {

// `rows` is not empty; the view may point into `copy`.
inline MatrixView row_block(MatrixView features, std::span<const Index> rows, std::vector<float>& copy) {
  const auto count = static_cast<Index>(rows.size());
  const bool together =
      std::adjacent_find(rows.begin(), rows.end(), [](Index a, Index b) { return b != a + 1; }) == rows.end();
  if (together) return {features.row(rows.front()), count, features.cols, features.stride};
  copy.resize(rows.size() * features.cols);
  for (Index k = 0; k < count; ++k)
    std::copy_n(features.row(rows[k]), features.cols, copy.begin() + k * features.cols);
  return {copy.data(), count, features.cols, features.cols};
}

}  // namespace maskbench
