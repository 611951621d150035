#include "algorithms/kernels/correlation.hpp"

#include <algorithm>

#include "algorithms/kernels/clones.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "algorithms/kernels/correlation.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace maskbench {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::CappedTag<double, 8>;
using V = hn::Vec<Tag>;
constexpr Index kWidth = static_cast<Index>(hn::MaxLanes(Tag()));
constexpr int kLanes = 8;
constexpr int kVectors = kLanes / static_cast<int>(kWidth);
constexpr Index kTileHeight = 8, kFormRows = 4;
constexpr int kTileVectors = 2;
constexpr int kTileRows = kWidth == kLanes ? 8 : 4;  // as many sums as there are registers for
constexpr Index kStep = kTileVectors * kWidth;
static_assert(kCorrelationPad % kStep == 0 && kCorrelationPad % kTileRows == 0);

// sum[r][.] += factors[t][r] * columns[t][.] over the steps, in order; a row of factors or columns every so
// many entries. Products that are exact may be fused with the sum: it has the same bits.
template <bool kExact, int kRows>
HWY_INLINE void add_outer(V (&sum)[kRows][kTileVectors], const double* factors, Index factor_row,
                          Index factor_step, const double* columns, Index column_step, Index steps) {
  constexpr Tag tag;
  for (Index t = 0; t < steps; ++t) {
    V column[kTileVectors];
    for (int v = 0; v < kTileVectors; ++v) column[v] = hn::LoadU(tag, columns + t * column_step + v * kWidth);
    for (int r = 0; r < kRows; ++r) {
      const V factor = hn::Set(tag, factors[t * factor_step + r * factor_row]);
      for (int v = 0; v < kTileVectors; ++v) {
        sum[r][v] = kExact ? hn::MulAdd(factor, column[v], sum[r][v])
                           : hn::Add(sum[r][v], hn::Mul(factor, column[v]));
      }
    }
  }
}

// A tile of kTileHeight rows and kCorrelationPad columns of the product.
template <bool kExact>
HWY_INLINE void tile(const double* left, Index left_step, const double* right, Index right_step, Index steps,
                     double* out, Index width) {
  constexpr Tag tag;
  for (Index row = 0; row < kTileHeight; row += kTileRows) {
    for (Index l = 0; l < kCorrelationPad; l += kStep) {
      double* const corner = out + row * width + l;
      V sum[kTileRows][kTileVectors];
      for (int r = 0; r < kTileRows; ++r) {
        for (int v = 0; v < kTileVectors; ++v) sum[r][v] = hn::LoadU(tag, corner + r * width + v * kWidth);
      }
      add_outer<kExact>(sum, left + row, 1, left_step, right + l, right_step, steps);
      for (int r = 0; r < kTileRows; ++r) {
        for (int v = 0; v < kTileVectors; ++v) hn::StoreU(sum[r][v], tag, corner + r * width + v * kWidth);
      }
    }
  }
}

void product_tile(const double* left, Index left_step, const double* right, Index right_step, Index steps,
                  double* out, Index width) {
  tile<false>(left, left_step, right, right_step, steps, out, width);
}
void exact_tile(const double* left, Index left_step, const double* right, Index right_step, Index steps,
                double* out, Index width) {
  tile<true>(left, left_step, right, right_step, steps, out, width);
}

// lanes[r][l mod 8] += rows[r][l] * sum over k of rows[r][k] panel[k][l], for the panel's columns l in order;
// `rows` and `lanes` of four rows, the panel's columns begin at `first`.
void form_tile(const double* rows, Index width, const double* panel, Index first, double* lanes) {
  constexpr Tag tag;
  constexpr int kRows = kFormRows;
  for (Index l = 0; l < kCorrelationPad; l += kStep) {
    V sum[kRows][kTileVectors];
    for (auto& vectors : sum) {
      for (V& vector : vectors) vector = hn::Zero(tag);
    }
    add_outer<false>(sum, rows, width, 1, panel + l, kCorrelationPad, first + kCorrelationPad);
    for (int v = 0; v < kTileVectors; ++v) {
      const Index column = l + v * kWidth;
      for (int r = 0; r < kRows; ++r) {
        double* const lane = lanes + r * kLanes + column % kLanes;
        const V z = hn::LoadU(tag, rows + r * width + first + column);
        hn::StoreU(hn::Add(hn::LoadU(tag, lane), hn::Mul(sum[r][v], z)), tag, lane);
      }
    }
  }
}

