// DATAMASK's logit loop on a device: everything but the logits stays there, and those come back when asked
// for. Refused where there is no device; no fall-back. The steps are the CPU's (same words, batches and masks
// for the same logits), sums of rows are float32 over parts of the batch and float64 over the parts.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "algorithms/kernels/cuda/indexing.hpp"
#include "datasets/core/random.hpp"
#include "datasets/core/types.hpp"

namespace maskbench::cuda {

// Why nothing that needs `bytes` of device memory can be run; "": it can. Asks the driver each time.
std::string device_shortage(std::int64_t bytes);

// Name, memory and peak bandwidth of the device in use; a check fails where there is none.
struct DeviceFacts {
  std::string name;
  double memory_bytes = 0, bandwidth = 0;  // bytes; bytes a second, 0 where the driver does not tell
};
DeviceFacts device_facts();

// Rows of features on the device, in the order given. Uploaded once, used by any number of loops.
class DeviceRows;
std::shared_ptr<const DeviceRows> upload_rows(MatrixView features, std::span<const Index> rows);
std::int64_t upload_bytes(std::int64_t rows, std::int64_t dims);

// f(mask) = sum of linear over the mask - pair_factor ||sum of its rows||^2, over `rows` places 0..n-1.
struct LoopInput {
  StepShape shape;
  Stream batches, draws;  // subset of step t: random_subset(batches, t, n, N_b); its masks: draws t G ...
  double pair_factor = 0;
  double eta = 0;
  bool sample_deviation = false;
  std::span<const std::int32_t> row_of{};  // n: where a place's features lie among the uploaded rows
  std::span<const double> linear{};        // n
  std::span<const double> logits{};        // n: where the loop starts
};

class LogitLoop {
 public:
  virtual ~LogitLoop() = default;
  virtual void run(std::int64_t steps) = 0;  // returns when they are done
  virtual std::vector<double> logits() const = 0;
};

std::unique_ptr<LogitLoop> make_logit_loop(std::shared_ptr<const DeviceRows> rows, const LoopInput& input);
std::int64_t loop_bytes(const StepShape& shape);  // device memory beside the uploaded rows

}  // namespace maskbench::cuda
