// Functions whose result is the same on every machine: built from + - * / sqrt alone, which IEEE 754 fixes to
// the last bit (the build turns contraction to fused multiply-add off), where libm's log and exp differ
// between versions.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace maskbench::synthetic_math {

// Natural logarithm of a normal x > 0; relative error about 1e-16.
inline double log(double x) {
  const auto bits = std::bit_cast<std::uint64_t>(x);
  auto exponent = static_cast<double>(static_cast<std::int64_t>(bits >> 52) - 1023);
  double mantissa = std::bit_cast<double>((bits & 0x000fffffffffffffu) | 0x3ff0000000000000u);
  if (mantissa > std::numbers::sqrt2) {
    mantissa *= 0.5;
    exponent += 1.0;
  }
  const double t = (mantissa - 1.0) / (mantissa + 1.0);  // log m = 2 (t + t^3/3 + t^5/5 + ...), |t| <= 0.172
  const double square = t * t;
  double sum = 1.0 / 21.0;
  for (int odd = 19; odd >= 1; odd -= 2) sum = sum * square + 1.0 / odd;
  return exponent * std::numbers::ln2 + 2.0 * t * sum;
}

// e^x for |x| < 700; relative error about 1e-15.
inline double exp(double x) {
  const double power = std::floor(x / std::numbers::ln2 + 0.5);
  const double rest = x - power * std::numbers::ln2;  // |rest| <= 0.35
  double sum = 1.0;
  for (int i = 14; i >= 1; --i) sum = 1.0 + sum * (rest / i);
  return std::ldexp(sum, static_cast<int>(power));
}

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

}  // namespace maskbench::synthetic_math
