// Rewards, slopes and gains on a device, one call each: upload, kernels, answer. Within 1e-5 of the CPU's
// (float32 products in parts, float64 sums). Checks that shapes fit; device_shortage() says beforehand
// whether there is a device.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "datasets/core/types.hpp"

namespace maskbench::cuda {

// G x S_b positions of a batch, distinct within a mask (MaskSet::items).
struct GivenSets {
  std::span<const std::int32_t> items{};
  std::int64_t masks = 0, picked = 0;
};

std::vector<double> pairwise_rewards(MatrixView features, std::span<const Index> batch,
                                     const GivenSets& sets);
std::vector<double> disf_rewards(MatrixView features, std::span<const Index> batch,
                                 const GivenSets& sets);  // in_set

// x_i . y for all rows of `rows`.
std::vector<double> row_products(MatrixView features, std::span<const Index> rows, std::span<const double> y);

// Mean over `reference` of max(0, x_i.x_j - best_i), for each candidate j.
std::vector<double> facility_location_gains(MatrixView features, std::span<const Index> reference,
                                            std::span<const Index> candidates, std::span<const double> best);

}  // namespace maskbench::cuda
