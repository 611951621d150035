// Upper bounds on greedy gains under quality + pairwise similarity, from gains known at an earlier sum (paper-facts 8d):
//
//   gain_i(s) = gain_i(s0) - c x_i.(s - s0) <= gain_i(s0) - c (z_i.w - rho_i ||r||),   w = B (s - s0),  r = s - s0 - B'w,
//
// where B holds a few orthonormal directions, z_i = B x_i, and rho_i is the length of what B leaves of x_i. A bound costs as
// many products as there are directions, not d. All bounds are rounded outward.
#pragma once

#include <span>
#include <vector>

#include "datasets/core/types.hpp"

namespace maskbench {

class GainBounds {
 public:
  // `rows` are the candidates; c = 2 (weight of the pairs) / (S(S-1)).
  GainBounds(MatrixView features, std::span<const Index> rows, double c);

  // The gains at `sum`, from now on the known ones. `slack`: how far a computed gain may be from the true one.
  void refresh(std::vector<double> gains, std::span<const double> sum, double slack);
  void move_to(std::span<const double> sum);  // where bounds are asked

  void of(std::span<const std::int32_t> places, std::span<double> out) const;  // at the sum moved to
  double known(std::int32_t place) const { return gains_[static_cast<std::size_t>(place)]; }

  // A set of candidates at once: what no bound in it can exceed, at the cost of one candidate. `highest`: the largest bound
  // among them when the group was made.
  struct Group {
    double highest = 0;  // minus infinity: nobody is in it
    std::vector<double> least, most;  // of z, a direction each
    double least_rest = 0, most_rest = 0;  // of rho
    std::vector<double> along;             // w then
    double across = 0;                     // ||r|| then
  };
  Group group(std::span<const std::int32_t> places, std::span<const double> bounds) const;
  double of(const Group& group) const;

  static std::int64_t bytes(Index candidates, Index dims);

 private:
  double c_, slack_ = 0, longest_ = 0;
  std::vector<double> directions_;  // as many as there are x d
  std::vector<float> z_, rest_;     // a candidate: kDirections (zeros at the end), 1
  std::vector<double> gains_, from_;
  std::vector<double> along_;  // kDirections
  double across_ = 0, margin_ = 0;
};

}  // namespace maskbench
