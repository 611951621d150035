// A control variate for the policy gradient, from the objective's analytic gradient.
//
// With g = slopes of f at the current inclusion probabilities, h(M) = sum of g over the mask predicts f(M), and the gradient of
// E[h] is known (paper-facts 2c). So the step uses
//
//   sum_j (A_j - b H_j) grad ln P(M_j)  +  G b d E[h]/dL,    H_j = h_j - mean h,   b = Cov(A, h)/Var(h) in the group,
//
// whose expectation is that of sum_j A_j grad ln P(M_j) whatever g is, but for O(1/G), since b is fitted to the group, and for
// what clocks and softmax differ at small S. Its variance is smaller by what h explains: stale or rough slopes cost variance, not
// direction.
#pragma once

#include <span>
#include <vector>

#include "algorithms/datamask/block_slopes.hpp"

namespace maskbench {

class ControlVariate {
 public:
  explicit ControlVariate(const BlockSlopes& slopes) : slopes_(slopes) {}

  // Takes what the slopes predict from the advantages; `places` of the batch among the block's rows. The slopes are taken anew
  // once a pass, whenever batches have walked as many rows as there are: true then.
  bool explain(std::span<const double> logits, std::span<const Index> places, const MaskSet& masks, std::span<double> advantage);

  // gradient += G b d E[h]/dL.
  void add_expectation(std::span<const double> weight, const MaskSet& masks, std::span<double> gradient);

 private:
  void refresh(std::span<const double> logits);

  const BlockSlopes& slopes_;
  std::vector<double> slope_;                    // g, one a row
  std::vector<double> batch_slope_, prediction_, expectation_;
  Index walked_ = 0;                             // rows of batches since the slopes were taken
  double block_time_ = 0, batch_time_ = 0;       // k of paper-facts 2c
  double share_ = 0;                             // b
};

}  // namespace maskbench
