#include "algorithms/kernels/correlation.hpp"

#include <algorithm>

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
constexpr int kTileRows = 4, kTileVectors = 2;  // 8 accumulators

// Rows [first, first + kTileRows) of the product, from the diagonal on.
void product_rows(const double* left, const double* right, Index steps, Index width, Index first,
                  double* out) {
  constexpr Tag tag;
  constexpr Index kStep = kTileVectors * kWidth;
  for (Index l = first / kStep * kStep; l < width; l += kStep) {
    V sum[kTileRows][kTileVectors];
    for (int r = 0; r < kTileRows; ++r) {
      for (int v = 0; v < kTileVectors; ++v)
        sum[r][v] = hn::LoadU(tag, out + (first + r) * width + l + v * kWidth);
    }
    for (Index t = 0; t < steps; ++t) {
      const double* const b = right + t * width + l;
      const double* const a = left + t * width + first;
      V column[kTileVectors];
      for (int v = 0; v < kTileVectors; ++v) column[v] = hn::LoadU(tag, b + v * kWidth);
      for (int r = 0; r < kTileRows; ++r) {
        const V factor = hn::Set(tag, a[r]);
        for (int v = 0; v < kTileVectors; ++v) sum[r][v] = hn::Add(sum[r][v], hn::Mul(factor, column[v]));
      }
    }
    for (int r = 0; r < kTileRows; ++r) {
      for (int v = 0; v < kTileVectors; ++v)
        hn::StoreU(sum[r][v], tag, out + (first + r) * width + l + v * kWidth);
    }
  }
}

// Lane l of the sums takes columns l mod 8; the lanes are combined at the end.
void rank_one_squares(const double* m, Index width, const RankOne* candidates, double* sums) {
  constexpr Tag tag;
  V total[kRankOnes][kVectors];
  for (auto& vectors : total) {
    for (V& vector : vectors) vector = hn::Zero(tag);
  }
  for (Index k = 0; k < width; ++k) {
    const double* const row = m + k * width;
    V factor[kRankOnes], sum[kRankOnes][kVectors];
    for (int c = 0; c < kRankOnes; ++c) {
      factor[c] = hn::Set(tag, candidates[c].left[k]);
      for (V& vector : sum[c]) vector = hn::Zero(tag);
    }
    const auto add = [&](Index l, auto&& kept) HWY_ATTR {
      for (int v = 0; v < kVectors; ++v) {
        const Index at = l + v * kWidth;
        const V entry = hn::LoadU(tag, row + at);
        for (int c = 0; c < kRankOnes; ++c) {
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
    for (int c = 0; c < kRankOnes; ++c) {
      const V weight = hn::Set(tag, candidates[c].weight[k]);
      for (int v = 0; v < kVectors; ++v) total[c][v] = hn::Add(total[c][v], hn::Mul(weight, sum[c][v]));
    }
  }
  for (int c = 0; c < kRankOnes; ++c) {
    HWY_ALIGN double lane[kLanes];
    for (int v = 0; v < kVectors; ++v) hn::Store(total[c][v], tag, lane + v * kWidth);
    sums[c] = ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace maskbench
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace maskbench {
namespace {

HWY_EXPORT(product_rows);
HWY_EXPORT(rank_one_squares);

constexpr Index kTileHeight = 4;

}  // namespace

void add_products(const double* left, const double* right, Index steps, Index width, double* out) {
  MASKBENCH_CHECK(width % kCorrelationPad == 0, "rows are padded");
#pragma omp parallel for schedule(dynamic) if (steps * width * width > 1'000'000)
  for (Index first = 0; first < width; first += kTileHeight) {
    HWY_DYNAMIC_DISPATCH(product_rows)(left, right, steps, width, first, out);
  }
}

void off_diagonal_squares(const double* m, Index width, const RankOne (&candidates)[kRankOnes],
                          double (&sums)[kRankOnes]) {
  HWY_DYNAMIC_DISPATCH(rank_one_squares)(m, width, candidates, sums);
}

}  // namespace maskbench
#endif
