#include "algorithms/relaxation/polyak.hpp"

#include <limits>

#include "algorithms/kernels/rows.hpp"

namespace maskbench {
namespace {

double sum_over(std::span<const double> slope, std::span<const Index> places) {
  double sum = 0;
  for (const Index c : places) sum += slope[c];
  return sum;
}

// At the feasible point of largest slope, which may be a mean of two sets.
bool subgradient_at(const Relaxation& relaxation, std::span<const double> y, const BestRows& rows,
                    std::span<double> out) {
  if (!relaxation.dual_subgradient(y, rows.fits, out)) return false;
  if (rows.over.empty()) return true;
  std::vector<double> over(out.size());
  relaxation.dual_subgradient(y, rows.over, over);
  for (std::size_t k = 0; k < out.size(); ++k) out[k] += rows.share * (over[k] - out[k]);
  return true;
}

}  // namespace

std::optional<PolyakBound> polyak_bound(const Relaxation& relaxation, double known,
                                        const PolyakLimits& limits, const std::function<bool()>& stopping,
                                        std::vector<double> start) {
  const std::size_t n = relaxation.candidates().size();
  if (start.empty()) {
    const double share = n == 0 ? 0 : static_cast<double>(relaxation.picks()) / static_cast<double>(n);
    start = relaxation.dual(std::vector<double>(n, share));
  }
  std::vector<double> y = std::move(start), slope(n), subgradient(y.size()), direction(y.size(), 0.0);
  PolyakBound best{y, 0, std::numeric_limits<double>::infinity(), 0};
  double theta = 1;
  Index waited = 0;
  for (; best.iterations < limits.iterations && theta > 1e-6 && !stopping(); ++best.iterations) {
    relaxation.slopes(y, slope);
    const BestRows rows = relaxation.best(slope);
    double value = relaxation.intercept(y);
    for (const Index c : rows.fits) value += slope[c];
    if (!rows.over.empty()) value += rows.share * (sum_over(slope, rows.over) - sum_over(slope, rows.fits));
    if (value < best.bound) {
      best.bound = value;
      best.dual = y;
      best.price = rows.price;
      waited = 0;
    } else if (++waited >= limits.patience) {
      waited = 0;
      theta /= 2;
      y = best.dual;
      std::fill(direction.begin(), direction.end(), 0.0);
      continue;
    }
    if (value - known <= limits.tolerance * std::abs(known)) break;
    if (!subgradient_at(relaxation, y, rows, subgradient)) return std::nullopt;
    const double length = inner_product(direction, direction);
    const double beta =
        length > 0 ? std::max(0.0, -1.5 * inner_product(subgradient, direction) / length) : 0.0;
    for (std::size_t k = 0; k < y.size(); ++k) direction[k] = subgradient[k] + beta * direction[k];
    const double norm = inner_product(direction, direction);
    if (norm == 0) break;  // y is optimal
    const double step = theta * (value - known) / norm;
    for (std::size_t k = 0; k < y.size(); ++k) y[k] -= step * direction[k];
  }
  best.bound = relaxation.bound(best.dual, best.price);
  return best;
}

}  // namespace maskbench
