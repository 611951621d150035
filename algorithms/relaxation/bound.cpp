#include "algorithms/relaxation/bound.hpp"

#include "algorithms/relaxation/frank_wolfe.hpp"
#include "algorithms/relaxation/polyak.hpp"

namespace maskbench {
namespace {

constexpr double kGap = 2e-6;  // of the way from the uniform point to the first bound

}  // namespace

ProvedBound lowest_bound(const Relaxation& relaxation, double known, int passes,
                         const std::function<bool()>& stopping) {
  if (relaxation.curvature({})) {
    FractionalOptimum optimum = frank_wolfe(relaxation, {passes, kGap, [&](double) { return !stopping(); }});
    return {std::move(optimum.dual), optimum.price, optimum.bound};
  }
  PolyakLimits limits;
  limits.iterations = passes;
  if (auto bound = polyak_bound(relaxation, known, limits, stopping))
    return {std::move(bound->dual), bound->price, bound->bound};
  std::vector<double> dual = relaxation.dual(std::vector<double>(relaxation.candidates().size(), 0.0));
  std::vector<double> slope(relaxation.candidates().size());
  relaxation.slopes(dual, slope);
  const double price = relaxation.best(slope).price;
  const double bound = relaxation.bound(dual, price, std::move(slope));
  return {std::move(dual), price, bound};  // no subgradients: any dual proves something
}

}  // namespace maskbench
