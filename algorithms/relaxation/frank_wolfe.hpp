// Frank-Wolfe on a relaxation whose duals are affine: maximise F(p) over 0 <= p <= 1, sum p = S, within the
// budget, with exact line search, and keep the best dual on the way (facts 8a; its gap is a certificate).
#pragma once

#include <functional>
#include <vector>

#include "algorithms/core/objective.hpp"

namespace maskbench {

struct FrankWolfeLimits {
  int passes = 200;                        // slopes() calls
  double gap = 1e-6;                       // stop at this share of (first bound - F at the uniform point)
  std::function<bool(double)> go_on = {};  // told the share done; false ends the search
};

struct FractionalOptimum {
  std::vector<double> inclusion;  // p, one a candidate
  std::vector<double> slope;      // of F at p
  double value = 0;               // F(p)
  std::vector<double> dual;       // of the lowest bound
  double price = 0;               // of a unit of the budget, likewise
  double bound = 0;
  int passes = 0;
};

// MASKBENCH_CHECK: relaxation.curvature() gives nothing.
FractionalOptimum frank_wolfe(const Relaxation& relaxation, const FrankWolfeLimits& limits = {});

}  // namespace maskbench
