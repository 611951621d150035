// A step's advantages and its change of the logits (step_view.hpp).
#pragma once

#include "algorithms/kernels/cuda/step_view.hpp"

namespace maskbench::cuda {

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
      for (std::int64_t j = t; j < masks; j += kThreads)
        shared.squares[t] += (v.reward[j] - mean) * (v.reward[j] - mean);
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

// mask_gradient(), masks in order, and the step. The last kernel of a step also moves on to the next.
// Blocks: N_b / 256.
struct UpdateLogits : Threads<256> {
  static constexpr int kWords = kThreads / kWord;
  struct Shared {
    std::uint32_t bits[kBlockMasks][kWords];
    double advantage[kBlockMasks];
  };
  StepView v;
  MASKBENCH_HD void operator()(const Team& team, Shared& shared) const {
    const std::int64_t masks = v.shape.masks, words = v.shape.batch_words();
    PerThread<double, kThreads> gradient;
    for (std::int64_t first = 0; first < masks; first += kBlockMasks) {
      const int some = static_cast<int>(masks - first < kBlockMasks ? masks - first : kBlockMasks);
      team.each([&](int t) {
        for (int e = t; e < some * kWords; e += kThreads) {
          const std::int64_t word = team.block * kWords + e % kWords;
          shared.bits[e / kWords][e % kWords] =
              word < words ? v.mask_bits[(first + e / kWords) * words + word] : 0;
        }
        for (int j = t; j < some; j += kThreads) shared.advantage[j] = v.advantage[first + j];
      });
      team.each([&](int t) {
        for (int j = 0; j < some; ++j) {
          const bool held = (shared.bits[j][t / kWord] >> (t % kWord) & 1u) != 0;
          gradient[t] += held ? shared.advantage[j] : 0.0;
        }
      });
    }
    team.each([&](int t) {
      const std::int64_t b = team.block * kThreads + t;
      if (b < v.shape.batch) v.logits[v.batch[b]] += v.rate * gradient[t];
      if (b == 0) {
        ++*v.step;
        *v.log_time = *v.next_log_time;
      }
    });
  }
};

}  // namespace maskbench::cuda
