#include "algorithms/relaxation/frank_wolfe.hpp"

#include <algorithm>
#include <limits>

#include "algorithms/kernels/rows.hpp"

namespace maskbench {
namespace {

// The feasible point of largest slope.
void vertex_of(const BestRows& rows, std::size_t n, std::vector<double>& out) {
  out.assign(n, 0.0);
  for (const Index c : rows.fits) out[c] += 1 - rows.share;
  for (const Index c : rows.over) out[c] += rows.share;
}

}  // namespace

FractionalOptimum frank_wolfe(const Relaxation& relaxation, const FrankWolfeLimits& limits) {
  const std::size_t n = relaxation.candidates().size();
  FractionalOptimum best;
  best.bound = std::numeric_limits<double>::infinity();
  best.inclusion.assign(n, n == 0 ? 0.0 : static_cast<double>(relaxation.picks()) / static_cast<double>(n));
  best.slope.resize(n);
  std::vector<double> dual = relaxation.dual(best.inclusion), vertex, step;
  double room = 0;  // between the first bound and F at the uniform point
  while (true) {
    relaxation.slopes(dual, best.slope);
    ++best.passes;
    best.value = relaxation.intercept(dual) + inner_product(best.slope, best.inclusion);
    const BestRows rows = relaxation.best(best.slope);
    if (const double bound = relaxation.bound(dual, rows.price, best.slope); bound < best.bound) {
      best.bound = bound;
      best.dual = dual;
      best.price = rows.price;
    }
    if (best.passes == 1) room = best.bound - best.value;
    const double gap = best.bound - best.value;
    if (best.passes >= limits.passes || gap <= limits.gap * room) return best;
    // The gap falls about as 1/passes, so both limits are shares of the way.
    const double done = std::max(static_cast<double>(best.passes) / limits.passes, limits.gap * room / gap);
    if (limits.go_on && !limits.go_on(done)) return best;

    vertex_of(rows, n, vertex);
    step = relaxation.dual(vertex);
    for (std::size_t k = 0; k < step.size(); ++k) step[k] -= dual[k];
    const std::optional<double> curvature = relaxation.curvature(step);
    MASKBENCH_CHECK(curvature.has_value(), "Frank-Wolfe needs affine duals");
    const double rise = inner_product(best.slope, vertex) - inner_product(best.slope, best.inclusion);
    if (rise <= 0) return best;
    const double length = *curvature <= 0 ? 1.0 : std::min(1.0, rise / (2 * *curvature));
    for (std::size_t c = 0; c < n; ++c) best.inclusion[c] += length * (vertex[c] - best.inclusion[c]);
    for (std::size_t k = 0; k < step.size(); ++k) dual[k] += length * step[k];
  }
}

}  // namespace maskbench
