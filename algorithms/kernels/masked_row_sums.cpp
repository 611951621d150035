#include "algorithms/kernels/masked_row_sums.hpp"

#include <algorithm>

#include "algorithms/kernels/clones.hpp"

namespace maskbench {
namespace {

constexpr Index kSlice = 64;  // columns; G = 128 accumulators of 64 floats are 32 KiB: a level-1 cache
constexpr Index kAhead = 8;   // rows; a slice of a row is too short for the processor to see the next one coming

// Adds columns [first, first + kSlice) of the batch's rows to `sums` (G x kSlice).
MASKBENCH_CLONES void add_slice(MatrixView features, const Index* batch, Index rows, const std::int32_t* row_begin,
                                const std::int32_t* row_masks, Index first, float* sums) {
  for (Index b = 0; b < rows; ++b) {
    const float* ahead = features.row(batch[b + kAhead < rows ? b + kAhead : b]) + first;
    for (Index k = 0; k < kSlice; k += 16) __builtin_prefetch(ahead + k);
    float x[kSlice];  // a copy, so that the compiler knows it apart from the sums
    const float* row = features.row(batch[b]) + first;
    for (Index k = 0; k < kSlice; ++k) x[k] = row[k];
    for (std::int32_t at = row_begin[b]; at < row_begin[b + 1]; ++at) {
      float* sum = sums + row_masks[at] * kSlice;
      for (Index k = 0; k < kSlice; ++k) sum[k] += x[k];
    }
  }
}

void add_narrow_slice(MatrixView features, std::span<const Index> batch, const MaskSet& masks, Index first, Index width,
                      float* sums) {
  for (std::size_t b = 0; b < batch.size(); ++b) {
    const float* x = features.row(batch[b]) + first;
    for (auto at = static_cast<std::size_t>(masks.row_begin[b]); at < static_cast<std::size_t>(masks.row_begin[b + 1]); ++at) {
      float* sum = sums + masks.row_masks[at] * kSlice;
      for (Index k = 0; k < width; ++k) sum[k] += x[k];
    }
  }
}

}  // namespace

void masked_row_sums(MatrixView features, std::span<const Index> batch, const MaskSet& masks, std::vector<float>& sums) {
  const Index dims = features.cols;
  const Index slices = (dims + kSlice - 1) / kSlice;
  sums.resize(static_cast<std::size_t>(masks.masks * dims));
#pragma omp parallel
  {
    std::vector<float> slice(static_cast<std::size_t>(masks.masks * kSlice));
#pragma omp for schedule(static)
    for (Index s = 0; s < slices; ++s) {
      const Index first = s * kSlice;
      const Index width = std::min(kSlice, dims - first);
      std::fill(slice.begin(), slice.end(), 0.0f);
      if (width == kSlice) {
        add_slice(features, batch.data(), static_cast<Index>(batch.size()), masks.row_begin.data(), masks.row_masks.data(),
                  first, slice.data());
      } else {
        add_narrow_slice(features, batch, masks, first, width, slice.data());
      }
      for (Index mask = 0; mask < masks.masks; ++mask) {
        std::copy_n(slice.data() + mask * kSlice, width, sums.data() + mask * dims + first);
      }
    }
  }
}

std::vector<double> masked_row_sums_reference(MatrixView features, std::span<const Index> batch, const MaskSet& masks) {
  std::vector<double> sums(static_cast<std::size_t>(masks.masks * features.cols), 0.0);
  for (Index mask = 0; mask < masks.masks; ++mask) {
    for (Index k = 0; k < masks.picked; ++k) {
      const auto position = static_cast<std::size_t>(masks.items[static_cast<std::size_t>(mask * masks.picked + k)]);
      const float* x = features.row(batch[position]);
      double* sum = sums.data() + mask * features.cols;
      for (Index c = 0; c < features.cols; ++c) sum[c] += static_cast<double>(x[c]);
    }
  }
  return sums;
}

}  // namespace maskbench
