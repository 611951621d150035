// IEEE 754 half precision to float32, exactly.
#pragma once

#include <bit>
#include <cstdint>

namespace maskbench {

inline float float_of_half(std::uint16_t bits) {
  const std::uint32_t sign = (bits & 0x8000u) << 16;
  const std::uint32_t exponent = (bits >> 10) & 0x1fu;
  const std::uint32_t fraction = bits & 0x3ffu;
  if (exponent == 0) {  // zero or subnormal: fraction * 2^-24
    const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
    return sign == 0 ? magnitude : -magnitude;
  }
  const std::uint32_t wide = exponent == 0x1fu ? 0xffu : exponent + 112;  // infinities and NaN keep all ones
  return std::bit_cast<float>(sign | (wide << 23) | (fraction << 13));
}

}  // namespace maskbench
