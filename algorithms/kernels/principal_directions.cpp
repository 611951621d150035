#include "algorithms/kernels/principal_directions.hpp"

#include <algorithm>
#include <cmath>

#include "algorithms/kernels/rows.hpp"

namespace maskbench {
namespace {

constexpr int kIterations = 3;  // of X'X on the whole frame; rough directions bound as validly as exact ones
constexpr double kNothing = 1e-6;  // of a vector's length: what is left is rounding

double product(const double* x, const double* y, Index dims) {
  double sum = 0;
  for (Index k = 0; k < dims; ++k) sum += x[k] * y[k];
  return sum;
}

// Appends `vector`, made orthonormal to the frame (twice is enough), unless the frame spans it.
void append(std::vector<double>& frame, std::vector<double> vector) {
  const auto dims = static_cast<Index>(vector.size());
  const double before = std::sqrt(product(vector.data(), vector.data(), dims));
  for (int pass = 0; pass < 2; ++pass) {
    for (std::size_t first = 0; first < frame.size(); first += vector.size()) {
      const double along = product(vector.data(), frame.data() + first, dims);
      for (Index k = 0; k < dims; ++k) vector[k] -= along * frame[first + k];
    }
  }
  const double length = std::sqrt(product(vector.data(), vector.data(), dims));
  if (length <= kNothing * before) return;
  for (const double entry : vector) frame.push_back(entry / length);
}

}  // namespace

std::vector<double> principal_directions(const FeatureRows& features, std::span<const Index> rows,
                                         Index count) {
  if (features.cols == 0) return {};
  const std::size_t stride = (rows.size() + kDirectionSample - 1) / kDirectionSample;
  std::vector<Index> sample;
  for (std::size_t k = 0; k < rows.size(); k += stride) sample.push_back(rows[k]);
  const std::size_t width = features.cols;
  const Index most = std::min<Index>({count, features.cols, static_cast<Index>(sample.size())});
  std::vector<double> frame;
  append(frame, row_sum(features, sample));
  const std::size_t means = frame.size();  // 0 where the rows cancel
  RowReader reader(features);
  // Starts from rows of the sample; each round multiplies by X'X and makes the frame orthonormal again.
  for (std::size_t k = 0; k < sample.size() && static_cast<Index>(frame.size() / width) < most;
       k += 1 + sample.size() / (2 * most)) {
    const float* x = reader.row(sample[k]);
    append(frame, std::vector<double>(x, x + width));
  }
  std::vector<double> dots(sample.size());
  for (int round = 0; round < kIterations; ++round) {
    std::vector<double> next(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(means));
    for (std::size_t first = means; first < frame.size(); first += width) {
      row_dots(features, sample, frame.data() + first, dots);
      append(next, weighted_row_sum(features, sample, dots));
    }
    frame = std::move(next);
  }
  return frame;
}

}  // namespace maskbench
