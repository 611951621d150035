// Upper bounds on greedy gains under quality + pairwise similarity, from gains known at an earlier sum
// (facts 8d):
//
//   gain_i(s) = gain_i(s0) - c x_i.(s - s0) <= gain_i(s0) - c (z_i.w - rho_i ||r||),   w = B (s - s0),  r = s
//   - s0 - B'w,
//
// where B holds a few orthonormal directions, z_i = B x_i, and rho_i is the length of what B leaves of x_i. A
// bound costs as many products as there are directions, not d. All bounds are rounded outward.
#pragma once

#include <span>
#include <vector>

#include "datasets/core/feature_rows.hpp"

namespace maskbench {

class GainBounds {
 public:
  // `rows` are the candidates; c = 2 (weight of the pairs) / (S(S-1)).
  GainBounds(const FeatureRows& features, std::span<const Index> rows, double c);

  // A sum s0 at which gains are known, and where the sum asked about lies from there.
  struct Base {
    std::vector<double> sum, frame;  // s0: d; B s0
    double slack = 0;                // how far a gain computed at s0 or since may be from the true one
    std::vector<float> along;        // w
    double across = 0, margin = 0;   // ||r||; what rounding may add to a bound
  };
  void move_to(std::span<const double> sum);  // bounds are asked here from now on; it outlives the asking
  Base base(double slack) const;              // at the sum moved to
  void follow(Base& base) const;              // brings it to the sum moved to

  // Bounds on the gains of `places` among the candidates, whose gains at the base were `known`.
  void of(const Base& base, std::span<const std::int32_t> places, std::span<const double> known,
          std::span<double> out) const;

  // A set of candidates at once: what no bound in it can exceed, at the cost of one candidate.
  struct Group {
    double highest = 0;  // bound among them when the group was made; minus infinity: nobody is in it
    std::vector<float> least, most;       // of z, a direction each
    float least_rest = 0, most_rest = 0;  // of rho
    std::vector<float> along;             // w then
    double across = 0;                    // ||r|| then
  };
  Group group(const Base& base) const;  // of nobody
  void join(Group& group, std::int32_t place, double bound) const;
  double of(const Base& base, const Group& group) const;

  static std::int64_t bytes(Index candidates, Index dims);

 private:
  double c_, longest_ = 0;
  std::vector<double> directions_;  // as many as there are x d
  std::vector<float> z_, rest_;     // a candidate: kDirections (zeros at the end), 1
  std::span<const double> sum_;     // moved to
  std::vector<double> frame_;       // B sum
  double error_ = 0;                // of an entry of the frame
};

}  // namespace maskbench
