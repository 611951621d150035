// Nearest rows by inner product, exact: tiles of matrix products, one BLAS thread a tile. Tiles have fixed
// sizes and every tile is one thread's, so answers do not depend on the thread count; the last bits of a
// product do depend on the CPU model (host_arithmetic). Ties go to the smaller row.
#pragma once

#include <span>
#include <vector>

#include "algorithms/core/run_context.hpp"
#include "datasets/core/types.hpp"

namespace maskbench {

// k neighbours of each query, best first.
struct Nearest {
  Index per_row = 0;              // k
  std::vector<std::int32_t> row;  // queries x k, rows of the base; -1 where the base has too few
  std::vector<float> similarity;  // queries x k; -infinity beside -1
  bool complete = false;          // false: told to stop
};

// The k rows of `base` nearest to each query.
Nearest nearest_rows(MatrixView queries, MatrixView base, Index k, RunContext& context);

// The k other rows nearest to each row.
Nearest nearest_neighbours(MatrixView rows, Index k, RunContext& context);

// Groups of `rows`, one after another: group g is rows[begin[g] .. begin[g + 1]). For each place the largest
// similarity to an earlier row of its group, -infinity for the first of a group. Empty: told to stop.
std::vector<float> nearest_earlier(MatrixView features, std::span<const Index> rows,
                                   std::span<const Index> begin, RunContext& context);

}  // namespace maskbench
