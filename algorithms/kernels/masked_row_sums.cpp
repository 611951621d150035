#include "algorithms/kernels/masked_row_sums.hpp"

#include <omp.h>

#include <algorithm>
#include <bit>

#include "algorithms/kernels/worth_threads.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "algorithms/kernels/masked_row_sums.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#ifndef MASKBENCH_MASKED_ROW_SUMS_TILE  // once: the rest is compiled for each instruction set
#define MASKBENCH_MASKED_ROW_SUMS_TILE
namespace maskbench {
namespace {

constexpr Index kSlice = 32;      // columns
constexpr Index kTileRows = 192;  // 24 KiB of a slice
constexpr Index kPanel = 12;      // slices: a tile of them and the next one's lines fit a level-2 cache
constexpr Index kHeld = (kTileRows + 1) * kSlice;  // of a slice of a tile, the last row zeros

// Fetches columns [begin, end) of some rows, a piece at a time.
class Fetcher {
 public:
  // A row of the batch is on a page of its own, far away. All pages are asked for first, so that their walks
  // overlap.
  Fetcher(const StoredRows& features, std::span<const Index> batch, Index begin, Index end)
      : features_(features),
        batch_(batch),
        begin_(begin),
        bytes_(features.at(0, end) - features.at(0, begin)) {
    for (const Index row : batch) {
      __builtin_prefetch(features.at(row, begin), 0, 2);
      __builtin_prefetch(features.at(row, end) - 1, 0, 2);
    }
  }

  Index pieces() const { return static_cast<Index>(batch_.size()) * ((bytes_ + kPiece - 1) / kPiece); }

  void fetch() {
    if (row_ == batch_.size()) return;
    const char* const x = features_.at(batch_[row_], begin_) + at_;
    for (Index k = 0; k < kPiece; k += kLine) __builtin_prefetch(x + k, 0, 2);
    at_ += kPiece;
    if (at_ >= bytes_) at_ = 0, ++row_;
  }

 private:
  static constexpr Index kLine = 64, kPiece = 256;  // bytes
  const StoredRows& features_;
  std::span<const Index> batch_;
  Index begin_, bytes_, at_ = 0;
  std::size_t row_ = 0;
};

}  // namespace
}  // namespace maskbench
#endif

