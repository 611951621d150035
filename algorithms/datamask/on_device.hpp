// DATAMASK's loop on a CUDA device: what can be done there, and a block's loop set up.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "algorithms/core/problem.hpp"
#include "algorithms/datamask/datamask_params.hpp"
#include "algorithms/datamask/logits.hpp"
#include "algorithms/kernels/cuda/logit_loop.hpp"

namespace maskbench {

constexpr std::int64_t kDeviceSteps = 20;  // between two looks at the clock

// Why the steps cannot run on the device; nothing: they can.
std::optional<std::string> device_refusal(const Problem& problem, const DatamaskParams& params, Index block_rows_limit);

// A block's loop. `uploaded` holds the features of all `survivors`; the block is survivors[block[p]] for places p.
struct DeviceBlock {
  std::shared_ptr<const cuda::DeviceRows> uploaded;
  std::span<const Index> survivors, block;
  BatchSize size;
  double eta = 0;
  Stream batches, draws;
};
std::unique_ptr<cuda::LogitLoop> device_loop(const Problem& problem, const DatamaskParams& params, const DeviceBlock& block,
                                             std::span<const double> logits);

}  // namespace maskbench
