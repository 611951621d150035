#include "algorithms/relaxation/polyak.hpp"

#include <limits>

#include "algorithms/kernels/largest_places.hpp"
#include "algorithms/kernels/rows.hpp"

namespace maskbench {
std::optional<PolyakBound> polyak_bound(const Relaxation& relaxation, double known,
                                        const PolyakLimits& limits, const std::function<bool()>& stopping,
                                        std::vector<double> start) {
  const std::size_t n = relaxation.candidates().size();
  if (start.empty()) {
    const double share = n == 0 ? 0 : static_cast<double>(relaxation.picks()) / static_cast<double>(n);
    start = relaxation.dual(std::vector<double>(n, share));
  }
  std::vector<double> y = std::move(start), slope(n), subgradient(y.size()), direction(y.size(), 0.0);
  std::vector<Index> chosen;
  PolyakBound best{y, std::numeric_limits<double>::infinity(), 0};
  double theta = 1;
  Index waited = 0;
  for (; best.iterations < limits.iterations && theta > 1e-6 && !stopping(); ++best.iterations) {
    relaxation.slopes(y, slope);
    largest_places(slope, relaxation.picks(), chosen);
    double value = relaxation.intercept(y);
    for (const Index c : chosen) value += slope[c];
    if (value < best.bound) {
      best.bound = value;
      best.dual = y;
      waited = 0;
    } else if (++waited >= limits.patience) {
      waited = 0;
      theta /= 2;
      y = best.dual;
      std::fill(direction.begin(), direction.end(), 0.0);
      continue;
    }
    if (value - known <= limits.tolerance * std::abs(known)) break;
    if (!relaxation.dual_subgradient(y, chosen, subgradient)) return std::nullopt;
    const double length = inner_product(direction, direction);
    const double beta =
        length > 0 ? std::max(0.0, -1.5 * inner_product(subgradient, direction) / length) : 0.0;
    for (std::size_t k = 0; k < y.size(); ++k) direction[k] = subgradient[k] + beta * direction[k];
    const double norm = inner_product(direction, direction);
    if (norm == 0) break;  // y is optimal
    const double step = theta * (value - known) / norm;
    for (std::size_t k = 0; k < y.size(); ++k) y[k] -= step * direction[k];
  }
  best.bound = relaxation.bound(best.dual);
  return best;
}

}  // namespace maskbench
