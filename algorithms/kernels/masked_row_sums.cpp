#include "algorithms/kernels/masked_row_sums.hpp"

#include <omp.h>

#include <algorithm>
#include <bit>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "algorithms/kernels/masked_row_sums.cpp"
#include <hwy/aligned_allocator.h>
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#ifndef MASKBENCH_MASKED_ROW_SUMS_TILE  // once: the rest is compiled for each instruction set
#define MASKBENCH_MASKED_ROW_SUMS_TILE
namespace maskbench {
namespace {

constexpr Index kSlice = 32;      // columns
constexpr Index kTileRows = 192;  // 24 KiB of a slice

// Of a tile: rows batch[0 .. rows) and those that follow, and for each mask its items from[mask] .. to[mask] - 1, of which
// `first` is the tile's first row.
struct RowTile {
  const Index* batch;
  Index rows, ahead;  // of the next tile
  const std::int32_t* items;
  const std::int32_t *from, *to;
  Index first, masks;
};

}  // namespace
}  // namespace maskbench
#endif

// A tile of rows by a slice of columns is copied side by side into a level-1 cache; each mask then adds its rows of the tile in
// registers. Sums lie slice by slice: as rows of G x d they would share a few sets of that cache. What is left of the time is
// mostly the fetching of batch rows from memory.
HWY_BEFORE_NAMESPACE();
namespace maskbench {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::CappedTag<float, 16>;
using V = hn::Vec<Tag>;
constexpr Index kWidth = static_cast<Index>(hn::MaxLanes(Tag()));
constexpr Index kVectors = kSlice / kWidth;

// `columns` of each row, zeros to the end of the slice.
void copy_slice(MatrixView features, const Index* batch, Index rows, Index column, Index columns, float* copy) {
  constexpr Tag tag;
  if (columns < kSlice) {
    for (Index b = 0; b < rows; ++b, copy += kSlice) {
      std::fill(std::copy_n(features.row(batch[b]) + column, columns, copy), copy + kSlice, 0.0f);
    }
    return;
  }
  for (Index b = 0; b < rows; ++b, copy += kSlice) {
    const float* const x = features.row(batch[b]) + column;
    for (Index v = 0; v < kVectors; ++v) hn::Store(hn::LoadU(tag, x + v * kWidth), tag, copy + v * kWidth);
  }
}

// sums: masks x kSlice. On the way the same columns of the next tile's rows are fetched, a few a mask: a row of the batch is on
// a page of its own, far away.
void add_slice(MatrixView features, RowTile tile, Index column, Index columns, const float* copy, float* sums) {
  constexpr Tag tag;
  const Index few = (tile.ahead + tile.masks - 1) / tile.masks;
  Index fetched = 0;
  for (Index mask = 0; mask < tile.masks; ++mask, sums += kSlice) {
    for (const Index fetch = std::min(tile.ahead, fetched + few); fetched < fetch; ++fetched) {
      const float* const x = features.row(tile.batch[tile.rows + fetched]) + column;
      __builtin_prefetch(x, 0, 2);
      __builtin_prefetch(x + columns - 1, 0, 2);
    }
    V sum[kVectors];
    for (Index v = 0; v < kVectors; ++v) sum[v] = hn::Load(tag, sums + v * kWidth);
    for (std::int32_t at = tile.from[mask]; at < tile.to[mask]; ++at) {
      const float* const x = copy + (tile.items[at] - tile.first) * kSlice;
      for (Index v = 0; v < kVectors; ++v) sum[v] = hn::Add(sum[v], hn::Load(tag, x + v * kWidth));
    }
    for (Index v = 0; v < kVectors; ++v) hn::Store(sum[v], tag, sums + v * kWidth);
  }
}

// Columns [begin, end) of a tile; sums: slice by slice, masks x kSlice each.
void add_tile(MatrixView features, const RowTile& tile, Index begin, Index end, float* copy, float* sums) {
  for (Index column = begin; column < end; column += kSlice, sums += tile.masks * kSlice) {
    const Index columns = std::min(kSlice, end - column);
    copy_slice(features, tile.batch, tile.rows, column, columns, copy);
    add_slice(features, tile, column, columns, copy, sums);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace maskbench
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace maskbench {
namespace {

HWY_EXPORT(add_tile);

// Positions of each mask, ascending: its own, or put in order by a bit a row.
const std::int32_t* ascending(const MaskSet& masks, Index rows, std::vector<std::int32_t>& sorted) {
  bool in_order = true;
  for (Index mask = 0; mask < masks.masks && in_order; ++mask) {
    const auto begin = masks.items.begin() + static_cast<std::ptrdiff_t>(mask * masks.picked);
    in_order = std::is_sorted(begin, begin + static_cast<std::ptrdiff_t>(masks.picked));
  }
  if (in_order) return masks.items.data();
  sorted.resize(masks.items.size());
#pragma omp parallel
  {
    std::vector<std::uint64_t> bits(static_cast<std::size_t>(rows + 63) / 64);
#pragma omp for schedule(static)
    for (Index mask = 0; mask < masks.masks; ++mask) {
      const std::int32_t* const items = masks.items.data() + mask * masks.picked;
      for (Index k = 0; k < masks.picked; ++k) bits[static_cast<std::size_t>(items[k] / 64)] |= std::uint64_t{1} << items[k] % 64;
      std::int32_t* out = sorted.data() + mask * masks.picked;
      for (std::size_t word = 0; word < bits.size(); ++word) {
        for (; bits[word] != 0; bits[word] &= bits[word] - 1) {
          *out++ = static_cast<std::int32_t>(64 * word) + std::countr_zero(bits[word]);
        }
      }
    }
  }
  return sorted.data();
}

}  // namespace

void masked_row_sums(MatrixView features, std::span<const Index> batch, const MaskSet& masks, std::vector<float>& sums) {
  const Index dims = features.cols, rows = static_cast<Index>(batch.size()), group = masks.masks;
  const Index tiles = (rows + kTileRows - 1) / kTileRows, slices = (dims + kSlice - 1) / kSlice;
  std::vector<std::int32_t> sorted;
  const std::int32_t* items = ascending(masks, rows, sorted);
  std::vector<std::int32_t> bounds(static_cast<std::size_t>((tiles + 1) * group));  // a mask's first item of each tile
  sums.resize(static_cast<std::size_t>(group * dims));
#pragma omp parallel
  {
#pragma omp for schedule(static)
    for (Index mask = 0; mask < group; ++mask) {
      auto at = static_cast<std::int32_t>(mask * masks.picked);
      const auto end = static_cast<std::int32_t>((mask + 1) * masks.picked);
      for (Index tile = 0; tile <= tiles; ++tile) {
        while (at < end && items[at] < tile * kTileRows) ++at;
        bounds[static_cast<std::size_t>(tile * group + mask)] = at;
      }
    }
    const Index threads = omp_get_num_threads(), thread = omp_get_thread_num();
    const Index first = slices * thread / threads, own = slices * (thread + 1) / threads - first;
    const Index begin = first * kSlice, end = std::min(dims, begin + own * kSlice);
    const auto size = static_cast<std::size_t>(std::max<Index>(1, own) * group * kSlice);  // a thread may have no slice
    const auto own_sums = hwy::AllocateAligned<float>(size);
    std::fill_n(own_sums.get(), size, 0.0f);
    const auto copy = hwy::AllocateAligned<float>(static_cast<std::size_t>(kTileRows * kSlice));
    for (Index tile = 0; tile < tiles; ++tile) {
      const Index row = tile * kTileRows, held = std::min(kTileRows, rows - row), ahead = std::min(held, rows - row - held);
      const std::int32_t* const from = bounds.data() + tile * group;
      HWY_DYNAMIC_DISPATCH(add_tile)
      (features, {batch.data() + row, held, ahead, items, from, from + group, row, group}, begin, end, copy.get(), own_sums.get());
    }
    for (Index column = begin; column < end; column += kSlice) {
      const float* const slice = own_sums.get() + (column - begin) * group;
      const Index columns = std::min(kSlice, end - column);
      for (Index mask = 0; mask < group; ++mask) std::copy_n(slice + mask * kSlice, columns, sums.data() + mask * dims + column);
    }
  }
}

std::vector<double> masked_row_sums_reference(MatrixView features, std::span<const Index> batch, const MaskSet& masks) {
  std::vector<double> sums(static_cast<std::size_t>(masks.masks * features.cols), 0.0);
  for (Index mask = 0; mask < masks.masks; ++mask) {
    for (Index k = 0; k < masks.picked; ++k) {
      const auto position = static_cast<std::size_t>(masks.items[static_cast<std::size_t>(mask * masks.picked + k)]);
      const float* x = features.row(batch[position]);
      double* sum = sums.data() + mask * features.cols;
      for (Index c = 0; c < features.cols; ++c) sum[c] += static_cast<double>(x[c]);
    }
  }
  return sums;
}

}  // namespace maskbench
#endif  // HWY_ONCE
