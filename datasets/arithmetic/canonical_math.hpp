// exp and log from + - * / alone, so that keys and weights have the same bits on every machine (libm's differ
// in the last place). Relative error below 4e-16 on the ranges stated.
#pragma once

#include <bit>
#include <cstdint>

#include "datasets/arithmetic/host_device.hpp"

namespace maskbench::canonical {

// Natural logarithm of a normal positive number: x = 2^k m, log m = 2 atanh((m - 1)/(m + 1)) by its series.
MASKBENCH_HD inline double log(double x) {
  std::uint64_t bits = std::bit_cast<std::uint64_t>(x);
  // Offset so that m lies in [sqrt(1/2), sqrt(2)): 0x3fe6a09e667f3bcd is sqrt(1/2).
  const std::int64_t k = static_cast<std::int64_t>(bits - 0x3fe6a09e667f3bcdu) >> 52;
  bits -= static_cast<std::uint64_t>(k) << 52;
  const double f = std::bit_cast<double>(bits) - 1.0;
  const double s = f / (2.0 + f);
  const double z = s * s;
  double series = 1.0 / 23;
  series = series * z + 1.0 / 21;
  series = series * z + 1.0 / 19;
  series = series * z + 1.0 / 17;
  series = series * z + 1.0 / 15;
  series = series * z + 1.0 / 13;
  series = series * z + 1.0 / 11;
  series = series * z + 1.0 / 9;
  series = series * z + 1.0 / 7;
  series = series * z + 1.0 / 5;
  series = series * z + 1.0 / 3;
  const double kd = static_cast<double>(k);
  // ln 2 in two parts; the high one has 32 bits, so kd times it is exact.
  return kd * 0x1.62e42feep-1 + (2.0 * s + (2.0 * s * z * series + kd * 0x1.a39ef35793c76p-33));
}

// e^x for -700 <= x <= 700 (clamped): x = k ln 2 + r, Taylor series of e^r.
MASKBENCH_HD inline double exp(double x) {
  if (x < -700) x = -700;
  if (x > 700) x = 700;
  const double kd =
      static_cast<double>(static_cast<std::int64_t>(x * 0x1.71547652b82fep+0 + (x < 0 ? -0.5 : 0.5)));
  const double r = (x - kd * 0x1.62e42feep-1) - kd * 0x1.a39ef35793c76p-33;
  double series = 1.0 / 6227020800.0;
  series = series * r + 1.0 / 479001600.0;
  series = series * r + 1.0 / 39916800.0;
  series = series * r + 1.0 / 3628800.0;
  series = series * r + 1.0 / 362880.0;
  series = series * r + 1.0 / 40320.0;
  series = series * r + 1.0 / 5040.0;
  series = series * r + 1.0 / 720.0;
  series = series * r + 1.0 / 120.0;
  series = series * r + 1.0 / 24.0;
  series = series * r + 1.0 / 6.0;
  series = series * r + 0.5;
  const double power = 1.0 + (r + r * r * series);
  return power *
         std::bit_cast<double>(static_cast<std::uint64_t>(static_cast<std::int64_t>(kd) + 1023) << 52);
}

// 1 - e^-y for y >= 0, without cancellation at small y.
MASKBENCH_HD inline double one_minus_exp_minus(double y) {
  if (y > 0.125) return 1.0 - exp(-y);
  double series = 1.0 / 3628800.0;
  series = 1.0 / 362880.0 - y * series;
  series = 1.0 / 40320.0 - y * series;
  series = 1.0 / 5040.0 - y * series;
  series = 1.0 / 720.0 - y * series;
  series = 1.0 / 120.0 - y * series;
  series = 1.0 / 24.0 - y * series;
  series = 1.0 / 6.0 - y * series;
  series = 0.5 - y * series;
  return y * (1.0 - y * series);
}

}  // namespace maskbench::canonical
