// Random numbers that depend on (seed, purpose, index) only: Philox 4x32-10, counter based (Salmon et al., SC
// 2011), so that a parallel loop draws the same numbers on any number of threads and on a device.
#pragma once

#include <Random123/philox.h>

#include <array>
#include <bit>
#include <cstdint>
#include <string_view>

namespace maskbench {

// A purpose's number from its name (FNV-1a), so that streams are named where they are used.
constexpr std::uint64_t purpose(std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return hash;
}

// A keyed family of random words; `block(i, j)` is a pure function.
class Stream {
 public:
  Stream(std::uint64_t seed, std::uint64_t purpose_number) {
    // One Philox round trip mixes (seed, purpose) into a key, so that no two purposes of a seed share words.
    const r123::Philox4x32::ctr_type mixed =
        r123::Philox4x32{}({{static_cast<std::uint32_t>(purpose_number),
                             static_cast<std::uint32_t>(purpose_number >> 32), 0x4d61736bu, 0}},
                           {{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)}});
    key_ = {{mixed[0], mixed[1]}};
  }

  // Four words at counter (i, j).
  std::array<std::uint32_t, 4> block(std::uint64_t i, std::uint64_t j = 0) const {
    const r123::Philox4x32::ctr_type words =
        r123::Philox4x32{}({{static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(i >> 32),
                             static_cast<std::uint32_t>(j), static_cast<std::uint32_t>(j >> 32)}},
                           key_);
    return {words[0], words[1], words[2], words[3]};
  }

  std::uint64_t word(std::uint64_t i, std::uint64_t j = 0) const {
    const auto words = block(i, j);
    return static_cast<std::uint64_t>(words[0]) | (static_cast<std::uint64_t>(words[1]) << 32);
  }

  // Uniform in (0, 1), 53 bits, never 0 or 1.
  double uniform(std::uint64_t i, std::uint64_t j = 0) const {
    return (static_cast<double>(word(i, j) >> 11) + 0.5) * 0x1p-53;
  }

  // Uniform in {0, ..., bound - 1}: 64-bit multiply-high, bias below bound / 2^64.
  std::uint64_t below(std::uint64_t bound, std::uint64_t i, std::uint64_t j = 0) const {
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::uint64_t>((static_cast<Wide>(word(i, j)) * bound) >> 64);
  }

  const r123::Philox4x32::key_type& key() const { return key_; }

  // An independent stream for sub-task `number` (a block, a restart, an inner selector).
  Stream split(std::uint64_t number) const {
    return Stream(static_cast<std::uint64_t>(key_[0]) | (static_cast<std::uint64_t>(key_[1]) << 32),
                  number ^ 0x5eed5eedu);
  }

 private:
  r123::Philox4x32::key_type key_{};
};

}  // namespace maskbench
