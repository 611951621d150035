// Masked row sums and the rewards of a step's masks (step_view.hpp).
#pragma once

#include "algorithms/kernels/cuda/step_view.hpp"

namespace maskbench::cuda {

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
MASKBENCH_HD inline void store_four(float* at,
                                    const Four& four) {  // to global memory: __stwb stays one access
#if defined(__CUDA_ARCH__)
  __stwb(reinterpret_cast<float4*>(at),
         make_float4(four.value[0], four.value[1], four.value[2], four.value[3]));
#else
  for (int k = 0; k < kLaneColumns; ++k) at[k] = four.value[k];
#endif
}
// From global to shared memory, past the registers; there when the phase in which the thread calls
// finish_copies() has ended.
MASKBENCH_HD inline void copy_four(float* to, const float* from) {
#if defined(__CUDA_ARCH__)
  asm volatile(
      "cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(static_cast<unsigned>(__cvta_generic_to_shared(to))),
      "l"(from));
#else
  for (int k = 0; k < kLaneColumns; ++k) to[k] = from[k];
#endif
}
MASKBENCH_HD inline void finish_copies() {
#if defined(__CUDA_ARCH__)
  asm volatile("cp.async.wait_all;" ::: "memory");
#endif
}

// A block walks its part of the batch, a tile of rows in shared memory while the next one is under way. A
// lane keeps the sums of a warp's masks for 8 columns in registers and reads of the tile the rows that each
// mask holds, a tenth of it: shared memory's bandwidth is the limit. Blocks: row_sum_blocks.
struct RowSums : Threads<kRowSumThreads> {
  static constexpr int kTileWords = kRowTile / kWord, kWarps = kThreads / 32;
  static constexpr int kFours = kSlice / (32 * kLaneColumns);  // of a lane: every 128th column
  struct Stage {
    alignas(16) float tile[kRowTile][kSlice];
    std::uint32_t held[kBlockMasks][kTileWords];
  };
  struct Shared {
    Stage stage[2];
  };
  struct Lane {
    Four four[kFours];
  };
  struct Own {
    Lane sum[kWarpMasks];
  };
  StepView v;
  MASKBENCH_HD void operator()(const Team& team, Shared& shared) const {
    const RowSumPart part = row_sum_part(v.shape, team.block);
    PerThread<Own, kThreads> own;
    team.each([&](int t) {
      fetch(part, part.first, t, shared.stage[0]);
      finish_copies();
    });
    int at = 0;
    for (std::int64_t row = part.first; row < part.end; row += kRowTile) {
      team.each([&](int t) {
        if (row + kRowTile < part.end) fetch(part, row + kRowTile, t, shared.stage[1 - at]);
        add(shared.stage[at], t, own[t].sum);
        finish_copies();
      });
      at = 1 - at;
    }
    team.each([&](int t) {
      MASKBENCH_UNROLL
      for (int m = 0; m < kWarpMasks; ++m) {
        const std::int64_t mask = part.mask + t / 32 * kWarpMasks + m;
        MASKBENCH_UNROLL
        for (int f = 0; f < kFours; ++f) {
          const std::int64_t column = part.column + column_of(f, t);
          if (mask < v.shape.masks && column < v.shape.pitch()) {
            store_four(v.partial + partial_place(v.shape, part.chunk, mask, column), own[t].sum[m].four[f]);
          }
        }
      }
    });
  }

 private:
  MASKBENCH_HD static int column_of(int f, int t) { return (f * 32 + t % 32) * kLaneColumns; }

