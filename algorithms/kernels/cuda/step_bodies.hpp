// The kernels of one DATAMASK step (paper-facts 1a, 1c, 2a), each a body for Team. Same words, same keys, same batches and
// same masks as the CPU's step, bit for bit, given the same logits; rewards differ in the order of float32 sums.
//
//   DrawBatch MarkBatch CountBatch ListBatch   the step's batch: Floyd's subset of random_subset(), in parallel
//   BatchTop BatchWeights                      w = exp(L - max L)
//   SampleMasks                                keys of a mask, its S_b-th smallest by radix, the mask's bits
//   TransposeMasks RowSums MaskRewards         bits by row; masked row sums; f of each mask
//   Advantages UpdateLogits                    group normalisation; L += eta/G sum of A_j over the masks that hold a row
//
// Each element of an output has one owner thread (no float atomics); integer atomics are minimum, or, and count.
#pragma once

#include <Random123/philox.h>

#include <cmath>

#include "datasets/arithmetic/canonical_math.hpp"
#include "algorithms/kernels/cuda/indexing.hpp"
#include "algorithms/kernels/cuda/team.hpp"

namespace maskbench::cuda {

inline constexpr int kTopBlocks = 64;           // partial maxima of the batch's logits
inline constexpr std::int64_t kListWords = 1024;  // words of marks that a block of ListBatch turns into places

struct StreamKey {
  std::uint32_t low = 0, high = 0;
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

  std::uint32_t* first = nullptr;   // n: the first draw that gave a place
  std::uint32_t* marked = nullptr;  // row_words
  std::uint32_t* draw = nullptr;    // N_b
  std::uint32_t* counts = nullptr;  // list_blocks
  std::int32_t* batch = nullptr;      // N_b places, ascending
  std::int32_t* batch_row = nullptr;  // N_b uploaded rows
  double* top = nullptr;              // kTopBlocks
  double* weight = nullptr;           // N_b
  std::uint64_t* keys = nullptr;         // G x N_b, bits of the clocks: positive doubles are ordered as integers
  std::uint32_t* mask_bits = nullptr;    // G x batch_words
  std::uint32_t* row_bits = nullptr;     // N_b x groups
  double* linear_reward = nullptr;       // G
  float* partial = nullptr;              // chunks x G x pitch
  double* reward = nullptr;              // G
  double* advantage = nullptr;           // G

