// Sampling without replacement in proportion to weights: the S smallest of independent exponential clocks, which is the
// Gumbel top-k trick (Plackett-Luce order; paper-facts, Mathematics 1a).
#pragma once

#include <span>
#include <vector>

#include "algorithms/core/objective.hpp"
#include "datasets/core/random.hpp"

namespace maskbench {

// The clock of an item: -log(1 - v) / weight with v = (word + 1/2) / 2^32. Smaller rings first; ties by the smaller position.
double clock_key(std::uint32_t word, double weight);

// Positions in the order in which their clocks ring, the first `count`, drawn as number `draw` of the stream.
std::vector<std::int32_t> ordered_sample(const Stream& stream, std::uint64_t draw, std::span<const double> weight, Index count);

// Draws many masks from the same weights. Weights are positive; the masks depend on (stream, first_draw, weights) only.
class MaskSampler {
 public:
  // Fills `out` with draws first_draw, first_draw + 1, ...; positions are in ringing order if `ordered`, else ascending.
  void draw(const Stream& stream, std::uint64_t first_draw, std::span<const double> weight, Index masks, Index picked,
            bool ordered, MaskSet& out);

 private:
  struct Clock {
    double key;
    std::int32_t position;
    bool operator<(const Clock& other) const {
      return key != other.key ? key < other.key : position < other.position;
    }
  };

  double aim(std::span<const double> weight, Index picked);  // a time by which a few more than `picked` clocks ring
  void draw_one(const Stream& stream, std::uint64_t draw, std::span<const double> weight, double time, Index picked,
                std::vector<std::uint32_t>& words, std::vector<Clock>& clocks) const;

  std::vector<std::uint64_t> threshold_;  // a word below it rings before the time aimed at
};

}  // namespace maskbench
