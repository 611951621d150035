// A relaxation's bound, lowered by steps on its dual: for relaxations whose dual is not affine and that give
// subgradients.
//
//   minimise over y   B(y) = intercept(y) + the largest slopes(y).p over feasible p
//   y <- y - theta (B(y) - known) / ||h||^2 h,   h = g + beta h,   g a subgradient of B at y
//
// Step: polyak1969minimization, with the best known value in place of the unknown minimum; theta is halved
// after a run of steps without a better bound, which goes back to the best y. Direction: beta = max(0, -1.5
// g.h/||h||^2), so that a step that would undo the last one is turned aside. Any y is a certificate, so that
// what is returned is a bound whatever the steps did.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "algorithms/core/objective.hpp"

namespace maskbench {

struct PolyakLimits {
  Index iterations = 1000;
  Index patience = 20;      // steps without a better bound before theta is halved
  double tolerance = 1e-9;  // stops where the bound is so near to the known value, relative to its size
};

struct PolyakBound {
  std::vector<double> dual;
  double price = 0;      // of a unit of the budget
  double bound = 0;      // relaxation.bound(dual, price)
  Index iterations = 0;  // done
};

// `known`: f of a feasible set. Starts at the dual of the even inclusion S/n, or at `start` where that is not
// empty. Nothing: the relaxation gives no subgradients. `stopping` is asked at every step.
std::optional<PolyakBound> polyak_bound(const Relaxation& relaxation, double known,
                                        const PolyakLimits& limits, const std::function<bool()>& stopping,
                                        std::vector<double> start = {});

}  // namespace maskbench
