#include "algorithms/relaxation/bound.hpp"

#include "algorithms/relaxation/frank_wolfe.hpp"
#include "algorithms/relaxation/polyak.hpp"

namespace maskbench {
namespace {

constexpr double kGap = 2e-6;  // of the way from the uniform point to the first bound

}  // namespace

ProvedBound lowest_bound(const Relaxation& relaxation, double known, int passes, const std::function<bool()>& stopping) {
  const std::vector<double> uniform(relaxation.candidates().size(), 0.0);
  const std::vector<double> dual = relaxation.dual(uniform);
  if (relaxation.curvature(dual)) {
    FractionalOptimum optimum = frank_wolfe(relaxation, {passes, kGap, [&](double) { return !stopping(); }});
    return {std::move(optimum.dual), optimum.bound};
  }
  PolyakLimits limits;
  limits.iterations = passes;
  if (auto bound = polyak_bound(relaxation, known, limits, stopping)) return {std::move(bound->dual), bound->bound};
  return {dual, relaxation.bound(dual)};  // no subgradients: any dual proves something
}

}  // namespace maskbench
