#include "algorithms/objectives/disf/disf_scorer.hpp"

#include <algorithm>
#include <cmath>

#include "algorithms/kernels/rows.hpp"
#include "algorithms/kernels/worth_threads.hpp"

namespace maskbench {
namespace {

// Moments lose a factor of mean^2 / variance in precision: ten bits of 53 may go.
constexpr double kMostLost = 1024;

}  // namespace

void DisfScorer::score(std::span<const Index> batch, const MaskSet& masks, std::span<double> rewards) {
#pragma omp parallel if (worth_threads(masks.items.size(), static_cast <std::size_t>(masks.picked), \
                                       form_.dims()))
  {
    Memory memory;
    memory.rows.resize(masks.picked);
#pragma omp for schedule(dynamic)
    for (Index mask = 0; mask < masks.masks; ++mask) {
      const std::int32_t* const items = masks.items.data() + mask * masks.picked;
      for (std::size_t k = 0; k < memory.rows.size(); ++k) memory.rows[k] = batch[items[k]];
      rewards[mask] = reward(memory);
    }
  }
}

double DisfScorer::reward(Memory& memory) const {
  const auto count = static_cast<Index>(memory.rows.size());
  if (count < 2) return 0;
  if (count < form_.dims()) return by_gram(memory);
  if (!form_.frozen()) {
    if (const auto found = by_moments(memory)) return *found;
  }
  return one_by_one(memory);
}

std::optional<double> DisfScorer::by_moments(Memory& memory) const {
  const std::size_t dims = form_.dims(), width = form_.width();
  const auto count = static_cast<Index>(memory.rows.size());
  memory.products.assign(width * width, 0.0);
  memory.left.assign(width, 0.0);
  memory.scale.assign(width, 0.0);
  add_moments(form_.features(), memory.rows, memory.packed, memory.products.data());
  std::vector<double> sum = row_sum(form_.features(), memory.rows);
  sum.resize(width, 0.0);
  const double n = static_cast<double>(count), floor = DisfForm::kEpsilon * (n - 1);
  for (std::size_t k = 0; k < dims; ++k) {
    memory.left[k] = -sum[k] / n;
    const double raw = memory.products[k * width + k], base = floor + (raw + memory.left[k] * sum[k]);
    if (raw > kMostLost * base) return std::nullopt;
    memory.scale[k] = 1.0 / base;
  }
  const RankOne centring{memory.left.data(), sum.data(), memory.scale.data()};
  return form_.scaled(off_diagonal_squares(memory.products.data(), form_.width(), centring), count);
}

double DisfScorer::by_gram(Memory& memory) const {
  const std::size_t dims = form_.dims();
  const auto count = static_cast<Index>(memory.rows.size()), side = padded(count);
  const double n = static_cast<double>(count), floor = DisfForm::kEpsilon * (n - 1);
  memory.left.resize(dims);  // squares of the centred columns
  double diagonal = 0;       // squares of Z'Z there
  if (form_.frozen()) {
    memory.mean.assign(form_.mean().begin(), form_.mean().end());
    memory.scale.assign(form_.scale().begin(), form_.scale().end());
  } else {
    memory.mean = row_sum(form_.features(), memory.rows);
    for (double& entry : memory.mean) entry /= n;
    memory.scale.resize(dims);
  }
  centred_squares(form_.features(), memory.rows, memory.mean.data(), memory.left.data());
  for (std::size_t k = 0; k < dims; ++k) {
    if (!form_.frozen()) memory.scale[k] = 1.0 / std::sqrt(floor + memory.left[k]);
    const double own = memory.left[k] * memory.scale[k] * memory.scale[k];
    diagonal += own * own;
  }
  memory.products.assign(side * side, 0.0);
  add_gram(form_.features(), memory.rows, memory.mean.data(), memory.scale.data(), memory.packed,
           memory.products.data());
  memory.left.assign(2 * side, 0.0);
  const double* const zero = memory.left.data();
  double* const one = memory.left.data() + side;
  std::fill_n(one, side, 1.0);
  const double above = off_diagonal_squares(memory.products.data(), side, {zero, zero, one});
  double own = 0;
  for (Index t = 0; t < count; ++t) {
    const double entry = memory.products[t * side + t];
    own += entry * entry;
  }
  return form_.scaled(above + (own - diagonal) / 2, count);
}

double DisfScorer::one_by_one(Memory& memory) const {
  DisfSums sums = form_.none();
  form_.add(sums, memory.rows);
  return form_.value(sums, static_cast<Index>(memory.rows.size()));
}

}  // namespace maskbench
