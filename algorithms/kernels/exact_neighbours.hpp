// The k nearest of some rows, by the float64 dot products of rows.hpp: float32 products from BLAS shortlist
// with a proved margin, exact ones decide, so that lists are the same on any machine and any thread count.
// Rows of unit norm.
#pragma once

#include <span>
#include <vector>

#include "datasets/core/types.hpp"

namespace maskbench {

struct ExactNeighbours {
  std::size_t per_row = 0;          // k, or cols.size() where that is less
  std::vector<std::int32_t> place;  // rows x k, places in `cols`, nearest first; ties: the smaller place
  std::vector<double> similarity;   // beside it, dot() of the two rows
};

ExactNeighbours exact_neighbours(MatrixView features, std::span<const Index> rows,
                                 std::span<const Index> cols, std::size_t k);

}  // namespace maskbench
