// The inverse of the normal distribution, the same on every machine: from + - * / sqrt and
// canonical_math.hpp.
#pragma once

#include <cmath>

#include "datasets/arithmetic/canonical_math.hpp"

namespace maskbench::canonical {

// The z with P(N(0,1) < z) = q + 1/2, to 7 digits: algorithm AS 241 (PPND7), Wichura, Applied Statistics 37
// (1988). One formula for the middle, one for the tails up to probabilities of 1e-10; what is beyond is left
// out.
inline constexpr double kMiddle = 0.425;  // largest |q| of the middle

inline double inverse_normal_middle(double q) {
  const double r = 0.180625 - q * q;
  return q * (((59.109374720 * r + 159.29113202) * r + 50.434271938) * r + 3.3871327179) /
         (((67.187563600 * r + 78.757757664) * r + 17.895169469) * r + 1.0);
}

inline double inverse_normal_tail(double q) {
  const double r = std::sqrt(-log(0.5 - std::fabs(q))) - 1.6;
  const double z = (((0.17023821103 * r + 1.3067284816) * r + 2.7568153900) * r + 1.4234372777) /
                   ((0.12021132975 * r + 0.73700164250) * r + 1.0);
  return q < 0.0 ? -z : z;
}

// For 1e-10 <= u <= 1 - 1e-10.
inline double inverse_normal(double u) {
  const double q = u - 0.5;
  return std::fabs(q) <= kMiddle ? inverse_normal_middle(q) : inverse_normal_tail(q);
}

}  // namespace maskbench::canonical
