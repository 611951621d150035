// The sums behind DiSF's covariance form (covariance_greedy.cpp has the formulas): of a growing set, and of
// every row with it.
#pragma once

#include <span>
#include <vector>

#include "datasets/core/types.hpp"

namespace maskbench {

class CovarianceSums {
 public:
  // Columns are standardised over all rows, which are copied.
  CovarianceSums(MatrixView features, std::span<const Index> candidates);

  // How little each row would raise the sum of squared covariances of unlike columns: larger is better, O(d)
  // a row.
  std::vector<double> gains(std::span<const Index> rows) const;
  void add(Index row);  // O(m d + d^2) for m candidates

 private:
  const float* row(Index i) const { return z_.data() + i * dims_; }
  std::vector<double> product(std::span<const double> x) const;  // G x

  Index rows_, dims_;
  std::span<const Index> candidates_;
  std::vector<float> z_;                  // rows x dims
  std::vector<double> norm_, r_, q_, h_;  // a row: z.z, z.s, z'Gz, z'Gs
  std::vector<double> s_, g_, diagonal_;  // of the set: d, d x d, d
  double count_ = 0;
};

}  // namespace maskbench
