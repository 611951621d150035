// Facility location's concave extension and its dual (facts 8b; cornuejols1977location):
//
//   F(p) = (1/|V|) sum over i of min over tau_i of [ tau_i + sum over j of p_j (s_ij - tau_i)+ ]
//   dual: y = tau (one number a reference row);  intercept(y) = mean tau_i,
//   slopes(y)_j = mean (s_ij - tau_i)+
//
// dual(p) is where the similarities of row i, sorted down and filled with p, reach 1: F is the value of that
// filling. Held are exact lists of the k nearest candidates of every reference row. tau_i counts as no less
// than the nearest kept row, than the floor -1, and than the k-th similarity where candidates are left out:
// so F and every bound are above those of all pairs, hence above f. F is f at a set that has a row in every
// list; a list holds 16 n/S rows (64 to 1,024), of which a random set misses all in one list of 10^7.
#pragma once

#include <memory>
#include <span>

#include "algorithms/core/objective.hpp"

namespace maskbench::facility {

std::unique_ptr<Relaxation> relax(MatrixView features, std::span<const Index> reference,
                                  const Problem& problem);
std::int64_t relax_bytes(std::size_t reference, const Problem& problem);  // at its peak, while it is made

}  // namespace maskbench::facility
