// Gradients of ln P(mask) with respect to the logits, summed over masks with their advantages (facts
// 1). All write out[b] = sum_j A_j d ln P(M_j) / d L_b for every batch position b; the factor eta
// / G is the caller's.
#pragma once

#include <span>

#include "algorithms/core/objective.hpp"

namespace maskbench {

// 1c: ln P taken as a sum of per-sample terms, gradient M - S p; since the advantages sum to zero the S p
// part cancels, and out[b] = sum of A_j over the masks that hold b. O(G S_b).
void mask_gradient(const MaskSet& masks, std::span<const double> advantage, std::span<double> out);

// 1a: exact for the order in which the rows were drawn (masks.items in ringing order). O(G S_b + N_b).
void pl_ordered_gradient(const MaskSet& masks, std::span<const double> weight,
                         std::span<const double> advantage, std::span<double> out);

// 1b, 8g: exact for the set, whatever its order; by quadrature, relative error about 1e-8. O(G S_b Q + N_b).
void pl_set_gradient(const MaskSet& masks, std::span<const double> weight, std::span<const double> advantage,
                     std::span<double> out);

}  // namespace maskbench