// Lane l of the sums takes columns l mod 8; the lanes are combined at the end.
template <int kCandidates>
HWY_INLINE void rank_one(const double* m, Index width, const RankOne* candidates, double* sums) {
  constexpr Tag tag;
  V total[kCandidates][kVectors];
  for (auto& vectors : total) {
    for (V& vector : vectors) vector = hn::Zero(tag);
  }
  for (Index k = 0; k < width; ++k) {
    const double* const row = m + k * width;
    V factor[kCandidates], sum[kCandidates][kVectors];
    for (int c = 0; c < kCandidates; ++c) {
      factor[c] = hn::Set(tag, candidates[c].left[k]);
      for (V& vector : sum[c]) vector = hn::Zero(tag);
    }
    const auto add = [&](Index l, auto&& kept) HWY_ATTR {
      for (int v = 0; v < kVectors; ++v) {
        const Index at = l + v * kWidth;
        const V entry = hn::LoadU(tag, row + at);
        for (int c = 0; c < kCandidates; ++c) {
          const V value = hn::Add(entry, hn::Mul(factor[c], hn::LoadU(tag, candidates[c].right + at)));
          const V term = hn::Mul(hn::Mul(value, value), hn::LoadU(tag, candidates[c].weight + at));
          sum[c][v] = hn::Add(sum[c][v], kept(term, v));
        }
      }
    };
    // The first eight columns from the diagonal's on: those right of the diagonal only.
    const Index first = k / kLanes * kLanes;
    const auto skip = static_cast<double>(k - first);
    add(first, [&](V term, int v) HWY_ATTR {
      return hn::IfThenElseZero(hn::Gt(hn::Iota(tag, static_cast<double>(v * kWidth)), hn::Set(tag, skip)),
                                term);
    });
    for (Index l = first + kLanes; l < width; l += kLanes) add(l, [](V term, int) HWY_ATTR { return term; });
    for (int c = 0; c < kCandidates; ++c) {
      const V weight = hn::Set(tag, candidates[c].weight[k]);
      for (int v = 0; v < kVectors; ++v) total[c][v] = hn::Add(total[c][v], hn::Mul(weight, sum[c][v]));
    }
  }
  for (int c = 0; c < kCandidates; ++c) {
    HWY_ALIGN double lane[kLanes];
    for (int v = 0; v < kVectors; ++v) hn::Store(total[c][v], tag, lane + v * kWidth);
    sums[c] = ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
  }
}

