// A step's masks (step_view.hpp).
#pragma once

#include "algorithms/kernels/cuda/step_view.hpp"

namespace maskbench::cuda {

// Threshold sampling (facts 8e), one block a mask: two integer comparisons a clock; logarithms only for
// those that ring within the bracket, among which the last of the mask is found by digits of 12 bits; ties by
// the smaller position. Where it is not there, or too near an end to be sure, all clocks of the same words
// are compared.
struct SampleMasks : Threads<1024> {
  static constexpr int kBins = 4096, kOwnBins = kBins / kThreads;
  struct Shared {
    std::uint32_t bins[kBins];
    std::uint32_t scan[2][kThreads];
    double part[kThreads];
    std::uint64_t prefix;               // of the key sought, from bit `shift` up
    std::uint32_t digit, before, held;  // of the digit found: its value, keys below it, keys with it
    std::uint32_t left;                 // keys still to take among those with this prefix
    std::uint32_t open;                 // clocks within the bracket
  };
  StepView v;

  MASKBENCH_HD void operator()(const Team& team, Shared& shared) const {
    const std::int64_t words = v.shape.batch_words();
    std::uint32_t* const bits = v.mask_bits + team.block * words;
    if (!draw(team, shared, bits, *v.bracket)) {
      team.each([](int) {});  // all have seen that
      draw(team, shared, bits, {0.0, kNever});
    }
    team.each([&](int t) {
      double sum = 0;
      for (std::int64_t word = t; word < words; word += kThreads) {
        for (std::uint32_t left = bits[word]; left != 0; left &= left - 1) {
          sum += v.batch_linear[word * kWord + lowest_bit(left)];
        }
      }
      shared.part[t] = sum;
    });
    tree_sum(team, shared.part);
    team.each([&](int t) {
      if (t == 0) v.linear_reward[team.block] = shared.part[0];
    });
  }

  // The keys sought are the `left` smallest of `count`: all with a smaller prefix than `shared.prefix` from
  // the bit returned up, and `shared.left` of the `shared.held` keys with that prefix.
  MASKBENCH_HD int find_cut(const Team& team, Shared& shared, const std::uint64_t* keys, std::int64_t count,
                            std::uint32_t left) const {
    team.each([&](int t) {
      if (t != 0) return;
      shared.prefix = 0;
      shared.left = left;
    });
    int above = 63, shift = 51;  // a positive double is below 2^63
    for (;; above = shift, shift = shift > 12 ? shift - 12 : 0) {
      find_digit(team, shared, keys, count, above, shift);
      if (shift == 0 || shared.held == shared.left) return shift;
    }
  }

  // A bit for each of them, at its key's position.
  MASKBENCH_HD void take(const Team& team, const Shared& shared, const std::uint64_t* keys,
                         const std::uint32_t* positions, std::int64_t count, int shift,
                         std::uint32_t* bits) const {
    team.each([&](int t) {
      for (std::int64_t k = t; k < count; k += kThreads) {
        const std::uint64_t top = keys[k] >> shift;
        bool taken = top < shared.prefix;
        if (top == shared.prefix)
          taken = shared.held == shared.left || equals_before(keys, positions, count, k) < shared.left;
        if (taken) atomic_or(bits + positions[k] / kWord, 1u << (positions[k] % kWord));
      }
    });
  }

 private:
  // False, and the bits mean nothing, where the last clock of the mask is not well within the bracket.
  MASKBENCH_HD bool draw(const Team& team, Shared& shared, std::uint32_t* bits,
                         const Bracket& bracket) const {
    const std::int64_t batch = v.shape.batch, picked = v.shape.picked;
    std::uint64_t* const keys = v.keys + team.block * batch;
    std::uint32_t* const positions = v.positions + team.block * batch;
    const std::uint64_t draw =
        *v.step * static_cast<std::uint64_t>(v.shape.masks) + static_cast<std::uint64_t>(team.block);
    const bool all = bracket.late == kNever;
    team.each([&](int t) {
      for (std::int64_t word = t; word < v.shape.batch_words(); word += kThreads) bits[word] = 0;
      if (t == 0) shared.open = 0;
    });
    team.each([&](int t) {
      std::uint32_t certain = 0;
      for (std::int64_t quad = t; quad < ceil_div(batch, 4); quad += kThreads) {
        WordBounds bounds[4];
        MASKBENCH_UNROLL
        for (int k = 0; k < 4; ++k) bounds[k] = all ? WordBounds{0u, ~0u} : v.bounds[4 * quad + k];
        const Words four = philox(v.draws, static_cast<std::uint64_t>(quad), draw);
        std::uint32_t sure = 0;
        MASKBENCH_UNROLL
        for (int k = 0; k < 4; ++k) {
          const std::int64_t b = 4 * quad + k;
          if (four.word[k] < bounds[k].sure) {
            sure |= 1u << k;
          } else if (four.word[k] <= bounds[k].last && b < batch) {
            const std::uint32_t at = atomic_add(&shared.open, 1);
            keys[at] = four.word[k];
            positions[at] = static_cast<std::uint32_t>(b);
          }
        }
        certain += static_cast<std::uint32_t>(count_bits(sure));
        if (sure != 0) atomic_or(bits + quad / 8, sure << (quad % 8 * 4));
      }
      shared.scan[0][t] = certain;
    });
    tree_sum(team, shared.scan[0]);
    const std::int64_t certain = shared.scan[0][0], open = shared.open;
    if (certain >= picked || certain + open < picked) return false;
    team.each([&](int t) {
      for (std::int64_t k = t; k < open; k += kThreads) {
        keys[k] = clock_bits(static_cast<std::uint32_t>(keys[k]), v.weight[positions[k]]);
      }
    });
    const int shift = find_cut(team, shared, keys, open, static_cast<std::uint32_t>(picked - certain));
    constexpr double kNear = 0x1p-20;
    if (certain > 0 && !(std::bit_cast<double>(shared.prefix << shift) > bracket.soon * (1 + kNear)))
      return false;
    if (!all && !(std::bit_cast<double>((shared.prefix + 1) << shift) < bracket.late * (1 - kNear)))
      return false;
    take(team, shared, keys, positions, open, shift, bits);
    return true;
  }

  // Among keys whose bits from `above` up are the prefix: the digit of bits [shift, above) of the left-th
  // smallest.
  MASKBENCH_HD void find_digit(const Team& team, Shared& shared, const std::uint64_t* keys,
                               std::int64_t count, int above, int shift) const {
    const std::uint64_t mask = (std::uint64_t{1} << (above - shift)) - 1;
    team.each([&](int t) {
      for (int bin = t; bin < kBins; bin += kThreads) shared.bins[bin] = 0;
    });
    team.each([&](int t) {
      for (std::int64_t k = t; k < count; k += kThreads) {
        if (keys[k] >> above == shared.prefix) atomic_add(shared.bins + (keys[k] >> shift & mask), 1);
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
  MASKBENCH_HD static std::uint32_t equals_before(const std::uint64_t* keys, const std::uint32_t* positions,
                                                  std::int64_t count, std::int64_t k) {
    std::uint32_t before = 0;
    for (std::int64_t other = 0; other < count; ++other) {
      before += keys[other] == keys[k] && positions[other] < positions[k] ? 1u : 0u;
    }
    return before;
  }
};

}  // namespace maskbench::cuda
