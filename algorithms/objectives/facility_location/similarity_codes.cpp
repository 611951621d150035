#include "algorithms/objectives/facility_location/similarity_codes.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <new>
#include <vector>

#include "algorithms/kernels/clones.hpp"
#include "algorithms/kernels/one_blas_thread.hpp"
#include "algorithms/kernels/row_block.hpp"
#include "algorithms/kernels/row_products.hpp"
#include "datasets/core/watch.hpp"

namespace maskbench {
namespace {

constexpr std::size_t kTile = 256;               // products at once: 256 KiB in float32
constexpr std::size_t kTileStride = kTile + 32;  // an odd number of cache lines, for reads down the columns
constexpr std::size_t kLine = 32;                // codes in a cache line
constexpr std::size_t kHugePage = std::size_t{2} << 20;

std::size_t padded(std::size_t cols) {
  return (cols + kLine - 1) / kLine * kLine;
}

std::size_t allocated(std::size_t rows, std::size_t cols) {
  const std::size_t bytes = std::max<std::size_t>(sizeof(std::int16_t) * rows * padded(cols), kLine);
  const std::size_t page = bytes < 4 * kHugePage ? 4096 : kHugePage;
  return (bytes + page - 1) / page * page;
}

// The whole number above x * scale + shift (or the one after it, below 0), in float32: `shift` has room for
// its roundings.
MASKBENCH_CLONES void encode(const float* x, std::size_t count, float scale, float shift, std::int16_t* out) {
  for (std::size_t k = 0; k < count; ++k)
    out[k] = static_cast<std::int16_t>(static_cast<std::int32_t>(x[k] * scale + shift) + 1);
}

MASKBENCH_CLONES std::int32_t sum_above_block(const std::int16_t* code, const std::int16_t* floor,
                                              std::size_t count) {
  std::int32_t sum = 0;
  for (std::size_t k = 0; k < count; ++k)
    sum += std::max(0, static_cast<std::int32_t>(code[k]) - static_cast<std::int32_t>(floor[k]));
  return sum;
}

MASKBENCH_CLONES bool any_above(const std::int16_t* code, const std::int16_t* floor) {
  std::int16_t any = 0;
  for (std::size_t k = 0; k < kLine; ++k) any = static_cast<std::int16_t>(any | (code[k] > floor[k] ? 1 : 0));
  return any != 0;
}

}  // namespace

void SimilarityCodes::Free::operator()(std::int16_t* codes) const {
  std::free(codes);
}

std::int64_t SimilarityCodes::bytes(std::size_t rows, std::size_t cols) {
  return static_cast<std::int64_t>(allocated(rows, cols));
}

std::int64_t SimilarityCodes::scratch_bytes(
    Index dims) {  // a thread's tiles, packed rows, and what BLAS packs
  return static_cast<std::int64_t>(kTile * (4 * kTile + 2 * kTileStride)) +
         16 * static_cast<std::int64_t>(kTile) * dims;
}

SimilarityCodes::SimilarityCodes(MatrixView features, std::span<const Index> rows,
                                 std::span<const Index> cols)
    : stride_(padded(cols.size())) {
  // Codes up to (1.0001 + margin) / unit, with the encoder's slack, stay below 2^15.
  const double margin = shortlist_margin(features.cols);
  unit_ = (1.001 + 2 * margin) / 32000;
  const std::size_t size = allocated(rows.size(), cols.size());
  void* const memory = std::aligned_alloc(size < 4 * kHugePage ? 4096 : kHugePage, size);
  if (memory == nullptr) throw std::bad_alloc();
  madvise(memory, size, MADV_HUGEPAGE);  // fewer page faults; no matter if it is refused
  codes_.reset(static_cast<std::int16_t*>(memory));
  fill(features, rows, cols, std::ranges::equal(rows, cols));
}

std::int16_t SimilarityCodes::below(double similarity) const {
  return static_cast<std::int16_t>(std::floor(similarity / unit_ - 1e-9));
}

void SimilarityCodes::fill(MatrixView features, std::span<const Index> rows, std::span<const Index> cols,
                           bool symmetric) {
  const auto scale = static_cast<float>(1 / unit_);
  // Besides the margin: three float32 roundings of numbers below 2^15 (scale, product, sum), 2^-9 each.
  const auto shift = static_cast<float>(shortlist_margin(features.cols) / unit_ + 0.01);
  std::vector<std::pair<std::size_t, std::size_t>> tiles;
  for (std::size_t r = 0; r < rows.size(); r += kTile) {
    for (std::size_t c = symmetric ? r : 0; c < cols.size(); c += kTile) tiles.emplace_back(r, c);
  }
  const OneBlasThread one_blas_thread;
  Looks looks(static_cast<std::int64_t>(tiles.size()));
#pragma omp parallel if (tiles.size() > 1)
  {
    std::vector<float> product(kTile * kTile), copy_rows, copy_cols;
    std::vector<std::int16_t> code(kTile * kTileStride);
#pragma omp for schedule(dynamic, 1)
    for (std::size_t t = 0; t < tiles.size(); ++t) {
      if (looks.stopped()) continue;
      const auto [r, c] = tiles[t];
      const std::size_t height = std::min(kTile, rows.size() - r), width = std::min(kTile, cols.size() - c);
      const MatrixView x = row_block(features, rows.subspan(r, height), copy_rows);
      const MatrixView y = row_block(features, cols.subspan(c, width), copy_cols);
      row_products(x, y, product.data(), static_cast<Index>(kTile));
      for (std::size_t k = 0; k < height; ++k) {
        std::int16_t* const at = code.data() + k * kTileStride;
        encode(product.data() + k * kTile, width, scale, shift, at);
        std::copy_n(at, width, codes_.get() + (r + k) * stride_ + c);
      }
      if (!symmetric || r == c) continue;
      for (std::size_t k = 0; k < width; ++k) {
        std::int16_t* const to = codes_.get() + (c + k) * stride_ + r;
        for (std::size_t l = 0; l < height; ++l) to[l] = code[l * kTileStride + k];
      }
    }
  }
  looks.finish();
}

std::int64_t sum_above(const std::int16_t* code, const std::int16_t* floor, std::size_t count) {
  constexpr std::size_t kRun = std::size_t{1} << 14;  // sums of so many differences fit 32 bits
  std::int64_t sum = 0;
  for (std::size_t k = 0; k < count; k += kRun)
    sum += sum_above_block(code + k, floor + k, std::min(kRun, count - k));
  return sum;
}

std::size_t places_above(const std::int16_t* code, const std::int16_t* floor, std::size_t count,
                         std::int32_t* out) {
  std::size_t found = 0;
  std::size_t k = 0;
  const auto take = [&](std::size_t end) {
    for (; k < end; ++k) {
      if (code[k] > floor[k]) out[found++] = static_cast<std::int32_t>(k);
    }
  };
  while (k + kLine <= count) {
    if (any_above(code + k, floor + k))
      take(k + kLine);
    else
      k += kLine;
  }
  take(count);
  return found;
}

}  // namespace maskbench
