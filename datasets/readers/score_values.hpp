// The numbers of a score column, kept as narrow as they allow: float32 where that holds every one of them,
// else 64-bit integers or float64.
#pragma once

#include <optional>
#include <vector>

#include "datasets/core/score_column.hpp"
#include "datasets/readers/scalar.hpp"

namespace maskbench {

class ScoreValues {
 public:
  std::vector<float> floats;  // while every value is one
  std::vector<std::int64_t> integers;
  std::vector<double> reals;
  bool natural = false;  // `integers` are values less 2^63

  void reserve(Index rows) { floats.reserve(static_cast<std::size_t>(rows)); }
  Index size() const { return static_cast<Index>(floats.size() + integers.size() + reals.size()); }

  void add(const Scalar& number);
  void add_real(double value);
  void add_integer(std::int64_t value);
  void add_natural(std::uint64_t value);  // above the largest int64

  void round();   // to float32, whatever it costs
  void negate();  // lower is better
  void set(Index row, double value);
  // The row of the least value among those that `counts` (rows, true: look at it); nothing where none does.
  std::optional<Index> lowest(const std::vector<bool>& counts) const;
  void copy(Index from, Index to);
  void keep(const std::vector<bool>& stays);  // drops the other rows

  ScoreColumn column() const;

 private:
  void to_reals();

  bool whole_ = true;  // all values are integers
};

}  // namespace maskbench
