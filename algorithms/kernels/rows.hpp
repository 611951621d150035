// Sums and dot products over rows of features in canonical arithmetic: eight float64 lanes, combined
// pairwise, then the tail in order. Bits do not depend on vector width or thread count, nor on where the rows
// lie.
#pragma once

#include <span>
#include <vector>

#include "datasets/core/feature_rows.hpp"

namespace maskbench {

double dot(const float* x, const float* y, Index dims);  // products are exact in float64
double dot(const float* x, const double* y, Index dims);

// sum of x_i over `rows`, in their order, in blocks of fixed length; d entries.
std::vector<double> row_sum(const FeatureRows& features, std::span<const Index> rows);

// sum of weight[k] x_rows[k].
std::vector<double> weighted_row_sum(const FeatureRows& features, std::span<const Index> rows,
                                     std::span<const double> weight);

// out[k] = x_rows[k] . y.
void row_dots(const FeatureRows& features, std::span<const Index> rows, const double* y,
              std::span<double> out);

// Squared norms of all rows, float64.
std::vector<double> squared_norms(const FeatureRows& features);

double squared_norm(std::span<const double> vector);
double inner_product(std::span<const double> a, std::span<const double> b);  // in order

}  // namespace maskbench
