#include "algorithms/kernels/similarity.hpp"

#include <algorithm>
#include <vector>

#include "algorithms/kernels/one_blas_thread.hpp"
#include "algorithms/kernels/row_products.hpp"
#include "algorithms/kernels/rows.hpp"
#include "datasets/core/watch.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "algorithms/kernels/similarity.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace maskbench {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Eight float64 lanes whatever the vectors' width, combined as dot() combines them. A product of two float32
// is exact in float64, so that fusing it with the sum changes nothing.
using Tag = hn::CappedTag<double, 8>;
using V = hn::Vec<Tag>;
constexpr Index kLanes = 8, kWidth = static_cast<Index>(hn::MaxLanes(Tag()));
constexpr int kVectors = static_cast<int>(kLanes / kWidth);

HWY_INLINE V load(const float* at) {
  return hn::PromoteTo(Tag(), hn::LoadU(hn::Rebind<float, Tag>(), at));
}

// R x C dot products at once, in R C kVectors accumulators.
template <int R, int C>
HWY_INLINE void block(const float* const* x, const float* const* y, Index dims, double* out, Index stride) {
  V sum[R][C][kVectors];
  for (auto& row : sum) {
    for (auto& cell : row) {
      for (V& vector : cell) vector = hn::Zero(Tag());
    }
  }
  Index k = 0;
  for (; k + kLanes <= dims; k += kLanes) {
    for (int v = 0; v < kVectors; ++v) {
      V right[C];
      for (int c = 0; c < C; ++c) right[c] = load(y[c] + k + v * kWidth);
      for (int r = 0; r < R; ++r) {
        const V left = load(x[r] + k + v * kWidth);
        for (int c = 0; c < C; ++c) sum[r][c][v] = hn::MulAdd(left, right[c], sum[r][c][v]);
      }
    }
  }
  for (int r = 0; r < R; ++r) {
    for (int c = 0; c < C; ++c) {
      HWY_ALIGN double lane[kLanes];
      for (int v = 0; v < kVectors; ++v) hn::Store(sum[r][c][v], Tag(), lane + v * kWidth);
      double total =
          ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
      for (Index tail = k; tail < dims; ++tail)
        total += static_cast<double>(x[r][tail]) * static_cast<double>(y[c][tail]);
      out[r * stride + c] = total;
    }
  }
}

void exact_tile(MatrixView features, std::span<const Index> rows, std::span<const Index> cols, double* out,
                Index stride) {
  constexpr int kRows = kVectors == 1 ? 4 : 2, kCols = kVectors == 1 ? 4 : kVectors == 2 ? 2 : 1;
  constexpr std::size_t kPanel = 32;  // columns that stay in the level-2 cache beside a strip of rows
  const std::size_t n = rows.size(), m = cols.size();
  for (std::size_t panel = 0; panel < m; panel += kPanel) {
    const std::size_t end = std::min(m, panel + kPanel);
    for (std::size_t i = 0; i < n; i += kRows) {
      const float* x[kRows];
      const std::size_t height = std::min<std::size_t>(kRows, n - i);
      for (std::size_t r = 0; r < height; ++r) x[r] = features.row(rows[i + r]);
      for (std::size_t j = panel; j < end; j += kCols) {
        const float* y[kCols];
        const std::size_t width = std::min<std::size_t>(kCols, end - j);
        for (std::size_t c = 0; c < width; ++c) y[c] = features.row(cols[j + c]);
        double* const at = out + static_cast<Index>(i) * stride + static_cast<Index>(j);
        if (height == kRows && width == kCols) {
          block<kRows, kCols>(x, y, features.cols, at, stride);
          continue;
        }
        for (std::size_t r = 0; r < height; ++r) {
          for (std::size_t c = 0; c < width; ++c) {
            block<1, 1>(x + r, y + c, features.cols,
                        at + static_cast<Index>(r) * stride + static_cast<Index>(c), stride);
          }
        }
      }
    }
  }
}