  MASKBENCH_HD std::int64_t list_blocks() const { return ceil_div(shape.row_words(), kListWords); }
};

struct Words {
  std::uint32_t word[4];
};
MASKBENCH_HD inline Words philox(StreamKey key, std::uint64_t i, std::uint64_t j) {  // Stream::block
  const r123::Philox4x32::ctr_type words = r123::Philox4x32{}(
      {{static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(i >> 32), static_cast<std::uint32_t>(j),
        static_cast<std::uint32_t>(j >> 32)}},
      {{key.low, key.high}});
  return {{words[0], words[1], words[2], words[3]}};
}

// clock_key() of gumbel_topk.hpp, as bits.
MASKBENCH_HD inline std::uint64_t clock_bits(std::uint32_t word, double weight) {
  const double rest = (4294967295.5 - static_cast<double>(word)) * 0x1p-32;
  return std::bit_cast<std::uint64_t>(-canonical::log(rest) / weight);
}

// Draw i of Floyd's algorithm: a place of {0 .. last}, last = n - N_b + i. Blocks: N_b / 256.
struct DrawBatch : Threads<256> {
  using Shared = NoShared;
  StepView v;
  MASKBENCH_HD void operator()(const Team& team, Shared&) const {
    team.each([&](int t) {
      const std::int64_t i = team.block * kThreads + t;
      if (i >= v.shape.batch) return;
      const auto last = static_cast<std::uint64_t>(v.shape.rows - v.shape.batch + i);
      const Words words = philox(v.batches, last, *v.step);
      const std::uint64_t wide = static_cast<std::uint64_t>(words.word[0]) | static_cast<std::uint64_t>(words.word[1]) << 32;
      const auto place = static_cast<std::uint32_t>(multiply_high(wide, last + 1));
      v.draw[i] = place;
      atomic_min(v.first + place, static_cast<std::uint32_t>(i));
    });
  }
};

// Floyd takes `last` where the place drawn is taken already: by an earlier draw of the same place, or since the place is
// the `last` of an earlier draw that took it, which is the same question about that draw. Blocks: N_b / 256.
struct MarkBatch : Threads<256> {
  using Shared = NoShared;
  StepView v;
  MASKBENCH_HD void operator()(const Team& team, Shared&) const {
    team.each([&](int t) {
      const std::int64_t i = team.block * kThreads + t;
      if (i >= v.shape.batch) return;
      const std::int64_t base = v.shape.rows - v.shape.batch;
      bool taken = false;
      for (std::int64_t at = i;;) {
        const std::uint32_t place = v.draw[at];
        taken = v.first[place] != static_cast<std::uint32_t>(at);
        const std::int64_t before = static_cast<std::int64_t>(place) - base;  // the draw whose `last` it is
        if (taken || before < 0 || before >= at) break;
        at = before;
      }
      const auto chosen = taken ? static_cast<std::uint32_t>(base + i) : v.draw[i];
      atomic_or(v.marked + chosen / kWord, 1u << (chosen % kWord));
    });
  }
};

inline constexpr int kListThreads = 256;
inline constexpr int kListOwn = static_cast<int>(kListWords) / kListThreads;  // words of a thread

MASKBENCH_HD inline std::uint32_t marks_of(const StepView& v, std::int64_t block, int t) {
  std::uint32_t count = 0;
  for (int k = 0; k < kListOwn; ++k) {
    const std::int64_t word = block * kListWords + t * kListOwn + k;
    if (word < v.shape.row_words()) count += static_cast<std::uint32_t>(count_bits(v.marked[word]));
  }
  return count;
}

// Blocks: list_blocks.
struct CountBatch : Threads<kListThreads> {
  struct Shared {
    std::uint32_t part[kListThreads];
  };
  StepView v;
  MASKBENCH_HD void operator()(const Team& team, Shared& shared) const {
    team.each([&](int t) { shared.part[t] = marks_of(v, team.block, t); });
    tree_sum(team, shared.part);
    team.each([&](int t) {
      if (t == 0) v.counts[team.block] = shared.part[0];
    });
  }
};

// The marked places in ascending order. Blocks: list_blocks.
struct ListBatch : Threads<kListThreads> {
  struct Shared {
    std::uint32_t part[kListThreads];
    std::uint32_t scan[2][kListThreads];
  };
  StepView v;
  MASKBENCH_HD void operator()(const Team& team, Shared& shared) const {
    team.each([&](int t) {  // places of the blocks before
      shared.part[t] = 0;
      for (std::int64_t block = t; block < team.block; block += kThreads) shared.part[t] += v.counts[block];
      shared.scan[0][t] = marks_of(v, team.block, t);
    });
    tree_sum(team, shared.part);
    int from = 0;
    for (int reach = 1; reach < kThreads; reach *= 2) {  // inclusive prefix sums
      team.each([&](int t) {
        shared.scan[1 - from][t] = shared.scan[from][t] + (t >= reach ? shared.scan[from][t - reach] : 0u);
      });
      from = 1 - from;
    }
    team.each([&](int t) {
      std::int64_t at = static_cast<std::int64_t>(shared.part[0]) + (t > 0 ? shared.scan[from][t - 1] : 0u);
      for (int k = 0; k < kListOwn; ++k) {
        const std::int64_t word = team.block * kListWords + t * kListOwn + k;
        if (word >= v.shape.row_words()) break;
        for (std::uint32_t bits = v.marked[word]; bits != 0; bits &= bits - 1) {
          const auto place = static_cast<std::int32_t>(word * kWord + lowest_bit(bits));
          v.batch[at] = place;
          v.batch_row[at] = v.row_of[place];
          ++at;
        }
      }
    });
  }
};

// Blocks: kTopBlocks.
struct BatchTop : Threads<256> {
  struct Shared {
    double part[256];
  };
  StepView v;
  MASKBENCH_HD void operator()(const Team& team, Shared& shared) const {
    team.each([&](int t) {
      double most = v.logits[v.batch[0]];
      for (std::int64_t b = team.block * kThreads + t; b < v.shape.batch; b += std::int64_t{kTopBlocks} * kThreads) {
        const double logit = v.logits[v.batch[b]];
        if (logit > most) most = logit;
      }
      shared.part[t] = most;
    });
    for (int half = kThreads / 2; half > 0; half /= 2) {
      team.each([&](int t) {
        if (t < half && shared.part[t + half] > shared.part[t]) shared.part[t] = shared.part[t + half];
      });
    }
    team.each([&](int t) {
      if (t == 0) v.top[team.block] = shared.part[0];
    });
  }
};

// Blocks: N_b / 256.
struct BatchWeights : Threads<256> {
  using Shared = NoShared;
  StepView v;
  MASKBENCH_HD void operator()(const Team& team, Shared&) const {
    team.each([&](int t) {
      const std::int64_t b = team.block * kThreads + t;
      if (b >= v.shape.batch) return;
      double most = v.top[0];
      for (int k = 1; k < kTopBlocks; ++k) {
        if (v.top[k] > most) most = v.top[k];
      }
      v.weight[b] = canonical::exp(v.logits[v.batch[b]] - most);
    });
  }
};

// One block a mask: its N_b clocks, the S_b-th smallest of them by digits of 12 bits, and a bit for each that is not later;
// ties by the smaller position. With float64 at half the rate of float32, a logarithm a clock costs less than the Newton
// steps and second look of threshold sampling (paper-facts 8e), which serve the CPU.
struct SampleMasks : Threads<1024> {
  static constexpr int kBins = 4096, kOwnBins = kBins / kThreads;
  struct Shared {
    std::uint32_t bins[kBins];
    std::uint32_t scan[2][kThreads];
    double part[kThreads];
    std::uint64_t prefix;               // of the key sought, from bit `shift` up
    std::uint32_t digit, before, held;  // of the digit found: its value, keys below it, keys with it
    std::uint32_t left;                 // keys still to take among those with this prefix
  };
  StepView v;

