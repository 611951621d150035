// What facility location's parts share: the grid on which sums are exact, the oracle's arithmetic, and the
// greedy states.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <memory>
#include <span>

#include "algorithms/core/objective.hpp"

namespace maskbench::facility {

inline constexpr double kFloor = -1;  // f of the empty set

// Rounds to multiples of 2^-g: adding and subtracting 1.5 * 2^52 units leaves a whole number of them.
class Grid {
 public:
  explicit Grid(std::size_t rows) {
    const auto width =
        static_cast<int>(std::bit_width(std::max<std::size_t>(rows, 1) - 1));  // 2^width >= rows
    shift_ = std::ldexp(1.5, 52 - std::min(48, 51 - width));
  }
  double round(double similarity) const { return (std::max(similarity, kFloor) + shift_) - shift_; }
  void round_all(double* similarity, std::size_t count) const;

 private:
  double shift_;
};

// One similarity of the reference set's grid.
double similarity_of(MatrixView features, const Grid& grid, Index a, Index b);

// All similarities of float64 in memory where that takes at most `kernel_bytes`, else computed when they are
// wanted; gains are kept up to date, so that gain() is a look-up.
std::unique_ptr<GreedyState> start_exact(MatrixView features, std::span<const Index> reference,
                                         std::int64_t kernel_bytes, const GreedyStart& start);
std::int64_t exact_bytes(MatrixView features, std::size_t reference, std::size_t candidates,
                         std::int64_t kernel_bytes);

// Bounds of all similarities in 16 bits, for methods that ask for few gains: upper() is a pass over |V|
// codes, gain() computes the similarities that may exceed best_i, and no others. Values and gains have the
// bits of the other state's.
std::unique_ptr<GreedyState> start_compact(MatrixView features, std::span<const Index> reference,
                                           const GreedyStart& start);
std::int64_t compact_bytes(MatrixView features, std::size_t reference, std::size_t candidates);
std::int64_t compact_kernel_bytes(std::size_t reference, std::size_t candidates);  // the codes alone

// Of the pairs, only those nearer than the set is after the first pick (or than kept rows), with upper bounds
// of their similarities in lists. Where rows share a mean these are few: on web_sample 4 in 1,000. upper() is
// a walk over a row's list, gain() computes the similarities whose bound exceeds best_i. Gains and values
// have the bits of the other states'. The gains of the empty set come from the sum of all rows. A swap makes
// the lists anew.
std::unique_ptr<GreedyState> start_sparse(MatrixView features, std::span<const Index> reference,
                                          const GreedyStart& start);
// About what the lists will hold, from a sample of the candidates.
std::int64_t sparse_bytes(MatrixView features, std::span<const Index> reference,
                          std::span<const Index> candidates, std::span<const Index> items);

}  // namespace maskbench::facility
