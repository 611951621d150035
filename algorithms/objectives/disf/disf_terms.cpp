#include "algorithms/objectives/disf/disf_terms.hpp"

#include <algorithm>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "algorithms/objectives/disf/disf_terms.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace maskbench {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::CappedTag<double, 8>;
using V = hn::Vec<Tag>;
constexpr Index kWidth = static_cast<Index>(hn::MaxLanes(Tag()));
constexpr Index kLanes = 8;
constexpr int kVectors = static_cast<int>(kLanes / kWidth);

// Eight lanes in vectors.
struct Lanes {
  V vector[kVectors];
  Lanes() {
    for (V& part : vector) part = hn::Zero(Tag());
  }
};

HWY_INLINE double combined(const Lanes& lanes) {
  HWY_ALIGN double lane[kLanes];
  for (int v = 0; v < kVectors; ++v) hn::Store(lanes.vector[v], Tag(), lane + v * kWidth);
  return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

void terms_of_row(const SetColumns& set, const float* x, Index dims, double* y, RowTerms& terms) {
  constexpr Tag tag;
  constexpr hn::Rebind<float, Tag> narrow;
  const V share = hn::Set(tag, set.share), floor = hn::Set(tag, set.floor), one = hn::Set(tag, 1.0);
  Lanes taken, rest, own;
  Index k = 0;
  for (; k + kLanes <= dims; k += kLanes) {
    for (int v = 0; v < kVectors; ++v) {
      const Index at = k + v * kWidth;
      const V delta = hn::Sub(hn::PromoteTo(tag, hn::LoadU(narrow, x + at)), hn::LoadU(tag, set.mean + at));
      const V u = hn::Mul(share, hn::Mul(delta, delta));
      const V w = hn::Div(one, hn::Add(hn::LoadU(tag, set.base + at), u));
      const V part = hn::Mul(u, w), diagonal = hn::Sub(one, hn::Mul(floor, w));
      taken.vector[v] = hn::Add(taken.vector[v], part);
      rest.vector[v] = hn::Add(rest.vector[v], hn::Mul(hn::Sub(one, part), hn::LoadU(tag, set.pull + at)));
      own.vector[v] = hn::Add(own.vector[v], hn::Mul(diagonal, diagonal));
      hn::StoreU(hn::Mul(w, delta), tag, y + at);
    }
  }
  terms = {combined(taken), combined(rest), combined(own)};
  for (; k < dims; ++k) {
    const double delta = static_cast<double>(x[k]) - set.mean[k];
    const double u = set.share * (delta * delta), w = 1.0 / (set.base[k] + u);
    const double part = u * w, diagonal = 1.0 - set.floor * w;
    terms.taken += part;
    terms.rest += (1.0 - part) * set.pull[k];
    terms.own += diagonal * diagonal;
    y[k] = w * delta;
  }
}

double dots_of_rows(const double* rows, Index count, Index stride, const double* y, Index dims) {
  constexpr Tag tag;
  constexpr int kRows = 4;  // at a time
  double squares = 0;
  for (Index first = 0; first < count; first += kRows) {
    const double* row[kRows];
    for (int r = 0; r < kRows; ++r)
      row[r] = rows + std::min(first + r, count - 1) * stride;  // the last one again
    Lanes sum[kRows];
    Index k = 0;
    for (; k + kLanes <= dims; k += kLanes) {
      for (int v = 0; v < kVectors; ++v) {
        const V part = hn::LoadU(tag, y + k + v * kWidth);
        for (int r = 0; r < kRows; ++r) {
          sum[r].vector[v] =
              hn::Add(sum[r].vector[v], hn::Mul(hn::LoadU(tag, row[r] + k + v * kWidth), part));
        }
      }
    }
    for (int r = 0; r < kRows && first + r < count; ++r) {
      double dot = combined(sum[r]);
      for (Index l = k; l < dims; ++l) dot += row[r][l] * y[l];
      squares += dot * dot;
    }
  }
  return squares;
}

// pull[l] += square of row[l] times own inverse[l] for l in [first, dims); returns their sum.
double pulls_of_row(const double* row, const double* inverse, double own, Index first, Index dims,
                    double* pull) {
  constexpr Tag tag;
  const V mine = hn::Set(tag, own);
  Lanes sum;
  Index l = first;
  for (; l + kLanes <= dims; l += kLanes) {
    for (int v = 0; v < kVectors; ++v) {
      const Index at = l + v * kWidth;
      const V entry = hn::LoadU(tag, row + at);
      const V square = hn::Mul(hn::Mul(entry, entry), hn::Mul(mine, hn::LoadU(tag, inverse + at)));
      hn::StoreU(hn::Add(hn::LoadU(tag, pull + at), square), tag, pull + at);
      sum.vector[v] = hn::Add(sum.vector[v], square);
    }
  }
  double all = combined(sum);
  for (; l < dims; ++l) {
    const double square = row[l] * row[l] * (own * inverse[l]);
    pull[l] += square;
    all += square;
  }
  return all;
}

}  // namespace HWY_NAMESPACE
}  // namespace maskbench
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace maskbench {
namespace {

HWY_EXPORT(terms_of_row);
HWY_EXPORT(dots_of_rows);
HWY_EXPORT(pulls_of_row);

}  // namespace

RowTerms row_terms(const SetColumns& set, const float* x, Index dims, double* y) {
  RowTerms terms;
  HWY_DYNAMIC_DISPATCH(terms_of_row)(set, x, dims, y, terms);
  return terms;
}

double squared_dots(const double* rows, Index count, Index stride, const double* y, Index dims) {
  return HWY_DYNAMIC_DISPATCH(dots_of_rows)(rows, count, stride, y, dims);
}

void pulls(const double* m, Index width, const double* base, Index dims, double* pull) {
  std::vector<double> inverse(dims);
  for (Index k = 0; k < dims; ++k) inverse[k] = 1.0 / base[k];
  std::fill_n(pull, dims, 0.0);
  for (Index k = 0; k < dims; ++k) {
    const double own = inverse[k], entry = m[k * width + k] * own;
    const double right =
        HWY_DYNAMIC_DISPATCH(pulls_of_row)(m + k * width, inverse.data(), own, k + 1, dims, pull);
    pull[k] += entry * entry + right;
  }
}

}  // namespace maskbench
#endif
