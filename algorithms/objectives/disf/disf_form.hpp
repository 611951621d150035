// DiSF's arithmetic: what rows add up to, and the function of it. See disf.cpp for the formulas.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "algorithms/objectives/disf/correlation.hpp"
#include "datasets/core/feature_rows.hpp"
#include "datasets/core/params.hpp"

namespace maskbench {

enum class Standardise { in_set, frozen };
constexpr std::array<const char*, 2> names(Standardise) {
  return {"in_set", "frozen"};
}

struct DisfParams {
  Standardise standardise = Standardise::in_set;
  bool released_scale = false;

  template <class Visit>
  void fields(Visit&& visit) {
    visit("standardise", standardise, names_of<Standardise>,
          "mean and scale: of the set itself, or of all rows once");
    visit("released_scale", released_scale, any(),
          "divide the sum by 10000, as the released code does, not by d(d-1)");
  }
};

// What rows have added up to.
struct DisfSums {
  Index count = 0;
  std::vector<double> mean;      // width; in_set only
  std::vector<double> products;  // width x width, from the diagonal on
};

class DisfForm {
 public:
  static constexpr double kEpsilon = 1e-8;
  static constexpr Index kChunk = 256;  // rows added at a time

  DisfForm(const DisfParams& params, const FeatureRows& features);

  bool frozen() const { return frozen_; }
  Index dims() const { return features_.cols; }
  Index rows() const { return features_.rows; }
  Index width() const { return width_; }
  MatrixView features() const { return features_.in_memory(); }
  const FeatureRows& feature_rows() const { return features_; }

  DisfSums none() const;

  // left and right of a row that comes after `count` others with this mean; entries past d stay as they are
  // (zero).
  void step(Index row, Index count, const double* mean, double* left, double* right) const {
    step(RowReader(features_).row(row), count, mean, left, right);
  }
  void step(const float* x, Index count, const double* mean, double* left, double* right) const;

  void add(DisfSums& sums, std::span<const Index> rows) const;

  // One a column, for `count` rows whose sums of products are those of `sums` plus left[k] right[l]; zero
  // past d.
  void weigh(const DisfSums& sums, Index count, const double* left, const double* right,
             double* weight) const;

  double value(const DisfSums& sums, Index size) const;

  // Frozen only: sums over `rows`, p_i their weights (empty: all 1), z_i standardised. Rows of weight 0 cost
  // nothing.
  struct Weighted {
    std::vector<double> first;   // sum of p_i z_i: d
    std::vector<double> second;  // sum of p_i z_i z_i': width x width, from the diagonal on
  };
  Weighted weighted(std::span<const Index> rows, std::span<const double> weight) const;

  // Frozen only: d of each.
  double deviation(Index k) const { return 1 / scale_[k]; }
  std::span<const double> mean() const { return mean_; }
  std::span<const double> scale() const { return scale_; }  // 1/deviation

  // f from the squares above the diagonal.
  double scaled(double squares, Index size) const;

 private:
  // Mean and 1/sqrt(variance + eps) of all rows, column by column in row order.
  void standardise_all();

  FeatureRows features_;
  Index width_;  // d, padded
  bool frozen_;
  double pairs_;
  std::vector<double> mean_, scale_;  // d; frozen only
};

}  // namespace maskbench
