// The lowest upper bound that a relaxation gives within some effort: Frank-Wolfe where its duals are affine,
// Polyak's steps on the dual where they are not.
#pragma once

#include <functional>
#include <vector>

#include "algorithms/core/objective.hpp"

namespace maskbench {

struct ProvedBound {
  std::vector<double> dual;  // prove it: relaxation.bound(dual, price)
  double price = 0;
  double bound = 0;
};

// `known`: f of a feasible set; it guides steps and stops them, and proves nothing. `passes`: slopes() calls
// at most.
ProvedBound lowest_bound(const Relaxation& relaxation, double known, int passes,
                         const std::function<bool()>& stopping);

}  // namespace maskbench