  MASKBENCH_HD void operator()(const Team& team, Shared& shared) const {
    const std::int64_t batch = v.shape.batch, words = v.shape.batch_words();
    std::uint64_t* const keys = v.keys + team.block * batch;
    std::uint32_t* const bits = v.mask_bits + team.block * words;
    const std::uint64_t draw = *v.step * static_cast<std::uint64_t>(v.shape.masks) + static_cast<std::uint64_t>(team.block);

    team.each([&](int t) {
      for (std::int64_t quad = t; quad < ceil_div(batch, 4); quad += kThreads) {
        const Words four = philox(v.draws, static_cast<std::uint64_t>(quad), draw);
        for (int k = 0; k < 4; ++k) {
          const std::int64_t b = 4 * quad + k;
          if (b < batch) keys[b] = clock_bits(four.word[k], v.weight[b]);
        }
      }
      for (std::int64_t word = t; word < words; word += kThreads) bits[word] = 0;
    });

    take_smallest(team, shared, keys, bits);
    team.each([&](int t) {
      double sum = 0;
      for (std::int64_t word = t; word < words; word += kThreads) {
        for (std::uint32_t left = bits[word]; left != 0; left &= left - 1) {
          sum += v.linear[v.batch[word * kWord + lowest_bit(left)]];
        }
      }
      shared.part[t] = sum;
    });
    tree_sum(team, shared.part);
    team.each([&](int t) {
      if (t == 0) v.linear_reward[team.block] = shared.part[0];
    });
  }

  // A bit for each of the S_b smallest keys; `bits` are zeros before.
  MASKBENCH_HD void take_smallest(const Team& team, Shared& shared, const std::uint64_t* keys, std::uint32_t* bits) const {
    team.each([&](int t) {
      if (t != 0) return;
      shared.prefix = 0;
      shared.left = static_cast<std::uint32_t>(v.shape.picked);
    });
    int above = 63, shift = 51;  // a positive double is below 2^63
    for (;; above = shift, shift = shift > 12 ? shift - 12 : 0) {
      find_digit(team, shared, keys, above, shift);
      if (shift == 0 || shared.held == shared.left) break;
    }
    team.each([&](int t) {
      for (std::int64_t b = t; b < v.shape.batch; b += kThreads) {
        const std::uint64_t top = keys[b] >> shift;
        bool taken = top < shared.prefix;
        if (top == shared.prefix) taken = shared.held == shared.left || equals_before(keys, b) < shared.left;
        if (taken) atomic_or(bits + b / kWord, 1u << (b % kWord));
      }
    });
  }

