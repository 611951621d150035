// Which thread of which block touches which element: all index arithmetic of the device kernels that is more
// than `block * threads + thread`. Plain functions, so that a unit test covers every element of small shapes
// on the host.
#pragma once

#include <cstdint>

#include "datasets/arithmetic/host_device.hpp"

namespace maskbench::cuda {

MASKBENCH_HD constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) {
  return (a + b - 1) / b;
}

inline constexpr int kWord = 32;         // bits of a mask's word
inline constexpr int kLaneColumns = 4;   // a lane reads 16 bytes of a row
inline constexpr int kSlice = 256;       // columns of a block of RowSums: 2 times 4 of a lane
inline constexpr int kRowTile = 64;      // batch rows that such a block has in shared memory at a time
inline constexpr int kBlockMasks = 128;  // its masks
inline constexpr int kWarpMasks = 8;     // those of one of its warps
inline constexpr int kRowSumBlocks =
    132;  // as many blocks or fewer: one on each of an H100's or H200's processors

// Row lengths on the device are multiples of 4 floats, zeros at the end, so that every row starts on 16
// bytes.
MASKBENCH_HD constexpr std::int64_t pitch_of(std::int64_t dims) {
  return ceil_div(dims, kLaneColumns) * kLaneColumns;
}

// One DATAMASK step over a block of `rows` places.
struct StepShape {
  std::int64_t rows = 0;    // n
  std::int64_t batch = 0;   // N_b
  std::int64_t picked = 0;  // S_b
  std::int64_t masks = 0;   // G
  std::int64_t dims = 0;    // d

  MASKBENCH_HD std::int64_t pitch() const { return pitch_of(dims); }
  MASKBENCH_HD std::int64_t row_words() const { return ceil_div(rows, kWord); }     // a bit a place
  MASKBENCH_HD std::int64_t batch_words() const { return ceil_div(batch, kWord); }  // a bit a batch position
  MASKBENCH_HD std::int64_t slices() const { return ceil_div(pitch(), kSlice); }
  MASKBENCH_HD std::int64_t mask_blocks() const { return ceil_div(masks, kBlockMasks); }
  // Parts of the batch, whole tiles. They depend on the shape alone, so that sums do not depend on the
  // device.
  MASKBENCH_HD std::int64_t chunk_rows() const {
    const std::int64_t across = slices() * mask_blocks(),
                       most = across < kRowSumBlocks ? kRowSumBlocks / across : 1;
    return ceil_div(ceil_div(batch, most), kRowTile) * kRowTile;
  }
  MASKBENCH_HD std::int64_t chunks() const { return ceil_div(batch, chunk_rows()); }
  MASKBENCH_HD std::int64_t row_sum_blocks() const { return slices() * chunks() * mask_blocks(); }
};

// What a block of RowSums adds up: batch positions [first, end), kSlice columns, kBlockMasks masks.
struct RowSumPart {
  std::int64_t chunk = 0, first = 0, end = 0, column = 0, mask = 0;
};
inline constexpr int kRowSumThreads = kBlockMasks / kWarpMasks * 32;

MASKBENCH_HD inline RowSumPart row_sum_part(const StepShape& shape, std::int64_t block) {
  RowSumPart part;
  const std::int64_t slice = block % shape.slices(), rest = block / shape.slices();
  part.chunk = rest % shape.chunks();
  part.first = part.chunk * shape.chunk_rows();
  part.end = part.first + shape.chunk_rows() < shape.batch ? part.first + shape.chunk_rows() : shape.batch;
  part.column = slice * kSlice;
  part.mask = rest / shape.chunks() * kBlockMasks;
  return part;
}

// Where the sum of a mask over a chunk lies: chunks x G x pitch.
MASKBENCH_HD inline std::int64_t partial_place(const StepShape& shape, std::int64_t chunk, std::int64_t mask,
                                               std::int64_t column) {
  return (chunk * shape.masks + mask) * shape.pitch() + column;
}

// Pairs (i, j), i <= j, of `count` tiles, numbered row by row: (0,0) (0,1) ... (0,count-1) (1,1) ...
struct TilePair {
  std::int64_t i = 0, j = 0;
};
MASKBENCH_HD constexpr std::int64_t tile_pairs(std::int64_t count) {
  return count * (count + 1) / 2;
}
MASKBENCH_HD inline TilePair tile_pair(std::int64_t count, std::int64_t number) {
  std::int64_t i = 0;
  for (std::int64_t length = count; number >= length; --length) {
    number -= length;
    ++i;
  }
  return {i, i + number};
}

// Tiles of products: 64 x 64 results, 16 terms at a time, 256 threads with 4 x 4 results each.
inline constexpr int kTile = 64, kTileDepth = 16, kTileThreads = 256, kTileOwn = 4;

// A thread's results are rows own_first(t / 16) + 0..3 and columns own_first(t % 16) + 0..3 of the tile.
MASKBENCH_HD constexpr int own_first(int sixteenth) {
  return sixteenth * kTileOwn;
}

// Filling a tile of 16 x 64 values takes 4 rounds: element e = round * 256 + thread is value e % 64 of term e
// / 64 where neighbours in memory are values (columns of a row), and term e % 16 of value e / 16 where they
// are terms.
struct TilePlace {
  int term = 0, value = 0;
};
inline constexpr int kTileRounds = kTile * kTileDepth / kTileThreads;
MASKBENCH_HD inline TilePlace place_by_value(int round, int thread) {
  const int e = round * kTileThreads + thread;
  return {e / kTile, e % kTile};
}
MASKBENCH_HD inline TilePlace place_by_term(int round, int thread) {
  const int e = round * kTileThreads + thread;
  return {e % kTileDepth, e / kTileDepth};
}

}  // namespace maskbench::cuda
