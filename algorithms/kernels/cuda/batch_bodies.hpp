// A step's batch, its weights, and where its masks' last clocks ring (step_view.hpp).
#pragma once

#include "algorithms/kernels/cuda/step_view.hpp"

namespace maskbench::cuda {

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
      const std::uint64_t wide =
          static_cast<std::uint64_t>(words.word[0]) | static_cast<std::uint64_t>(words.word[1]) << 32;
      const auto place = static_cast<std::uint32_t>(multiply_high(wide, last + 1));
      v.draw[i] = place;
      atomic_min(v.first + place, static_cast<std::uint32_t>(i));
    });
  }
};

// Floyd takes `last` where the place drawn is taken already: by an earlier draw of the same place, or since
// the place is the `last` of an earlier draw that took it, which is the same question about that draw.
// Blocks: N_b / 256.
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
      for (std::int64_t b = team.block * kThreads + t; b < v.shape.batch;
           b += std::int64_t{kTopBlocks} * kThreads) {
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

MASKBENCH_HD inline WordBounds word_bounds(double weight, const Bracket& bracket) {
  const double soon = canonical::one_minus_exp_minus(weight * bracket.soon) * 0x1p32;
  const double late = canonical::one_minus_exp_minus(weight * bracket.late) * 0x1p32;
  const double most = 4294967294.0;  // two words less and one more than the clock's: rounding
  return {soon < 2 ? 0u : static_cast<std::uint32_t>(soon < most ? soon : most) - 2,
          static_cast<std::uint32_t>(late < most ? late : most) + 1};
}

MASKBENCH_HD inline double top_logit(const StepView& v) {
  double most = v.top[0];
  for (int k = 1; k < kTopBlocks; ++k) {
    if (v.top[k] > most) most = v.top[k];
  }
  return most;
}

// Weights, and how many clocks ring by the time that the last step found. Blocks: weight_blocks.
struct BatchWeights : Threads<kWeightThreads> {
  struct Shared {
    double count[kWeightThreads], slope[kWeightThreads];
  };
  StepView v;
  MASKBENCH_HD void operator()(const Team& team, Shared& shared) const {
    team.each([&](int t) {
      const std::int64_t b = team.block * kThreads + t;
      shared.count[t] = shared.slope[t] = 0;
      if (b >= v.shape.batch) return;
      const double most = top_logit(v);
      const double weight = canonical::exp(v.logits[v.batch[b]] - most);
      v.weight[b] = weight;
      v.batch_linear[b] = v.linear[v.batch[b]];
      shared.count[t] = canonical::one_minus_exp_minus(weight * canonical::exp(*v.log_time + most));
      shared.slope[t] = weight * (1 - shared.count[t]);
    });
    tree_sum(team, shared.count);
    tree_sum(team, shared.slope);
    team.each([&](int t) {
      if (t == 0) v.ringing[team.block] = {shared.count[0], shared.slope[0]};
    });
  }
};

// One step of Newton's method towards the time by which S_b clocks ring on average; the next step of the loop
// goes on from there. A bad time costs time alone: SampleMasks sees that it is one. Blocks: weight_blocks.
struct BatchBounds : Threads<kWeightThreads> {
  struct Shared {
    double count[kWeightThreads], slope[kWeightThreads];
  };
  StepView v;
  MASKBENCH_HD void operator()(const Team& team, Shared& shared) const {
    team.each([&](int t) {
      shared.count[t] = shared.slope[t] = 0;
      for (std::int64_t block = t; block < v.weight_blocks(); block += kThreads) {
        shared.count[t] += v.ringing[block].count;
        shared.slope[t] += v.ringing[block].slope;
      }
    });
    tree_sum(team, shared.count);
    tree_sum(team, shared.slope);
    team.each([&](int t) {
      const double picked = static_cast<double>(v.shape.picked), margin = 4 * std::sqrt(picked) + 4;
      const double most = top_logit(v), slope = shared.slope[0];
      const double time = canonical::exp(*v.log_time + most) + (picked - shared.count[0]) / slope;
      const bool known =
          time > 0 && time < kNever && picked + margin < 0.9 * static_cast<double>(v.shape.batch);
      const double reach = margin / slope;
      const Bracket bracket =
          known ? Bracket{time > reach ? time - reach : 0.0, time + reach} : Bracket{0.0, kNever};
      const std::int64_t b = team.block * kThreads + t;
      if (b < 4 * ceil_div(v.shape.batch, 4))
        v.bounds[b] = b < v.shape.batch ? word_bounds(v.weight[b], bracket) : WordBounds{};
      if (b == 0) *v.bracket = bracket;
      if (b == 0) *v.next_log_time = known ? canonical::log(time) - most : kNoTime;
    });
  }
};

}  // namespace maskbench::cuda