 private:
  // Among keys whose bits from `above` up are the prefix: the digit of bits [shift, above) of the left-th smallest.
  MASKBENCH_HD void find_digit(const Team& team, Shared& shared, const std::uint64_t* keys, int above, int shift) const {
    const std::uint64_t mask = (std::uint64_t{1} << (above - shift)) - 1;
    team.each([&](int t) {
      for (int bin = t; bin < kBins; bin += kThreads) shared.bins[bin] = 0;
    });
    team.each([&](int t) {
      for (std::int64_t b = t; b < v.shape.batch; b += kThreads) {
        if (keys[b] >> above == shared.prefix) atomic_add(shared.bins + (keys[b] >> shift & mask), 1);
      }
    });
    team.each([&](int t) {
      shared.scan[0][t] = 0;
      for (int k = 0; k < kOwnBins; ++k) shared.scan[0][t] += shared.bins[t * kOwnBins + k];
    });
    int from = 0;
    for (int reach = 1; reach < kThreads; reach *= 2) {
      team.each([&](int t) {
        shared.scan[1 - from][t] = shared.scan[from][t] + (t >= reach ? shared.scan[from][t - reach] : 0u);
      });
      from = 1 - from;
    }
    team.each([&](int t) {  // one thread finds it
      std::uint32_t before = t > 0 ? shared.scan[from][t - 1] : 0u;
      for (int k = 0; k < kOwnBins; ++k) {
        const std::uint32_t held = shared.bins[t * kOwnBins + k];
        if (before < shared.left && shared.left <= before + held) {
          shared.digit = static_cast<std::uint32_t>(t * kOwnBins + k);
          shared.before = before;
          shared.held = held;
        }
        before += held;
      }
    });
    team.each([&](int t) {
      if (t != 0) return;
      shared.prefix = shared.prefix << (above - shift) | shared.digit;
      shared.left -= shared.before;
    });
  }

  // Equal clocks are equal words of rows of equal weight: so rare that one thread may count.
  MASKBENCH_HD static std::uint32_t equals_before(const std::uint64_t* keys, std::int64_t b) {
    std::uint32_t count = 0;
    for (std::int64_t other = 0; other < b; ++other) count += keys[other] == keys[b] ? 1u : 0u;
    return count;
  }
};

// Word (b, g) says which of the masks 32 g .. 32 g + 31 hold position b. Blocks: N_b groups / 256.
struct TransposeMasks : Threads<256> {
  using Shared = NoShared;
  StepView v;
  MASKBENCH_HD void operator()(const Team& team, Shared&) const {
    team.each([&](int t) {
      const std::int64_t e = team.block * kThreads + t, groups = v.shape.groups();
      if (e >= v.shape.batch * groups) return;
      const std::int64_t b = e / groups, first = e % groups * kWord;
      std::uint32_t held = 0;
      for (int m = 0; m < kWord && first + m < v.shape.masks; ++m) {
        held |= (v.mask_bits[(first + m) * v.shape.batch_words() + b / kWord] >> (b % kWord) & 1u) << m;
      }
      v.row_bits[e] = held;
    });
  }
};

// Four columns in one access of 16 bytes; `at` is a multiple of 4 floats from the start of its buffer.
struct Four {
  float value[kLaneColumns];
};
MASKBENCH_HD inline Four load_four(const float* at) {
#if defined(__CUDA_ARCH__)
  const float4 four = *reinterpret_cast<const float4*>(at);
  return {{four.x, four.y, four.z, four.w}};
#else
  return {{at[0], at[1], at[2], at[3]}};
#endif
}
MASKBENCH_HD inline void store_four(float* at, const Four& four) {
#if defined(__CUDA_ARCH__)
  __stwb(reinterpret_cast<float4*>(at), make_float4(four.value[0], four.value[1], four.value[2], four.value[3]));
#else
  for (int k = 0; k < kLaneColumns; ++k) at[k] = four.value[k];
#endif
}

// A thread keeps the sums of 32 masks for 4 columns in registers and walks its part of the batch once; all lanes of a warp
// see the same word, so that an addition is one predicated instruction whatever the masks' share. Blocks: row_sum_blocks.
struct RowSums : Threads<kRowSumThreads> {
  using Shared = NoShared;
  StepView v;
  MASKBENCH_HD void operator()(const Team& team, Shared&) const {
    team.each([&](int t) {
      const RowSumPart part = row_sum_part(v.shape, team.block, t);
      if (!part.inside) return;
      constexpr int kAtOnce = 4;
      const std::int64_t groups = v.shape.groups(), pitch = v.shape.pitch();
      Four sum[kWord] = {};
      std::int64_t b = part.first;
      for (; b + kAtOnce <= part.end; b += kAtOnce) {
        Four x[kAtOnce];
        std::uint32_t held[kAtOnce];
        MASKBENCH_UNROLL
        for (int k = 0; k < kAtOnce; ++k) {
          x[k] = row_at(b + k, pitch, part.column);
          held[k] = v.row_bits[(b + k) * groups + part.group];
        }
        MASKBENCH_UNROLL
        for (int k = 0; k < kAtOnce; ++k) add(held[k], x[k], sum);
      }
      for (; b < part.end; ++b) add(v.row_bits[b * groups + part.group], row_at(b, pitch, part.column), sum);
      MASKBENCH_UNROLL
      for (int m = 0; m < kWord; ++m) {
        const std::int64_t mask = part.group * kWord + m;
        if (mask < v.shape.masks) {
          store_four(v.partial + partial_place(v.shape, part.chunk, mask, part.column), sum[m]);
        }
      }
    });
  }