  MASKBENCH_HD void fetch(const RowSumPart& part, std::int64_t row, int t, Stage& stage) const {
    constexpr int kRows = kRowTile / kWarps;  // of a warp
    std::int64_t from[kRows];
    MASKBENCH_UNROLL
    for (int k = 0; k < kRows; ++k) {  // all on their way before the first is used
      const std::int64_t b = row + k * kWarps + t / 32;
      from[k] = v.batch_row[b < part.end ? b : part.end - 1];
    }
    const std::int64_t mask = part.mask + t / kTileWords, word = row / kWord + t % kTileWords;
    const bool listed = t < kBlockMasks * kTileWords,
               inside = listed && mask < v.shape.masks && word < v.shape.batch_words();
    const std::uint32_t held = inside ? v.mask_bits[mask * v.shape.batch_words() + word] : 0;
    MASKBENCH_UNROLL
    for (int k = 0; k < kRows; ++k) {
      const float* const x = v.features + from[k] * v.shape.pitch() + part.column;
      MASKBENCH_UNROLL
      for (int f = 0; f < kFours; ++f) {
        const int column = column_of(f, t);
        if (part.column + column < v.shape.pitch())
          copy_four(stage.tile[k * kWarps + t / 32] + column, x + column);
      }
    }
    if (listed) stage.held[t / kTileWords][t % kTileWords] = held;
  }

  MASKBENCH_HD static void add(const Stage& stage, int t, Lane (&sum)[kWarpMasks]) {
    MASKBENCH_UNROLL
    for (int m = 0; m < kWarpMasks; ++m) {
      MASKBENCH_UNROLL
      for (int word = 0; word < kTileWords; ++word) {
        std::uint32_t held = stage.held[t / 32 * kWarpMasks + m][word];
        while ((held & (held - 1)) != 0) {  // two rows on their way at once
          const Lane first = take_row(stage, word, held, t), second = take_row(stage, word, held, t);
          add(first, sum[m]);
          add(second, sum[m]);
        }
        if (held != 0) add(take_row(stage, word, held, t), sum[m]);
      }
    }
  }
  MASKBENCH_HD static Lane take_row(const Stage& stage, int word, std::uint32_t& held, int t) {
    const float* const row = stage.tile[word * kWord + lowest_bit(held)];
    held &= held - 1;
    Lane lane;
    MASKBENCH_UNROLL
    for (int f = 0; f < kFours; ++f) lane.four[f] = load_four(row + column_of(f, t));
    return lane;
  }
  MASKBENCH_HD static void add(const Lane& x, Lane& sum) {
    MASKBENCH_UNROLL
    for (int f = 0; f < kFours; ++f) {
      MASKBENCH_UNROLL
      for (int k = 0; k < kLaneColumns; ++k) sum.four[f].value[k] += x.four[f].value[k];
    }
  }
};

// ||s||^2 of a mask over a slice of columns: chunks in order, in float64. Blocks: G slices.
struct SliceSquares : Threads<kSlice> {
  struct Shared {
    double part[kSlice];
  };
  StepView v;
  MASKBENCH_HD void operator()(const Team& team, Shared& shared) const {
    const std::int64_t mask = team.block / v.shape.slices(), slice = team.block % v.shape.slices(),
                       chunks = v.shape.chunks();
    team.each([&](int t) {
      const std::int64_t column = slice * kSlice + t;
      double sum = 0;
      for (std::int64_t chunk = 0; column < v.shape.dims && chunk < chunks; ++chunk) {
        sum += static_cast<double>(v.partial[partial_place(v.shape, chunk, mask, column)]);
      }
      shared.part[t] = sum * sum;
    });
    tree_sum(team, shared.part);
    team.each([&](int t) {
      if (t == 0) v.squares[team.block] = shared.part[0];
    });
  }
};

// f of each mask. Blocks: G / 256.
struct MaskRewards : Threads<256> {
  using Shared = NoShared;
  StepView v;
  MASKBENCH_HD void operator()(const Team& team, Shared&) const {
    team.each([&](int t) {
      const std::int64_t mask = team.block * kThreads + t, slices = v.shape.slices();
      if (mask >= v.shape.masks) return;
      double squares = 0;
      for (std::int64_t slice = 0; slice < slices; ++slice) squares += v.squares[mask * slices + slice];
      v.reward[mask] = v.linear_reward[mask] - v.pair_factor * squares;
    });
  }
};

}  // namespace maskbench::cuda
