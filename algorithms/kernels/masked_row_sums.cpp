#include "algorithms/kernels/masked_row_sums.hpp"

#include <omp.h>

#include <algorithm>
#include <bit>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "algorithms/kernels/masked_row_sums.cpp"
#include <hwy/aligned_allocator.h>
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

// A tile of rows by a slice of columns is copied side by side into a level-1 cache; each mask then adds its rows of the tile in
// registers. What is left of the time is mostly the fetching of batch rows from memory.
HWY_BEFORE_NAMESPACE();
namespace maskbench {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::CappedTag<float, 16>;
using V = hn::Vec<Tag>;
constexpr Index kWidth = static_cast<Index>(hn::MaxLanes(Tag()));

// sums[mask][0 .. kVectors * kWidth) += the rows items[from[mask]] .. items[to[mask] - 1], whose copies begin at tile. On the
// way the same columns of the next tile's rows `ahead` are fetched: a row of the batch is on a page of its own, far away.
template <Index kVectors>
void add_slice(MatrixView features, std::span<const Index> ahead, Index column, const float* tile, Index first_row, const std::int32_t* items, const std::int32_t* from, const std::int32_t* to,
               Index masks, float* sums) {
  constexpr Tag tag;
  std::size_t fetched = 0;
  for (Index mask = 0; mask < masks; ++mask) {
    const auto fetch = ahead.size() * static_cast<std::size_t>(mask + 1) / static_cast<std::size_t>(masks);
    for (; fetched < fetch; ++fetched) {
      const float* x = features.row(ahead[fetched]) + column;
      for (Index k = 0; k < kVectors * kWidth; k += 16) __builtin_prefetch(x + k, 0, 2);
    }
    if (from[mask] == to[mask]) continue;
    float* out = sums + mask * features.cols + column;
    V sum[kVectors];
    for (Index v = 0; v < kVectors; ++v) sum[v] = hn::LoadU(tag, out + v * kWidth);
    for (std::int32_t at = from[mask]; at < to[mask]; ++at) {
      const float* x = tile + (items[at] - first_row) * (kVectors * kWidth);
      for (Index v = 0; v < kVectors; ++v) sum[v] = hn::Add(sum[v], hn::Load(tag, x + v * kWidth));
    }
    for (Index v = 0; v < kVectors; ++v) hn::StoreU(sum[v], tag, out + v * kWidth);
  }
}

template <Index kVectors>
void copy_slice(MatrixView features, const Index* batch, Index rows, Index column, float* tile) {
  constexpr Tag tag;
  for (Index b = 0; b < rows; ++b) {
    const float* x = features.row(batch[b]) + column;
    for (Index v = 0; v < kVectors; ++v) {
      hn::Store(hn::LoadU(tag, x + v * kWidth), tag, tile + (b * kVectors + v) * kWidth);
    }
  }
}

// Columns [begin, end) of one tile: rows batch[first_row .. first_row + rows).
void add_tile(MatrixView features, std::span<const Index> batch, Index first_row, Index rows, const std::int32_t* items,
              const std::int32_t* from, const std::int32_t* to, Index masks, Index begin, Index end, float* tile, float* sums) {
  const std::span<const Index> left = batch.subspan(static_cast<std::size_t>(first_row + rows));
  const std::span<const Index> ahead = left.first(std::min(left.size(), static_cast<std::size_t>(rows)));
  const auto slice = [&]<Index kVectors>(Index column) HWY_ATTR {
    copy_slice<kVectors>(features, batch.data() + first_row, rows, column, tile);
    add_slice<kVectors>(features, ahead, column, tile, first_row, items, from, to, masks, sums);
  };
  Index column = begin;
  for (; column + 8 * kWidth <= end; column += 8 * kWidth) slice.template operator()<8>(column);
  for (; column + 4 * kWidth <= end; column += 4 * kWidth) slice.template operator()<4>(column);
  for (; column + kWidth <= end; column += kWidth) slice.template operator()<1>(column);
  for (; column < end; ++column) {
    for (Index mask = 0; mask < masks; ++mask) {
      for (std::int32_t at = from[mask]; at < to[mask]; ++at) {
        sums[mask * features.cols + column] += features.row(batch[static_cast<std::size_t>(items[at])])[column];
      }
    }
  }
}

Index tile_rows() { return 24 * 1024 / (8 * kWidth * static_cast<Index>(sizeof(float))); }

}  // namespace HWY_NAMESPACE
}  // namespace maskbench
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace maskbench {
namespace {

HWY_EXPORT(add_tile);
HWY_EXPORT(tile_rows);

constexpr Index kStep = 16;  // columns; threads share them in multiples of a cache line

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
  const Index height = HWY_DYNAMIC_DISPATCH(tile_rows)(), tiles = (rows + height - 1) / height;
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
        while (at < end && items[at] < tile * height) ++at;
        bounds[static_cast<std::size_t>(tile * group + mask)] = at;
      }
    }
    const Index threads = omp_get_num_threads(), own = omp_get_thread_num(), steps = (dims + kStep - 1) / kStep;
    const Index begin = std::min(dims, steps * own / threads * kStep), end = std::min(dims, steps * (own + 1) / threads * kStep);
    for (Index mask = 0; mask < group; ++mask) std::fill_n(sums.data() + mask * dims + begin, end - begin, 0.0f);
    const auto tile_copy = hwy::AllocateAligned<float>(static_cast<std::size_t>(24 * 1024 / sizeof(float)));
    for (Index tile = 0; tile < tiles; ++tile) {
      const std::int32_t* from = bounds.data() + tile * group;
      HWY_DYNAMIC_DISPATCH(add_tile)
      (features, batch, tile * height, std::min(height, rows - tile * height), items, from, from + group, group, begin, end,
       tile_copy.get(), sums.data());
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
