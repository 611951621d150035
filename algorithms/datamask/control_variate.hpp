// A control variate for the policy gradient, from the objective's analytic gradient.
//
// With g = slopes of f at the current inclusion probabilities, h(M) = sum of g over the mask predicts f(M),
// and the gradient of E[h] is known (facts 2c). So the step uses
//
//   sum_j (A_j - b H_j) grad ln P(M_j)  +  G b d E[h]/dL,    H_j = h_j - mean h,   b = Cov(A, h)/Var(h) in
//   the group.
//
// Where the batch is the block, its expectation is that of sum_j A_j grad ln P(M_j) whatever g is, but for
// O(1/G), since b is fitted to the group, and for what clocks and softmax differ at small S: stale or rough
// slopes cost variance, not direction. E[h] is over masks of the whole block, not of the batch, so that it
// does not vary with the batch that was drawn.
#pragma once

#include <span>
#include <vector>

#include "algorithms/datamask/block_slopes.hpp"

namespace maskbench {

class ControlVariate {
 public:
  explicit ControlVariate(const BlockSlopes& slopes) : slopes_(slopes) {}

  // Takes what the slopes predict from the advantages; `places` of the batch among the block's rows. The
  // slopes are taken anew once a pass, whenever batches have walked as many rows as there are: true then.
  bool explain(std::span<const double> logits, std::span<const Index> places, const MaskSet& masks,
               std::span<double> advantage);

  // gradient += G b d E[h]/dL for the rows at `places`, of the last explain().
  void add_expectation(std::span<const double> logits, std::span<const Index> places, Index masks,
                       std::span<double> gradient);

 private:
  void refresh(std::span<const double> logits);

  const BlockSlopes& slopes_;
  std::vector<double> slope_;  // g, one a row
  Index walked_ = 0;           // rows of batches since the slopes were taken
  double largest_ = 0;         // logit then
  double time_ = 0;            // k of facts 2c then
  double mean_ = 0;            // of the slopes weighted by their rows' rates then
  double spread_ = 0;          // variance of h over masks of the block then
  double share_ =
      0;  // b, for the expectation at most 2 over the deviation that h has over masks of the block's law
  std::vector<double> prediction_, weight_, rate_;
};

}  // namespace maskbench
