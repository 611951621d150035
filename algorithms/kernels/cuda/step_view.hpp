// One DATAMASK step on a device (facts 1a, 1c, 2a): what its kernels touch; they are bodies for Team.
// Same words, keys, batches and masks as the CPU's step, bit for bit, given the same logits; rewards differ
// in the order of float32 sums.
//
//   batch_bodies.hpp    DrawBatch MarkBatch CountBatch ListBatch: Floyd's subset of random_subset()
//                       BatchTop BatchWeights: w = exp(L - max L)
//                       BatchBounds: times before and after the S_b-th clock of a mask
//   mask_bodies.hpp     SampleMasks: clocks before those times and, of those between, the smallest by radix
//   row_sum_bodies.hpp  RowSums SliceSquares MaskRewards: masked row sums; f of each mask
//   update_bodies.hpp   Advantages UpdateLogits: group normalisation; L += eta/G sum of A_j over a row's
//   masks
//
// Each element of an output has one owner thread (no float atomics); integer atomics: minimum, or, and count.
#pragma once

#include <Random123/philox.h>

#include <cmath>
#include <limits>

#include "algorithms/kernels/cuda/indexing.hpp"
#include "algorithms/kernels/cuda/team.hpp"
#include "datasets/arithmetic/canonical_math.hpp"

namespace maskbench::cuda {

inline constexpr int kWeightThreads = 256;  // of BatchWeights
inline constexpr double kNever = std::numeric_limits<double>::infinity();
inline constexpr double kNoTime = -1e300;        // its exp() is as good as 0
inline constexpr int kTopBlocks = 64;            // partial maxima of the batch's logits
inline constexpr std::int64_t kListWords = 256;  // words of marks that a block of ListBatch turns into places

struct StreamKey {
  std::uint32_t low = 0, high = 0;
};

// How many clocks of a batch ring by a time, on average, and the derivative by that time.
struct Ringing {
  double count = 0, slope = 0;
};
// Times that a mask's last clock very likely lies between; `soon` 0 and `late` infinite: no such times are
// known.
struct Bracket {
  double soon = 0, late = 0;
};
// Words below `sure` surely ring by `soon`, words above `last` surely after `late`.
struct WordBounds {
  std::uint32_t sure = 0, last = 0;
};

// Everything that the bodies touch; device memory but for the plain numbers.
struct StepView {
  StepShape shape;
  StreamKey batches, draws;
  double pair_factor = 0;  // b / (S_b (S_b - 1)); f = sum of linear over the mask - pair_factor ||s||^2
  double rate = 0;         // eta / G
  bool sample_deviation = false;

  const float* features = nullptr;       // uploaded rows x pitch
  const std::int32_t* row_of = nullptr;  // n: the uploaded row of a place
  const double* linear = nullptr;        // n: a q / S_b + b ||x||^2 / (S_b (S_b - 1))
  double* logits = nullptr;              // n
  std::uint64_t* step = nullptr;         // 1: the number of the step that runs

  std::uint32_t* first = nullptr;     // n: the first draw that gave a place
  std::uint32_t* marked = nullptr;    // row_words
  std::uint32_t* draw = nullptr;      // N_b
  std::uint32_t* counts = nullptr;    // list_blocks
  std::int32_t* batch = nullptr;      // N_b places, ascending
  std::int32_t* batch_row = nullptr;  // N_b uploaded rows
  double* top = nullptr;              // kTopBlocks
  double* weight = nullptr;           // N_b
  double* batch_linear = nullptr;     // N_b
  double* log_time = nullptr;  // 1: when S_b clocks ring on average, for weights exp(L), as of the last step
  double* next_log_time = nullptr;  // 1
  Ringing* ringing = nullptr;       // weight_blocks
  Bracket* bracket = nullptr;       // 1
  WordBounds* bounds = nullptr;     // N_b, and up to a multiple of 4
  std::uint64_t* keys = nullptr;    // G x N_b, bits of the clocks: positive doubles are ordered as integers
  std::uint32_t* positions = nullptr;  // G x N_b, of the keys
  std::uint32_t* mask_bits = nullptr;  // G x batch_words
  double* linear_reward = nullptr;     // G
  float* partial = nullptr;            // chunks x G x pitch
  double* squares = nullptr;           // G x slices
  double* reward = nullptr;            // G
  double* advantage = nullptr;         // G

  MASKBENCH_HD std::int64_t list_blocks() const { return ceil_div(shape.row_words(), kListWords); }
  MASKBENCH_HD std::int64_t weight_blocks() const { return ceil_div(shape.batch, kWeightThreads); }
};

struct Words {
  std::uint32_t word[4];
};
MASKBENCH_HD inline Words philox(StreamKey key, std::uint64_t i, std::uint64_t j) {  // Stream::block
  const r123::Philox4x32::ctr_type words =
      r123::Philox4x32{}({{static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(i >> 32),
                           static_cast<std::uint32_t>(j), static_cast<std::uint32_t>(j >> 32)}},
                         {{key.low, key.high}});
  return {{words[0], words[1], words[2], words[3]}};
}

// clock_key() of gumbel_topk.hpp, as bits.
MASKBENCH_HD inline std::uint64_t clock_bits(std::uint32_t word, double weight) {
  const double rest = (4294967295.5 - static_cast<double>(word)) * 0x1p-32;
  return std::bit_cast<std::uint64_t>(-canonical::log(rest) / weight);
}

}  // namespace maskbench::cuda