// The largest of `count` values, -2 where there are none.
float largest(const float* values, Index count) {
  constexpr hn::ScalableTag<float> tag;
  const auto width = static_cast<Index>(hn::Lanes(tag));
  auto best = hn::Set(tag, -2.0f);
  Index k = 0;
  for (; k + width <= count; k += width) best = hn::Max(best, hn::LoadU(tag, values + k));
  float most = hn::GetLane(hn::MaxOfLanes(tag, best));
  for (; k < count; ++k) most = std::max(most, values[k]);
  return most;
}

}  // namespace HWY_NAMESPACE
}  // namespace maskbench
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace maskbench {
namespace {

HWY_EXPORT(exact_tile);
HWY_EXPORT(largest);

constexpr std::size_t kStrip = 512;     // rows of a thread's turn: columns are copied once for all of them
constexpr std::size_t kColumns = 4096;  // of a strip between two looks

// Calls visit(i, first column, float32 products of rows[i] with the columns from there on), rows in parallel,
// the blocks of a row in order.
template <class Visit>
void for_each_shortlist(MatrixView features, std::span<const Index> rows, std::span<const Index> cols,
                        Visit&& visit) {
  const OneBlasThread one_blas_thread;
  const auto pieces = [](std::size_t all, std::size_t size) { return (all + size - 1) / size; };
  Looks looks(static_cast<std::int64_t>(pieces(rows.size(), kStrip) * pieces(cols.size(), kColumns)));
#pragma omp parallel if (worth_threads(rows.size(), cols.size(), features.cols))
  {
    StripProducts products;
#pragma omp for schedule(dynamic)
    for (std::size_t first = 0; first < rows.size(); first += kStrip) {
      for (std::size_t from = 0; from < cols.size() && !looks.stopped(); from += kColumns) {
        products.each(features, rows.subspan(first, std::min(kStrip, rows.size() - first)),
                      cols.subspan(from, std::min(kColumns, cols.size() - from)),
                      [&](std::size_t r, std::size_t at, std::span<const float> product) {
                        visit(first + r, from + at, product);
                      });
      }
    }
  }
  looks.finish();
}

}  // namespace

void similarity_tile(MatrixView features, std::span<const Index> rows, std::span<const Index> cols,
                     double* out, Index stride) {
  HWY_DYNAMIC_DISPATCH(exact_tile)(features, rows, cols, out, stride);
}

void row_maxima(MatrixView features, std::span<const Index> rows, std::span<const Index> cols,
                std::span<double> best) {
  const double margin = shortlist_margin(features.cols);
  std::fill(best.begin(), best.end(), -1.0);
  for_each_shortlist(
      features, rows, cols, [&](std::size_t i, std::size_t first, std::span<const float> rough) {
        const double most = HWY_DYNAMIC_DISPATCH(largest)(rough.data(), static_cast<Index>(rough.size()));
        double& high = best[i];
        if (most + margin <= high) return;
        // Whatever is more than two margins below the block's largest is below it in truth as well.
        for (std::size_t c = 0; c < rough.size(); ++c) {
          const double value = rough[c];
          if (value < most - 2 * margin || value + margin <= high) continue;
          high = std::max(high, dot(features.row(rows[i]), features.row(cols[first + c]), features.cols));
        }
      });
}

void have_near(MatrixView features, std::span<const Index> rows, double threshold, std::span<char> near) {
  const double margin = shortlist_margin(features.cols);
  std::fill(near.begin(), near.end(), char{0});
  for_each_shortlist(
      features, rows, rows, [&](std::size_t i, std::size_t first, std::span<const float> rough) {
        for (std::size_t c = 0; c < rough.size() && near[i] == 0; ++c) {
          const double value = rough[c];
          if (value < threshold - margin || i == first + c) continue;
          near[i] = value > threshold + margin ||
                    dot(features.row(rows[i]), features.row(rows[first + c]), features.cols) >= threshold;
        }
      });
}

}  // namespace maskbench
#endif
