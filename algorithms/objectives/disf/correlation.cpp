#include "algorithms/objectives/disf/correlation.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "algorithms/objectives/disf/correlation.cpp"
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
constexpr int kFormRows = 4, kTileVectors = 2;  // 8 accumulators
static_assert(kCorrelationPad % (kTileVectors * kWidth) == 0);

// lanes[r][l mod 8] += rows[r][l] * sum over k of rows[r][k] panel[k][l], for the panel's columns l in order;
// `rows` and `lanes` of four rows, the panel's columns begin at `first`.
void form_tile(const double* rows, Index width, const double* panel, Index first, double* lanes) {
  constexpr Tag tag;
  for (Index l = 0; l < kCorrelationPad; l += kTileVectors * kWidth) {
    V sum[kFormRows][kTileVectors];
    for (auto& vectors : sum) {
      for (V& vector : vectors) vector = hn::Zero(tag);
    }
    for (Index k = 0; k < first + kCorrelationPad; ++k) {
      V column[kTileVectors];
      for (int v = 0; v < kTileVectors; ++v)
        column[v] = hn::LoadU(tag, panel + k * kCorrelationPad + l + v * kWidth);
      for (int r = 0; r < kFormRows; ++r) {
        const V factor = hn::Set(tag, rows[r * width + k]);
        for (int v = 0; v < kTileVectors; ++v) sum[r][v] = hn::Add(sum[r][v], hn::Mul(factor, column[v]));
      }
    }
    for (int v = 0; v < kTileVectors; ++v) {
      const Index column = l + v * kWidth;
      for (int r = 0; r < kFormRows; ++r) {
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

HWY_EXPORT(form_tile);
HWY_EXPORT(rank_one_squares);
HWY_EXPORT(one_rank_one_squares);

constexpr Index kFormRows = 4;

// Where panel q begins: those before it have 16, 32, .. rows of 16 columns.
Index panel_begin(Index q) {
  return kCorrelationPad * kCorrelationPad * q * (q + 1) / 2;
}

}  // namespace

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
    : width_(padded(dims)), panels_(panel_begin(width_ / kCorrelationPad), 0.0) {
  MASKBENCH_CHECK(static_cast<Index>(upper.size()) == dims * (dims - 1) / 2, "a triangle");
  const double* row = upper.data();
  for (Index k = 0; k < dims; row += dims - 1 - k, ++k) {
    for (Index l = k + 1; l < dims; ++l) {
      const Index q = l / kCorrelationPad, at = panel_begin(q) + k * kCorrelationPad + l % kCorrelationPad;
      panels_[at] = row[l - k - 1];
    }
  }
}

void TrianglePanels::forms(const double* rows, Index count, double* out) const {
  MASKBENCH_CHECK(count % kFormRows == 0, "rows come in fours");
  constexpr Index kLanes = 8;
  std::vector<double> lanes(count * kLanes, 0.0);
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
