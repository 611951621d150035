// The sum of the rows that each mask holds: one walk over the batch, adding a row to the accumulators of the masks that hold
// it (paper-facts, "Implementation notes"), N_b d traffic instead of G S_b d.
#pragma once

#include <span>
#include <vector>

#include "algorithms/core/objective.hpp"

namespace maskbench {

// sums: G x d, float32, resized; rows are added in batch order whatever the thread count.
void masked_row_sums(MatrixView features, std::span<const Index> batch, const MaskSet& masks, std::vector<float>& sums);

// The plain loop: mask by mask, float64. The test's oracle.
std::vector<double> masked_row_sums_reference(MatrixView features, std::span<const Index> batch, const MaskSet& masks);

}  // namespace maskbench