void rank_one_squares(const double* m, Index width, const RankOne* candidates, double* sums) {
  rank_one<kRankOnes>(m, width, candidates, sums);
}
void one_rank_one_squares(const double* m, Index width, const RankOne* candidate, double* sum) {
  rank_one<1>(m, width, candidate, sum);
}

}  // namespace HWY_NAMESPACE
}  // namespace maskbench
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace maskbench {
namespace {

constexpr Index kTileHeight = 8, kFormRows = 4;

HWY_EXPORT(product_tile);
HWY_EXPORT(exact_tile);
HWY_EXPORT(form_tile);
HWY_EXPORT(rank_one_squares);
HWY_EXPORT(one_rank_one_squares);

// Steps of `width` entries, up to kDepth of them at a time, in slices of kCorrelationPad columns: a slice
// stays in the first cache, all of them in the second. Slices begin a little more than a power of two apart,
// or they would share cache lines.
constexpr Index kDepth = 128;
constexpr Index kSlice = (kDepth + 1) * kCorrelationPad;

std::size_t packed_size(Index width) {
  return static_cast<std::size_t>(width / kCorrelationPad * kSlice);
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

// A panel of kCorrelationPad columns, from the first row down to the diagonal. `tile`: whether products are
// exact.
template <class Tile>
void add_panel(Tile tile, const double* left, const double* right, Index steps, Index first, Index width,
               double* out) {
  const double* const columns = right + first / kCorrelationPad * kSlice;
  for (Index row = 0; row < first + kCorrelationPad; row += kTileHeight) {
    const double* const factors = left + row / kCorrelationPad * kSlice + row % kCorrelationPad;
    tile(factors, kCorrelationPad, columns, kCorrelationPad, steps, out + row * width + first, width);
  }
}

// Where panel q begins: those before it have 16, 32, .. rows of 16 columns.
Index panel_begin(Index q) {
  return kCorrelationPad * kCorrelationPad * q * (q + 1) / 2;
}

}  // namespace

void add_products(const double* left, const double* right, Index steps, Index width, double* out) {
  MASKBENCH_CHECK(width % kCorrelationPad == 0, "rows are padded");
  const auto tile = &HWY_DYNAMIC_DISPATCH(product_tile);
  if (steps < kCorrelationPad) {  // not worth a copy
#pragma omp parallel for schedule(dynamic) if (steps * width * width > 1'000'000)
    for (Index first = width - kCorrelationPad; first >= 0; first -= kCorrelationPad) {
      for (Index row = 0; row < first + kCorrelationPad; row += kTileHeight) {
        tile(left + row, width, right + first, width, steps, out + row * width + first, width);
      }
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
      add_panel(tile, lefts.data(), packed_right, some, first, width, out);
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
      add_panel(&HWY_DYNAMIC_DISPATCH(exact_tile), packed.data(), packed.data(), some, first, width, out);
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
      add_panel(&HWY_DYNAMIC_DISPATCH(product_tile), packed.data(), packed.data(), steps, i, width, out);
    }
  }
}

MASKBENCH_CLONES void centred_squares(MatrixView features, std::span<const Index> rows, const double* mean,
                                      double* squares) {
  std::fill_n(squares, features.cols, 0.0);
  for (const Index row : rows) {
    const float* const x = features.row(row);
    for (Index k = 0; k < features.cols; ++k) {
      const double centred = static_cast<double>(x[k]) - mean[k];
      squares[k] += centred * centred;
    }
  }
}

double off_diagonal_squares(const double* m, Index width, const RankOne& candidate) {
  double sum = 0;
  HWY_DYNAMIC_DISPATCH(one_rank_one_squares)(m, width, &candidate, &sum);
  return sum;
}

void off_diagonal_squares(const double* m, Index width, const RankOne (&candidates)[kRankOnes],
                          double (&sums)[kRankOnes]) {
  HWY_DYNAMIC_DISPATCH(rank_one_squares)(m, width, candidates, sums);
}

TrianglePanels::TrianglePanels(std::span<const double> upper, Index dims)
    : width_(padded(dims)), panels_(static_cast<std::size_t>(panel_begin(width_ / kCorrelationPad)), 0.0) {
  MASKBENCH_CHECK(static_cast<Index>(upper.size()) == dims * (dims - 1) / 2, "a triangle");
  const double* row = upper.data();
  for (Index k = 0; k < dims; row += dims - 1 - k, ++k) {
    for (Index l = k + 1; l < dims; ++l) {
      const Index q = l / kCorrelationPad, at = panel_begin(q) + k * kCorrelationPad + l % kCorrelationPad;
      panels_[static_cast<std::size_t>(at)] = row[l - k - 1];
    }
  }
}

void TrianglePanels::forms(const double* rows, Index count, double* out) const {
  MASKBENCH_CHECK(count % kFormRows == 0, "rows come in fours");
  constexpr Index kLanes = 8;
  std::vector<double> lanes(static_cast<std::size_t>(count * kLanes), 0.0);
  for (Index q = 0; q < width_ / kCorrelationPad; ++q) {
    for (Index row = 0; row < count; row += kFormRows) {
      HWY_DYNAMIC_DISPATCH(form_tile)
      (rows + row * width_, width_, panels_.data() + panel_begin(q), q * kCorrelationPad,
       lanes.data() + row * kLanes);
    }
  }
  for (Index row = 0; row < count; ++row) {
    const double* lane = lanes.data() + row * kLanes;
    out[row] = ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
  }
}

}  // namespace maskbench
#endif
