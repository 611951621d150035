#include "algorithms/kernels/rows.hpp"

#include <algorithm>

#include "algorithms/kernels/clones.hpp"

namespace maskbench {
namespace {

constexpr Index kLanes = 8;
constexpr Index kBlock = 1024;  // rows a partial sum covers

double combine(const double (&lane)[kLanes]) {
  return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

// sum over blocks of kBlock rows, each in order, blocks then combined in order.
template <class AddRow>
std::vector<double> blocked_sum(Index dims, std::size_t rows, AddRow&& add_row) {
  const auto blocks = static_cast<Index>((rows + kBlock - 1) / kBlock);
  const auto width = static_cast<std::size_t>(dims);
  std::vector<double> partial(static_cast<std::size_t>(std::max<Index>(blocks, 1)) * width, 0.0);
#pragma omp parallel for schedule(static) if (blocks > 1)
  for (Index block = 0; block < blocks; ++block) {
    double* sum = partial.data() + static_cast<std::size_t>(block) * width;
    const std::size_t end = std::min(rows, static_cast<std::size_t>((block + 1) * kBlock));
    for (auto k = static_cast<std::size_t>(block * kBlock); k < end; ++k) add_row(k, sum);
  }
  for (Index block = 1; block < blocks; ++block) {
    const double* sum = partial.data() + static_cast<std::size_t>(block) * width;
    for (std::size_t k = 0; k < width; ++k) partial[k] += sum[k];
  }
  partial.resize(width);
  return partial;
}

MASKBENCH_CLONES void add_row(const float* x, Index dims, double* sum) {
  for (Index k = 0; k < dims; ++k) sum[k] += static_cast<double>(x[k]);
}

MASKBENCH_CLONES void add_weighted_row(const float* x, double weight, Index dims, double* sum) {
  for (Index k = 0; k < dims; ++k) sum[k] += weight * static_cast<double>(x[k]);
}

}  // namespace

MASKBENCH_CLONES double dot(const float* x, const float* y, Index dims) {
  double lane[kLanes] = {};
  Index k = 0;
  for (; k + kLanes <= dims; k += kLanes) {
    for (Index l = 0; l < kLanes; ++l) lane[l] += static_cast<double>(x[k + l]) * static_cast<double>(y[k + l]);
  }
  double sum = combine(lane);
  for (; k < dims; ++k) sum += static_cast<double>(x[k]) * static_cast<double>(y[k]);
  return sum;
}

MASKBENCH_CLONES double dot(const float* x, const double* y, Index dims) {
  double lane[kLanes] = {};
  Index k = 0;
  for (; k + kLanes <= dims; k += kLanes) {
    for (Index l = 0; l < kLanes; ++l) lane[l] += static_cast<double>(x[k + l]) * y[k + l];
  }
  double sum = combine(lane);
  for (; k < dims; ++k) sum += static_cast<double>(x[k]) * y[k];
  return sum;
}

std::vector<double> row_sum(MatrixView features, std::span<const Index> rows) {
  return blocked_sum(features.cols, rows.size(),
                     [&](std::size_t k, double* sum) { add_row(features.row(rows[k]), features.cols, sum); });
}

std::vector<double> weighted_row_sum(MatrixView features, std::span<const Index> rows, std::span<const double> weight) {
  MASKBENCH_CHECK(weight.size() == rows.size(), "one weight a row");
  return blocked_sum(features.cols, rows.size(), [&](std::size_t k, double* sum) {
    if (weight[k] != 0) add_weighted_row(features.row(rows[k]), weight[k], features.cols, sum);
  });
}

void row_dots(MatrixView features, std::span<const Index> rows, const double* y, std::span<double> out) {
#pragma omp parallel for schedule(static)
  for (std::size_t k = 0; k < rows.size(); ++k) out[k] = dot(features.row(rows[k]), y, features.cols);
}

std::vector<double> squared_norms(MatrixView features) {
  std::vector<double> norms(static_cast<std::size_t>(features.rows));
#pragma omp parallel for schedule(static)
  for (Index i = 0; i < features.rows; ++i) {
    norms[static_cast<std::size_t>(i)] = dot(features.row(i), features.row(i), features.cols);
  }
  return norms;
}

double squared_norm(std::span<const double> vector) {
  double sum = 0;
  for (const double entry : vector) sum += entry * entry;
  return sum;
}

}  // namespace maskbench
