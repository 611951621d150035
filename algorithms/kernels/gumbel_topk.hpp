// Sampling without replacement in proportion to weights: the S smallest of independent exponential clocks,
// which is the Gumbel top-k trick (Plackett-Luce order; facts 1a).
#pragma once

#include <span>
#include <vector>

#include "algorithms/core/objective.hpp"
#include "datasets/core/random.hpp"

namespace maskbench {

// The clock of an item: -log(1 - v) / weight with v = (word + 1/2) / 2^32. Smaller rings first; ties by the
// smaller position.
double clock_key(std::uint32_t word, double weight);

// Positions in the order in which their clocks ring, the first `count`, drawn as number `draw` of the stream.
std::vector<std::int32_t> ordered_sample(const Stream& stream, std::uint64_t draw,
                                         std::span<const double> weight, Index count);

// Some clocks of a draw: positions, ascending, and their words where they matter. Room for more than `count`.
struct Rung {
  std::size_t count = 0;
  std::vector<std::int32_t> positions;
  std::vector<std::uint32_t> words;
};

// Draws many masks from the same weights. Weights are positive; the masks depend on (stream, first_draw,
// weights) only.
class MaskSampler {
 public:
  // Fills `out` with draws first_draw, first_draw + 1, ...; positions are in ringing order if `ordered`, else
  // ascending.
  void draw(const Stream& stream, std::uint64_t first_draw, std::span<const double> weight, Index masks,
            Index picked, bool ordered, MaskSet& out);

 private:
  struct Clock {
    double key;
    std::int32_t position;
    bool operator<(const Clock& other) const {
      return key != other.key ? key < other.key : position < other.position;
    }
  };

  struct Threshold {
    double time = 0;
    std::vector<std::uint32_t> words;  // one a row of the batch: about the largest that rings by that time
  };

  struct Scratch {
    std::vector<std::uint32_t> words;  // one a row of the batch
    Rung certain, open;                // clocks that are among the soonest; others that may be
    std::vector<std::int32_t> kept;
    std::vector<double> weight, keys, order;
    std::vector<Clock> clocks;
  };

  void aim(std::span<const double> weight, double target, double slack, Threshold& at);
  static bool take_soonest(std::span<const double> weight, std::size_t picked, bool ordered, double soon,
                           double late, Scratch& scratch, std::int32_t* out);
  void draw_one(const Stream& stream, std::uint64_t draw, std::span<const double> weight, Index picked,
                bool ordered, Scratch& scratch, std::int32_t* out) const;

  std::vector<Scratch> scratch_;  // one a thread
  Threshold soon_, late_;         // a few fewer than `picked` clocks ring by the one, a few more by the other
  std::vector<double> padded_;    // weights
};

}  // namespace maskbench
