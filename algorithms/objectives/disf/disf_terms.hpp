// What a row would do to the correlations of a set, in O(d), for bounds on DiSF's gains. Canonical
// arithmetic: eight float64 lanes, combined pairwise, then the tail in order.
#pragma once

#include "datasets/core/types.hpp"

namespace maskbench {

// Of the set: d entries each.
struct SetColumns {
  const double* mean;
  const double* base;  // sum of squares of the centred column, plus floor
  const double* pull;  // sum of the column's squared correlations
  double floor;        // eps (n - 1), n the rows with the candidate
  double share;        // (n - 1)/n
};

// With delta = x - mean, u = share delta^2 and w = 1/(base + u): sums over the columns, and y = w delta.
struct RowTerms {
  double taken = 0;  // u w, the candidate's part of the variance
  double rest = 0;   // (1 - u w) pull
  double own = 0;    // (1 - floor w)^2, the new diagonal squared
};
RowTerms row_terms(const SetColumns& set, const float* x, Index dims, double* y);

// sum over `count` rows, `stride` apart, of (row . y)^2.
double squared_dots(const double* rows, Index count, Index stride, const double* y, Index dims);

// pull[k] = sum over l of m[k][l]^2 / (base[k] base[l]), from the entries of m (dims rows of `width`) on and
// above the diagonal.
void pulls(const double* m, Index width, const double* base, Index dims, double* pull);

}  // namespace maskbench
