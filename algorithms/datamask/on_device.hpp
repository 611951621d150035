// DATAMASK's loop on a CUDA device: what can be done there, and a block's loop set up.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "algorithms/core/problem.hpp"
#include "algorithms/datamask/block.hpp"
#include "algorithms/datamask/datamask_params.hpp"
#include "algorithms/kernels/cuda/logit_loop.hpp"

namespace maskbench {

constexpr std::int64_t kDeviceSteps = 20;  // between two looks at the clock

// Why the steps cannot run on the device; nothing: they can.
std::optional<std::string> device_refusal(const Problem& problem, const DatamaskParams& params);

// A block's loop. `uploaded` holds the features of all survivors.
std::unique_ptr<cuda::LogitLoop> device_loop(const Problem& problem, const DatamaskParams& params,
                                             const Block& block,
                                             std::shared_ptr<const cuda::DeviceRows> uploaded,
                                             std::span<const double> logits);

}  // namespace maskbench