// A tile of rows is copied into a level-2 cache, row by row, so that each row's page is asked for once, and
// slice by slice of columns, which fit a level-1 cache; each mask then adds its rows of the tile in
// registers. Sums lie slice by slice too: as rows of G x d they would share a few sets of that cache.
// Meanwhile the next tile's rows are fetched.
HWY_BEFORE_NAMESPACE();
namespace maskbench {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::CappedTag<float, 16>;
using V = hn::Vec<Tag>;
constexpr Index kWidth = static_cast<Index>(hn::MaxLanes(Tag()));
constexpr Index kVectors = kSlice / kWidth;

// A vector of a row's entries as float32: StoredRows::value of each, to the last bit.
HWY_INLINE V load(const float* x, V) {
  return hn::LoadU(Tag(), x);
}
HWY_INLINE V load(const std::uint16_t* x, V) {  // bfloat16
  constexpr hn::RebindToUnsigned<Tag> words;
  return hn::BitCast(Tag(),
                     hn::ShiftLeft<16>(hn::PromoteTo(words, hn::LoadU(hn::Rebind<std::uint16_t, Tag>(), x))));
}
HWY_INLINE V load(const std::int8_t* x, V scale) {
  constexpr hn::RebindToSigned<Tag> words;
  return hn::Mul(hn::ConvertTo(Tag(), hn::PromoteTo(words, hn::LoadU(hn::Rebind<std::int8_t, Tag>(), x))),
                 scale);
}

// Columns [begin, end) of each row as float32, slice by slice, zeros to the end of the last.
template <class Stored>
void copy_rows(const StoredRows& features, std::span<const Index> batch, Index begin, Index end,
               float* copy) {
  constexpr Tag tag;
  for (const Index row : batch) {
    const V scale = hn::Set(tag, features.scale(row));
    const Stored* x = reinterpret_cast<const Stored*>(features.at(row, begin));
    float* out = copy;
    Index column = begin;
    for (; column + kSlice <= end; column += kSlice, x += kSlice, out += kHeld) {
      for (Index v = 0; v < kVectors; ++v) hn::Store(load(x + v * kWidth, scale), tag, out + v * kWidth);
    }
    if (column < end) {
      for (Index k = 0; k < kSlice; ++k) out[k] = column + k < end ? features.value(row, column + k) : 0.0f;
    }
    copy += kSlice;
  }
}

// sums: masks x kSlice.
void add_slice(const TileItems& items, const float* copy, Fetcher& next, Index pieces, float* sums) {
  constexpr Tag tag;
  const std::int32_t* at = items.offsets.data();
  for (std::size_t k = 0; k < items.order.size(); ++k) {
    for (Index piece = 0; piece < pieces; ++piece) next.fetch();
    float* const held = sums + items.order[k] * kSlice;
    V sum[kVectors];
    for (Index v = 0; v < kVectors; ++v) sum[v] = hn::Load(tag, held + v * kWidth);
    for (std::int32_t pair = items.pairs[k]; pair > 0; --pair, at += 2) {
      const float *const x = copy + at[0], *const y = copy + at[1];
      for (Index v = 0; v < kVectors; ++v) {
        sum[v] = hn::Add(hn::Add(sum[v], hn::Load(tag, x + v * kWidth)), hn::Load(tag, y + v * kWidth));
      }
    }
    for (Index v = 0; v < kVectors; ++v) hn::Store(sum[v], tag, held + v * kWidth);
  }
}

// Columns [begin, end) of a tile, a panel at most; sums: slice by slice, masks x kSlice each.
void add_tile(const StoredRows& features, std::span<const Index> tile, std::span<const Index> ahead,
              const TileItems& items, Index begin, Index end, float* copy, float* sums) {
  switch (features.type) {
    case DType::bf16:
      copy_rows<std::uint16_t>(features, tile, begin, end, copy);
      break;
    case DType::i8:
      copy_rows<std::int8_t>(features, tile, begin, end, copy);
      break;
    default:
      copy_rows<float>(features, tile, begin, end, copy);
  }
  Fetcher next(features, ahead, begin, end);
  const auto masks = static_cast<Index>(items.order.size());
  const Index calls = (end - begin + kSlice - 1) / kSlice * masks,
              pieces = (next.pieces() + calls - 1) / calls;
  for (Index column = begin; column < end; column += kSlice, copy += kHeld, sums += masks * kSlice) {
    add_slice(items, copy, next, pieces, sums);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace maskbench
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace maskbench {
namespace {

HWY_EXPORT(add_tile);

bool in_order(const MaskSet& masks) {
  int falls = 0;  // counted without a branch, so that this is vector code
  for (Index mask = 0; mask < masks.masks; ++mask) {
    const std::int32_t* const items = masks.items.data() + mask * masks.picked;
    for (Index k = 1; k < masks.picked; ++k) falls |= items[k] < items[k - 1] ? 1 : 0;
  }
  return falls == 0;
}

// Positions of each mask, ascending: by a bit a row.
void put_in_order(const MaskSet& masks, Index rows, std::vector<std::int32_t>& sorted) {
  sorted.resize(masks.items.size());
#pragma omp parallel if (worth_threads(masks.items.size(), 1, 16))
  {
    std::vector<std::uint64_t> bits((rows + 63) / 64);
#pragma omp for schedule(static)
    for (Index mask = 0; mask < masks.masks; ++mask) {
      const std::int32_t* const items = masks.items.data() + mask * masks.picked;
      for (Index k = 0; k < masks.picked; ++k) bits[items[k] / 64] |= std::uint64_t{1} << items[k] % 64;
      std::int32_t* out = sorted.data() + mask * masks.picked;
      for (std::size_t word = 0; word < bits.size(); ++word) {
        for (; bits[word] != 0; bits[word] &= bits[word] - 1) {
          *out++ = static_cast<std::int32_t>(64 * word) + std::countr_zero(bits[word]);
        }
      }
    }
  }
}

// Finds the items of the tile that begins at `first`, where those of the tiles before have been found. A row
// of zeros makes an odd count even: no sum is -0, so that it changes none. Masks of equal counts follow each
// other, so that the end of a mask's loop is foreseen by the processor.
void find_items(const std::int32_t* items, Index masks, Index picked, Index first, TileItems& tile) {
  std::int32_t masks_of[kTileRows / 2 + 2] = {};  // by pairs, later where their masks begin in `order`
  const auto next = static_cast<std::int32_t>(first + kTileRows);
  std::int32_t pairs = 0;
  for (Index mask = 0; mask < masks; ++mask) {
    std::int32_t count = 0;
    const std::int32_t* const own = items + mask * picked + tile.at[mask];
    const auto left = static_cast<std::int32_t>(picked) - tile.at[mask];
    while (count < left && own[count] < next) ++count;
    tile.count[mask] = count;
    ++masks_of[(count + 1) / 2 + 1];
    pairs += (count + 1) / 2;
  }
  for (Index k = 1; k <= kTileRows / 2; ++k) masks_of[k] += masks_of[k - 1];
  for (Index mask = 0; mask < masks; ++mask) {
    const std::int32_t own = (tile.count[mask] + 1) / 2;
    const std::size_t place = masks_of[own]++;
    tile.order[place] = static_cast<std::int32_t>(mask);
    tile.pairs[place] = own;
  }
  tile.offsets.resize(2 * pairs);
  std::int32_t* out = tile.offsets.data();
  for (const std::int32_t mask : tile.order) {
    std::int32_t& at = tile.at[mask];
    const std::int32_t count = tile.count[mask];
    const std::int32_t* const own = items + mask * picked + at;
    for (std::int32_t k = 0; k < count; ++k)
      *out++ = (own[k] - static_cast<std::int32_t>(first)) * static_cast<std::int32_t>(kSlice);
    if (count % 2 != 0) *out++ = static_cast<std::int32_t>(kTileRows * kSlice);
    at += count;
  }
}

}  // namespace

struct MaskedRowSums::Task {
  StoredRows features;
  std::span<const Index> batch;
  Index masks, picked;
  const std::int32_t* items;
  float* sums;
};

void MaskedRowSums::sum_columns(const Task& task, Index first_slice, Index last_slice, Scratch& scratch) {
  const std::size_t group = task.masks, all = task.batch.size();
  const std::size_t size = kPanel * kHeld + kPanel * kSlice * task.masks;
  if (scratch.size < size) {
    scratch.floats = hwy::AllocateAligned<float>(size);
    scratch.size = size;
    for (Index slice = 0; slice < kPanel; ++slice)
      std::fill_n(scratch.floats.get() + (slice + 1) * kHeld - kSlice, kSlice, 0.0f);
  }
  float *const copy = scratch.floats.get(), *const sums = copy + kPanel * kHeld;
  for (auto* const numbers : {&scratch.items.count, &scratch.items.order, &scratch.items.pairs})
    numbers->resize(group);
  const Index end = std::min(task.features.cols, last_slice * kSlice);
  for (Index from = first_slice * kSlice; from < end; from += kPanel * kSlice) {
    const Index to = std::min(end, from + kPanel * kSlice);
    std::fill_n(sums, (to - from + kSlice - 1) / kSlice * kSlice * task.masks, 0.0f);
    scratch.items.at.assign(group, 0);
    for (std::size_t first = 0; first < all; first += kTileRows) {
      const std::size_t next = std::min(all, first + kTileRows), last = std::min(all, next + kTileRows);
      find_items(task.items, task.masks, task.picked, static_cast<Index>(first), scratch.items);
      HWY_DYNAMIC_DISPATCH(add_tile)
      (task.features, task.batch.subspan(first, next - first), task.batch.subspan(next, last - next),
       scratch.items, from, to, copy, sums);
    }
    for (Index column = from; column < to; column += kSlice) {
      const float* const slice = sums + (column - from) * task.masks;
      const Index columns = std::min(kSlice, to - column);
      for (Index mask = 0; mask < task.masks; ++mask) {
        const float* const from_slice = slice + mask * kSlice;
        float* const out = task.sums + mask * task.features.cols + column;
        if (columns == kSlice)
          std::copy_n(from_slice, kSlice, out);  // a length that the compiler knows
        else
          std::copy_n(from_slice, columns, out);
      }
    }
  }
}

std::span<const float> MaskedRowSums::of(const StoredRows& features, std::span<const Index> batch,
                                         const MaskSet& masks) {
  const Index slices = (features.cols + kSlice - 1) / kSlice;
  const bool ready = in_order(masks);
  if (!ready) put_in_order(masks, static_cast<Index>(batch.size()), sorted_);
  sums_.resize(masks.masks * features.cols);
  const Task task{features,    batch, masks.masks, masks.picked, ready ? masks.items.data() : sorted_.data(),
                  sums_.data()};
  const bool together = worth_threads(masks.items.size(), 1, features.cols);
  const std::size_t threads = together ? omp_get_max_threads() : 1;
  scratch_.resize(std::max(scratch_.size(), threads));
#pragma omp parallel if (together)
  {
    const Index count = omp_get_num_threads(), thread = omp_get_thread_num();
    sum_columns(task, slices * thread / count, slices * (thread + 1) / count, scratch_[thread]);
  }
  return sums_;
}

std::vector<double> masked_row_sums_reference(const StoredRows& features, std::span<const Index> batch,
                                              const MaskSet& masks) {
  std::vector<double> sums(masks.masks * features.cols, 0.0);
  for (Index mask = 0; mask < masks.masks; ++mask) {
    for (Index k = 0; k < masks.picked; ++k) {
      const std::size_t position = masks.items[mask * masks.picked + k];
      double* sum = sums.data() + mask * features.cols;
      for (Index c = 0; c < features.cols; ++c)
        sum[c] += static_cast<double>(features.value(batch[position], c));
    }
  }
  return sums;
}

}  // namespace maskbench
#endif  // HWY_ONCE
