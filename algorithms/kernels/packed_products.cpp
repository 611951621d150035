#include "algorithms/kernels/packed_products.hpp"

#include <algorithm>

#include "algorithms/kernels/clones.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "algorithms/kernels/packed_products.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#ifndef MASKBENCH_PACKED_PRODUCTS_TILE  // once: the rest is compiled for each instruction set
#define MASKBENCH_PACKED_PRODUCTS_TILE
namespace maskbench {
namespace {

constexpr Index kTileHeight = 8;

// left[t] and right[t] are rows of factors; one every so many entries.
struct TileInput {
  const double* left;
  Index left_step;
  const double* right;
  Index right_step;
  Index steps;
};

}  // namespace
}  // namespace maskbench
#endif

HWY_BEFORE_NAMESPACE();
namespace maskbench {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::CappedTag<double, 8>;
using V = hn::Vec<Tag>;
constexpr Index kWidth = static_cast<Index>(hn::MaxLanes(Tag()));
constexpr int kTileRows = kWidth == 8 ? 8 : 4;  // as many sums as there are registers for
constexpr int kTileVectors = 2;
static_assert(kTileHeight % kTileRows == 0 && kCorrelationPad % (kTileVectors * kWidth) == 0);

// sum[r][.] += factors[t][r] * columns[t][.] over the steps, in order; a row of factors or columns every so
// many entries. Products that are exact may be fused with the sum: it has the same bits.
template <bool kExact, int kRows, int kColumns>
HWY_INLINE void add_outer(V (&sum)[kRows][kColumns], const double* factors, Index factor_row,
                          Index factor_step, const double* columns, Index column_step, Index steps) {
  constexpr Tag tag;
  for (Index t = 0; t < steps; ++t) {
    V column[kColumns];
    for (int v = 0; v < kColumns; ++v) column[v] = hn::LoadU(tag, columns + t * column_step + v * kWidth);
    for (int r = 0; r < kRows; ++r) {
      const V factor = hn::Set(tag, factors[t * factor_step + r * factor_row]);
      for (int v = 0; v < kColumns; ++v) {
        sum[r][v] = kExact ? hn::MulAdd(factor, column[v], sum[r][v])
                           : hn::Add(sum[r][v], hn::Mul(factor, column[v]));
      }
    }
  }
}

// kTileHeight rows of the product; of its columns those from right + begin to right + end, in steps of so
// many vectors.
template <bool kExact, int kColumns>
HWY_INLINE void columns_of_tile(const TileInput& in, Index begin, Index end, double* out, Index width) {
  constexpr Tag tag;
  for (Index row = 0; row < kTileHeight; row += kTileRows) {
    for (Index l = begin; l < end; l += kColumns * kWidth) {
      double* const corner = out + row * width + l;
      V sum[kTileRows][kColumns];
      for (int r = 0; r < kTileRows; ++r) {
        for (int v = 0; v < kColumns; ++v) sum[r][v] = hn::LoadU(tag, corner + r * width + v * kWidth);
      }
      add_outer<kExact>(sum, in.left + row, 1, in.left_step, in.right + l, in.right_step, in.steps);
      for (int r = 0; r < kTileRows; ++r) {
        for (int v = 0; v < kColumns; ++v) hn::StoreU(sum[r][v], tag, corner + r * width + v * kWidth);
      }
    }
  }
}

template <bool kExact>
HWY_INLINE void tile(const TileInput& in, Index begin, Index end, double* out, Index width) {
  if ((end - begin) % (kTileVectors * kWidth) == 0)
    columns_of_tile<kExact, kTileVectors>(in, begin, end, out, width);
  else
    columns_of_tile<kExact, 1>(in, begin, end, out, width);
}

void product_tile(const TileInput& in, Index begin, Index end, double* out, Index width) {
  tile<false>(in, begin, end, out, width);
}
void exact_tile(const TileInput& in, Index begin, Index end, double* out, Index width) {
  tile<true>(in, begin, end, out, width);
}

}  // namespace HWY_NAMESPACE
}  // namespace maskbench
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace maskbench {
namespace {

HWY_EXPORT(product_tile);
HWY_EXPORT(exact_tile);

// Steps of `width` entries, up to kDepth of them at a time, in slices of kCorrelationPad columns: a slice
// stays in the first cache, all of them in the second. Slices begin a little more than a power of two apart,
// or they would share cache lines.
constexpr Index kDepth = 128;
constexpr Index kSlice = (kDepth + 1) * kCorrelationPad;

std::size_t packed_size(Index width) {
  return width / kCorrelationPad * kSlice;
}

// slice[t][c] = matrix[t][c], a row of the matrix every `width` entries.
void pack(const double* matrix, Index steps, Index width, double* slice) {
  for (Index t = 0; t < steps; ++t)
    std::copy_n(matrix + t * width, kCorrelationPad, slice + t * kCorrelationPad);
}

// slice p of packed, [t] = x_rows[t], columns 16 p on, as float64; zeros past the last column.
MASKBENCH_CLONES void pack_rows(MatrixView features, const Index* rows, Index steps, double* packed) {
  const Index whole = features.cols / kCorrelationPad;
  for (Index t = 0; t < steps; ++t) {
    const float* const x = features.row(rows[t]);
    double* slice = packed + t * kCorrelationPad;
    for (Index p = 0; p < whole; ++p, slice += kSlice) {
      for (Index c = 0; c < kCorrelationPad; ++c) slice[c] = static_cast<double>(x[p * kCorrelationPad + c]);
    }
    const Index left = features.cols - whole * kCorrelationPad;
    if (left == 0) continue;
    for (Index c = 0; c < left; ++c) slice[c] = static_cast<double>(x[whole * kCorrelationPad + c]);
    std::fill(slice + left, slice + kCorrelationPad, 0.0);
  }
}

// slice[t][c] = (x_rows[c][first + t] - mean[first + t]) scale[first + t]; zeros for rows past `count`.
MASKBENCH_CLONES void pack_standardised(MatrixView features, const Index* rows, Index count,
                                        const double* mean, const double* scale, Index first, Index steps,
                                        double* slice) {
  float turned[kDepth * kCorrelationPad] = {};
  for (Index c = 0; c < count; ++c) {
    const float* const x = features.row(rows[c]) + first;
    for (Index t = 0; t < steps; ++t) turned[t * kCorrelationPad + c] = x[t];
  }
  for (Index t = 0; t < steps; ++t) {
    const double centre = mean[first + t], factor = scale[first + t];
    for (Index c = 0; c < kCorrelationPad; ++c) {
      slice[t * kCorrelationPad + c] =
          (static_cast<double>(turned[t * kCorrelationPad + c]) - centre) * factor;
    }
    for (Index c = count; c < kCorrelationPad; ++c) slice[t * kCorrelationPad + c] = 0;
  }
}

// The panel of kCorrelationPad columns from `first` on, down to the diagonal; of a product of `used` rows and
// columns, the rest of them zeros. `packed`: whether slices are. The half of the last rows that is below the
// diagonal is left out.
template <class Tile>
void add_panel(Tile tile, TileInput in, bool packed, Index first, Index used, Index width, double* out) {
  const double* const left = in.left;
  const Index columns =
      std::min(kCorrelationPad, (used - first + kTileHeight - 1) / kTileHeight * kTileHeight);
  in.right += packed ? first / kCorrelationPad * kSlice : first;
  for (Index row = 0; row < first + columns; row += kTileHeight) {
    in.left = left + (packed ? row / kCorrelationPad * kSlice + row % kCorrelationPad : row);
    tile(in, row > first ? kTileHeight : 0, columns, out + row * width + first, width);
  }
}

}  // namespace

void add_products(const double* left, const double* right, Index steps, Index width, double* out) {
  MASKBENCH_CHECK(width % kCorrelationPad == 0, "rows are padded");
  const auto tile = &HWY_DYNAMIC_DISPATCH(product_tile);
  if (steps < kCorrelationPad) {  // not worth a copy
#pragma omp parallel for schedule(dynamic) if (steps * width * width > 1'000'000)
    for (Index first = width - kCorrelationPad; first >= 0; first -= kCorrelationPad) {
      add_panel(tile, {left, width, right, width, steps}, false, first, width, width, out);
    }
    return;
  }
  std::vector<double> lefts(packed_size(width)), rights(left == right ? 0 : lefts.size());
  double* const packed_right = left == right ? lefts.data() : rights.data();
#pragma omp parallel if (steps * width * width > 1'000'000)
  for (Index t = 0; t < steps; t += kDepth) {
    const Index some = std::min(kDepth, steps - t);
#pragma omp for schedule(static)
    for (Index first = 0; first < width; first += kCorrelationPad) {
      const Index slice = first / kCorrelationPad * kSlice;
      pack(left + t * width + first, some, width, lefts.data() + slice);
      if (left != right) pack(right + t * width + first, some, width, packed_right + slice);
    }
#pragma omp for schedule(dynamic)
    for (Index first = width - kCorrelationPad; first >= 0; first -= kCorrelationPad) {
      add_panel(tile, {lefts.data(), kCorrelationPad, packed_right, kCorrelationPad, some}, true, first,
                width, width, out);
    }
  }
}

void add_moments(MatrixView features, std::span<const Index> rows, std::vector<double>& packed, double* out) {
  const Index width = padded(features.cols), all = static_cast<Index>(rows.size());
  packed.resize(packed_size(width));
  for (Index t = 0; t < all; t += kDepth) {
    const Index some = std::min(kDepth, all - t);
    pack_rows(features, rows.data() + t, some, packed.data());
    for (Index first = 0; first < width; first += kCorrelationPad) {
      add_panel(&HWY_DYNAMIC_DISPATCH(exact_tile),
                {packed.data(), kCorrelationPad, packed.data(), kCorrelationPad, some}, true, first,
                features.cols, width, out);
    }
  }
}

void add_gram(MatrixView features, std::span<const Index> rows, const double* mean, const double* scale,
              std::vector<double>& packed, double* out) {
  const Index all = static_cast<Index>(rows.size()), width = padded(all);
  packed.resize(packed_size(width));
  for (Index first = 0; first < features.cols; first += kDepth) {
    const Index steps = std::min(kDepth, features.cols - first);
    for (Index i = 0; i < width; i += kCorrelationPad) {
      pack_standardised(features, rows.data() + i, std::min(kCorrelationPad, all - i), mean, scale, first,
                        steps, packed.data() + i / kCorrelationPad * kSlice);
    }
    for (Index i = 0; i < width; i += kCorrelationPad) {
      add_panel(&HWY_DYNAMIC_DISPATCH(product_tile),
                {packed.data(), kCorrelationPad, packed.data(), kCorrelationPad, steps}, true, i, all, width,
                out);
    }
  }
}

MASKBENCH_CLONES void centred_squares(MatrixView features, std::span<const Index> rows, const double* mean,
                                      double* squares) {
  constexpr Index kColumns = 64;  // whose sums stay in registers
  Index first = 0;
  for (; first + kColumns <= features.cols; first += kColumns) {
    double sum[kColumns] = {};
    for (const Index row : rows) {
      const float* const x = features.row(row) + first;
      for (Index k = 0; k < kColumns; ++k) {
        const double centred = static_cast<double>(x[k]) - mean[first + k];
        sum[k] += centred * centred;
      }
    }
    std::copy_n(sum, kColumns, squares + first);
  }
  std::fill(squares + first, squares + features.cols, 0.0);
  for (const Index row : rows) {
    const float* const x = features.row(row);
    for (Index k = first; k < features.cols; ++k) {
      const double centred = static_cast<double>(x[k]) - mean[k];
      squares[k] += centred * centred;
    }
  }
}

}  // namespace maskbench
#endif
