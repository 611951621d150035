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
constexpr Index kStep = kTileVectors * kWidth;
static_assert(kCorrelationPad % kStep == 0);

// sum[r][.] += factors[t][r] * columns[t][.] over the steps, in order; a row of factors or columns every so
// many entries.
HWY_INLINE void add_outer(V (&sum)[kTileRows][kTileVectors], const double* factors, Index factor_row,
                          Index factor_step, const double* columns, Index column_step, Index steps) {
  constexpr Tag tag;
  for (Index t = 0; t < steps; ++t) {
    V column[kTileVectors];
    for (int v = 0; v < kTileVectors; ++v) column[v] = hn::LoadU(tag, columns + t * column_step + v * kWidth);
    for (int r = 0; r < kTileRows; ++r) {
      const V factor = hn::Set(tag, factors[t * factor_step + r * factor_row]);
      for (int v = 0; v < kTileVectors; ++v) sum[r][v] = hn::Add(sum[r][v], hn::Mul(factor, column[v]));
    }
  }
}

// A tile of four rows and kCorrelationPad columns of the product.
void product_tile(const double* left, Index left_step, const double* right, Index right_step, Index steps,
                  double* out, Index width) {
  constexpr Tag tag;
  for (Index l = 0; l < kCorrelationPad; l += kStep) {
    V sum[kTileRows][kTileVectors];
    for (int r = 0; r < kTileRows; ++r) {
      for (int v = 0; v < kTileVectors; ++v) sum[r][v] = hn::LoadU(tag, out + r * width + l + v * kWidth);
    }
    add_outer(sum, left, 1, left_step, right + l, right_step, steps);
    for (int r = 0; r < kTileRows; ++r) {
      for (int v = 0; v < kTileVectors; ++v) hn::StoreU(sum[r][v], tag, out + r * width + l + v * kWidth);
    }
  }
}

// lanes[r][l mod 8] += rows[r][l] * sum over k of rows[r][k] panel[k][l], for the panel's columns l in order;
// `rows` and `lanes` of four rows, the panel's columns begin at `first`.
void form_tile(const double* rows, Index width, const double* panel, Index first, double* lanes) {
  constexpr Tag tag;
  for (Index l = 0; l < kCorrelationPad; l += kStep) {
    V sum[kTileRows][kTileVectors];
    for (auto& vectors : sum) {
      for (V& vector : vectors) vector = hn::Zero(tag);
    }
    add_outer(sum, rows, width, 1, panel + l, kCorrelationPad, first + kCorrelationPad);
    for (int v = 0; v < kTileVectors; ++v) {
      const Index column = l + v * kWidth;
      for (int r = 0; r < kTileRows; ++r) {
        double* const lane = lanes + r * kLanes + column % kLanes;
        const V z = hn::LoadU(tag, rows + r * width + first + column);
        hn::StoreU(hn::Add(hn::LoadU(tag, lane), hn::Mul(sum[r][v], z)), tag, lane);
      }
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

HWY_EXPORT(product_tile);
HWY_EXPORT(form_tile);
HWY_EXPORT(rank_one_squares);

constexpr Index kTileHeight = 4;
constexpr Index kPanelSteps = 128;  // of a panel that stays in the first cache

// packed[t][c] = matrix[t][first + c], c < kColumns.
template <Index kColumns>
void pack(const double* matrix, Index steps, Index width, Index first, double* packed) {
  for (Index t = 0; t < steps; ++t) {
    for (Index c = 0; c < kColumns; ++c) packed[t * kColumns + c] = matrix[t * width + first + c];
  }
}

// `factors`: left in slices of four columns, each steps x 4; null: left itself, for too few steps to be worth a copy.
void add_product_panel(const double* left, const double* factors, const double* right, Index steps, Index width,
                       Index first, double* out) {
  if (factors == nullptr) {
    for (Index row = 0; row < first + kCorrelationPad; row += kTileHeight) {
      HWY_DYNAMIC_DISPATCH(product_tile)
      (left + row, width, right + first, width, steps, out + row * width + first, width);
    }
    return;
  }
  double panel[kPanelSteps * kCorrelationPad];
  for (Index t = 0; t < steps; t += kPanelSteps) {
    const Index some = std::min(kPanelSteps, steps - t);
    pack<kCorrelationPad>(right + t * width, some, width, first, panel);
    for (Index row = 0; row < first + kCorrelationPad; row += kTileHeight) {
      HWY_DYNAMIC_DISPATCH(product_tile)
      (factors + row * steps + t * kTileHeight, kTileHeight, panel, kCorrelationPad, some, out + row * width + first,
       width);
    }
  }
}

// Where panel q begins: those before it have 16, 32, .. rows of 16 columns.
Index panel_begin(Index q) { return kCorrelationPad * kCorrelationPad * q * (q + 1) / 2; }

}  // namespace

void add_products(const double* left, const double* right, Index steps, Index width, double* out) {
  MASKBENCH_CHECK(width % kCorrelationPad == 0, "rows are padded");
  std::vector<double> factors(static_cast<std::size_t>(steps < kCorrelationPad ? 0 : steps * width));
#pragma omp parallel if (steps * width * width > 1'000'000)
  {
    if (!factors.empty()) {
#pragma omp for schedule(static)
      for (Index row = 0; row < width; row += kTileHeight) {
        pack<kTileHeight>(left, steps, width, row, factors.data() + row * steps);
      }
    }
#pragma omp for schedule(dynamic)
    for (Index first = width - kCorrelationPad; first >= 0; first -= kCorrelationPad) {
      add_product_panel(left, factors.empty() ? nullptr : factors.data(), right, steps, width, first, out);
    }
  }
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
  MASKBENCH_CHECK(count % kTileHeight == 0, "rows come in fours");
  constexpr Index kLanes = 8;
  std::vector<double> lanes(static_cast<std::size_t>(count * kLanes), 0.0);
  for (Index q = 0; q < width_ / kCorrelationPad; ++q) {
    for (Index row = 0; row < count; row += kTileHeight) {
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
