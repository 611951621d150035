#include "algorithms/kernels/disf_terms.hpp"

#include <algorithm>
#include <vector>

#include "algorithms/kernels/clones.hpp"

namespace maskbench {
namespace {

constexpr Index kLanes = 8;

double combined(const double (&lane)[kLanes]) {
  return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

// pull[l] += square of row[l] times inverse[l] for l in [first, dims); returns their sum.
MASKBENCH_CLONES double add_pulls(const double* row, const double* inverse, double own, Index first, Index dims,
                                  double* pull) {
  double lane[kLanes] = {};
  Index l = first;
  for (; l + kLanes <= dims; l += kLanes) {
    for (Index v = 0; v < kLanes; ++v) {
      const double square = row[l + v] * row[l + v] * (own * inverse[l + v]);
      pull[l + v] += square;
      lane[v] += square;
    }
  }
  double sum = combined(lane);
  for (; l < dims; ++l) {
    const double square = row[l] * row[l] * (own * inverse[l]);
    pull[l] += square;
    sum += square;
  }
  return sum;
}

}  // namespace

MASKBENCH_CLONES RowTerms row_terms(const SetColumns& set, const float* x, Index dims, double* y) {
  const double *const mean = set.mean, *const base = set.base, *const pull = set.pull;
  const double share = set.share, floor = set.floor;
  double taken[kLanes] = {}, rest[kLanes] = {}, own[kLanes] = {};
  Index k = 0;
  for (; k + kLanes <= dims; k += kLanes) {
    for (Index l = 0; l < kLanes; ++l) {
      const double delta = static_cast<double>(x[k + l]) - mean[k + l];
      const double u = share * (delta * delta);
      const double w = 1.0 / (base[k + l] + u);
      const double part = u * w, diagonal = 1.0 - floor * w;
      taken[l] += part;
      rest[l] += (1.0 - part) * pull[k + l];
      own[l] += diagonal * diagonal;
      y[k + l] = w * delta;
    }
  }
  RowTerms terms{combined(taken), combined(rest), combined(own)};
  for (; k < dims; ++k) {
    const double delta = static_cast<double>(x[k]) - mean[k];
    const double u = share * (delta * delta);
    const double w = 1.0 / (base[k] + u);
    const double part = u * w, diagonal = 1.0 - floor * w;
    terms.taken += part;
    terms.rest += (1.0 - part) * pull[k];
    terms.own += diagonal * diagonal;
    y[k] = w * delta;
  }
  return terms;
}

MASKBENCH_CLONES double squared_dots(const double* rows, Index count, Index stride, const double* y, Index dims) {
  double squares = 0;
  for (Index i = 0; i < count; ++i) {
    const double* const row = rows + i * stride;
    double even[kLanes] = {}, odd[kLanes] = {};
    Index k = 0;
    for (; k + 2 * kLanes <= dims; k += 2 * kLanes) {
      for (Index l = 0; l < kLanes; ++l) even[l] += row[k + l] * y[k + l];
      for (Index l = 0; l < kLanes; ++l) odd[l] += row[k + kLanes + l] * y[k + kLanes + l];
    }
    double sum = combined(even) + combined(odd);
    for (; k < dims; ++k) sum += row[k] * y[k];
    squares += sum * sum;
  }
  return squares;
}

void pulls(const double* m, Index width, const double* base, Index dims, double* pull) {
  std::vector<double> inverse(static_cast<std::size_t>(dims));
  for (Index k = 0; k < dims; ++k) inverse[static_cast<std::size_t>(k)] = 1.0 / base[k];
  std::fill_n(pull, dims, 0.0);
  for (Index k = 0; k < dims; ++k) {
    const double own = inverse[static_cast<std::size_t>(k)], entry = m[k * width + k] * own;
    pull[k] += entry * entry + add_pulls(m + k * width, inverse.data(), own, k + 1, dims, pull);
  }
}

}  // namespace maskbench