 private:
  MASKBENCH_HD Four row_at(std::int64_t b, std::int64_t pitch, std::int64_t column) const {
    return load_four(v.features + static_cast<std::int64_t>(v.batch_row[b]) * pitch + column);
  }
  MASKBENCH_HD static void add(std::uint32_t held, const Four& x, Four (&sum)[kWord]) {
    MASKBENCH_UNROLL
    for (int m = 0; m < kWord; ++m) {
      if ((held >> m & 1u) == 0) continue;
      MASKBENCH_UNROLL
      for (int k = 0; k < kLaneColumns; ++k) sum[m].value[k] += x.value[k];
    }
  }
};

// f of each mask: chunks in order, in float64. Blocks: G.
struct MaskRewards : Threads<256> {
  struct Shared {
    double part[256];
  };
  StepView v;
  MASKBENCH_HD void operator()(const Team& team, Shared& shared) const {
    const std::int64_t chunks = v.shape.chunks();
    team.each([&](int t) {
      double squares = 0;
      for (std::int64_t column = t; column < v.shape.dims; column += kThreads) {
        double sum = 0;
        for (std::int64_t chunk = 0; chunk < chunks; ++chunk) {
          sum += static_cast<double>(v.partial[partial_place(v.shape, chunk, team.block, column)]);
        }
        squares += sum * sum;
      }
      shared.part[t] = squares;
    });
    tree_sum(team, shared.part);
    team.each([&](int t) {
      if (t == 0) v.reward[team.block] = v.linear_reward[team.block] - v.pair_factor * shared.part[0];
    });
  }
};

// A = (f - mean f) / (sd f + 1e-12); all 0 where the rewards do not vary. Blocks: 1.
struct Advantages : Threads<256> {
  struct Shared {
    double sum[256], squares[256];
  };
  StepView v;
  MASKBENCH_HD void operator()(const Team& team, Shared& shared) const {
    const std::int64_t masks = v.shape.masks;
    const auto count = static_cast<double>(masks);
    team.each([&](int t) {
      shared.sum[t] = 0;
      for (std::int64_t j = t; j < masks; j += kThreads) shared.sum[t] += v.reward[j];
    });
    tree_sum(team, shared.sum);
    team.each([&](int t) {
      const double mean = shared.sum[0] / count;
      shared.squares[t] = 0;
      for (std::int64_t j = t; j < masks; j += kThreads) shared.squares[t] += (v.reward[j] - mean) * (v.reward[j] - mean);
    });
    tree_sum(team, shared.squares);
    team.each([&](int t) {
      const double mean = shared.sum[0] / count;
      const double deviation = std::sqrt(shared.squares[0] / (v.sample_deviation ? count - 1 : count));
      for (std::int64_t j = t; j < masks; j += kThreads) {
        v.advantage[j] = deviation == 0 ? 0.0 : (v.reward[j] - mean) / (deviation + 1e-12);
      }
    });
  }
};

// mask_gradient(), masks in order, and the step. The last kernel of a step also moves on to the next. Blocks: N_b / 256.
struct UpdateLogits : Threads<256> {
  using Shared = NoShared;
  StepView v;
  MASKBENCH_HD void operator()(const Team& team, Shared&) const {
    team.each([&](int t) {
      const std::int64_t b = team.block * kThreads + t;
      if (b == 0) ++*v.step;
      if (b >= v.shape.batch) return;
      double gradient = 0;
      for (std::int64_t group = 0; group < v.shape.groups(); ++group) {
        for (std::uint32_t held = v.row_bits[b * v.shape.groups() + group]; held != 0; held &= held - 1) {
          gradient += v.advantage[group * kWord + lowest_bit(held)];
        }
      }
      v.logits[v.batch[b]] += v.rate * gradient;
    });
  }
};

}  // namespace maskbench::cuda
