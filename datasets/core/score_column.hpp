// A score column by its own values: float32 as most methods read it, and beside it float64 or 64-bit integers
// where float32 cannot hold them, so that what ranks, ranks the column's own order.
#pragma once

#include <span>

#include "datasets/core/types.hpp"

namespace maskbench {

// What float32 does not hold of a column; at most one is there. It costs eight bytes a row.
struct WideScore {
  std::span<const double> reals;
  std::span<const std::int64_t> integers;
  bool natural = false;  // an integer stands for itself plus 2^63

  bool empty() const { return reals.empty() && integers.empty(); }
};

class ScoreColumn {
 public:
  ScoreColumn() = default;
  ScoreColumn(std::span<const float> narrow, WideScore wide = {}) : narrow_(narrow), wide_(wide) {}

  bool wide() const { return !wide_.empty(); }
  bool empty() const { return size() == 0; }
  Index size() const {
    return static_cast<Index>(!wide_.reals.empty()      ? wide_.reals.size()
                              : !wide_.integers.empty() ? wide_.integers.size()
                                                        : narrow_.size());
  }

  // The nearest double.
  double operator[](Index i) const {
    if (!wide_.reals.empty()) return wide_.reals[static_cast<std::size_t>(i)];
    if (wide_.integers.empty()) return static_cast<double>(narrow_[static_cast<std::size_t>(i)]);
    const std::int64_t value = wide_.integers[static_cast<std::size_t>(i)];
    return wide_.natural ? static_cast<double>(static_cast<std::uint64_t>(value) + (std::uint64_t{1} << 63u))
                         : static_cast<double>(value);
  }

  // Exactly.
  bool less(Index a, Index b) const {
    if (wide_.integers.empty()) return (*this)[a] < (*this)[b];
    return wide_.integers[static_cast<std::size_t>(a)] < wide_.integers[static_cast<std::size_t>(b)];
  }

  // a's value less b's, rounded once; b's is not the larger.
  double above(Index a, Index b) const {
    if (wide_.integers.empty()) return (*this)[a] - (*this)[b];
    return static_cast<double>(static_cast<std::uint64_t>(wide_.integers[static_cast<std::size_t>(a)]) -
                               static_cast<std::uint64_t>(wide_.integers[static_cast<std::size_t>(b)]));
  }

 private:
  std::span<const float> narrow_;
  WideScore wide_;
};

}  // namespace maskbench
