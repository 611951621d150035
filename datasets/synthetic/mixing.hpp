// A random orthogonal map of R^d that costs O(d log d): twice (a random order, then a Walsh-Hadamard
// transform of the first p coordinates, then one of the last p, random signs before each), p the largest
// power of two <= d. Float32, order of sums fixed.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "datasets/core/random.hpp"

namespace maskbench {

class Mixing {
 public:
  Mixing(std::size_t d, const Stream& random);
  // `values` and `spare` hold d numbers each; the result is in `values`.
  void apply(std::span<float> values, std::span<float> spare) const;

 private:
  struct Round {
    std::vector<std::uint32_t> from;  // d: a permutation
    std::vector<float> first;         // d: signs, times 1/sqrt(p) where the first transform goes
    std::vector<float> last;          // p: signs times 1/sqrt(p); empty where p = d
  };
  std::size_t block_ = 1;  // p
  std::vector<Round> rounds_;
};

}  // namespace maskbench
