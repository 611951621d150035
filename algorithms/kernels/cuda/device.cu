// The one file that the CUDA compiler sees: its time goes into headers, three times each.
#include <cstring>

#include "algorithms/kernels/cuda/logit_loop.hpp"
#include "algorithms/kernels/cuda/machine.cuh"
#include "algorithms/kernels/cuda/reward_program.hpp"

namespace maskbench::cuda {

std::string device_shortage(std::int64_t bytes) {
  int devices = 0;
  const cudaError_t status = cudaGetDeviceCount(&devices);
  if (status != cudaSuccess || devices == 0) {
    cudaGetLastError();  // a missing driver is an answer here, not an error of a later call
    if (status == cudaErrorInsufficientDriver)
      return "no CUDA device: no driver, or one older than the CUDA runtime needs";
    return std::string("no CUDA device: ") +
           (status != cudaSuccess ? cudaGetErrorString(status) : "the driver sees none");
  }
  cudaDeviceProp facts;
  MASKBENCH_CUDA_CALL(cudaGetDeviceProperties(&facts, 0));
  if (facts.major < 8) {
    return std::string("CUDA device ") + facts.name + " has compute capability " +
           std::to_string(facts.major) + "." + std::to_string(facts.minor) + ", 8.0 is needed";
  }
  std::size_t free_bytes = 0, all_bytes = 0;
  MASKBENCH_CUDA_CALL(cudaMemGetInfo(&free_bytes, &all_bytes));
  if (bytes > 0 && static_cast<std::size_t>(bytes) > free_bytes) {
    return std::to_string(bytes) + " bytes of device memory are needed, " + std::to_string(free_bytes) +
           " are free on " + facts.name;
  }
  return "";
}

DeviceFacts device_facts() {
  cudaDeviceProp facts;
  MASKBENCH_CUDA_CALL(cudaGetDeviceProperties(&facts, 0));
  int clock_khz = 0, width = 0;
  MASKBENCH_CUDA_CALL(cudaDeviceGetAttribute(&clock_khz, cudaDevAttrMemoryClockRate, 0));
  MASKBENCH_CUDA_CALL(cudaDeviceGetAttribute(&width, cudaDevAttrGlobalMemoryBusWidth, 0));
  return {facts.name, static_cast<double>(facts.totalGlobalMem),
          2.0 * 1e3 * clock_khz * width / 8.0};  // two a clock
}

DeviceRows::DeviceRows(MatrixView features, std::span<const Index> rows)
    : pitch_(pitch_of(features.cols)), count_(static_cast<Index>(rows.size())) {
  constexpr Index kPart = 1 << 14;  // rows copied at a time
  const auto row_bytes = sizeof(float) * static_cast<std::size_t>(pitch_);
  void* memory = nullptr;
  MASKBENCH_CUDA_CALL(cudaMalloc(&memory, row_bytes * static_cast<std::size_t>(count_ > 0 ? count_ : 1)));
  data_ = static_cast<float*>(memory);
  std::vector<float> part(static_cast<std::size_t>((count_ < kPart ? count_ : kPart) * pitch_), 0.0f);
  for (Index first = 0; first < count_; first += kPart) {
    const Index some = count_ - first < kPart ? count_ - first : kPart;
    for (Index k = 0; k < some; ++k) {
      std::memcpy(part.data() + k * pitch_, features.row(rows[static_cast<std::size_t>(first + k)]),
                  sizeof(float) * static_cast<std::size_t>(features.cols));
    }
    const cudaError_t status = cudaMemcpy(data_ + first * pitch_, part.data(),
                                          row_bytes * static_cast<std::size_t>(some), cudaMemcpyHostToDevice);
    if (status != cudaSuccess) {
      cudaFree(data_);
      check_cuda(status, "cudaMemcpy of features");
    }
  }
}

std::shared_ptr<const DeviceRows> upload_rows(MatrixView features, std::span<const Index> rows) {
  return std::make_shared<const DeviceRows>(features, rows);
}

std::unique_ptr<LogitLoop> make_logit_loop(std::shared_ptr<const DeviceRows> rows, const LoopInput& input) {
  return std::make_unique<LogitLoopOn<DeviceMachine>>(std::move(rows), input);
}

std::vector<double> pairwise_rewards(MatrixView features, std::span<const Index> batch,
                                     const GivenSets& sets) {
  return pairwise_rewards_on<DeviceMachine>(features, batch, sets);
}

std::vector<double> disf_rewards(MatrixView features, std::span<const Index> batch, const GivenSets& sets) {
  return disf_rewards_on<DeviceMachine>(features, batch, sets);
}

std::vector<double> row_products(MatrixView features, std::span<const Index> rows,
                                 std::span<const double> y) {
  return row_products_on<DeviceMachine>(features, rows, y);
}

std::vector<double> facility_location_gains(MatrixView features, std::span<const Index> reference,
                                            std::span<const Index> candidates, std::span<const double> best) {
  return facility_location_gains_on<DeviceMachine>(features, reference, candidates, best);
}

}  // namespace maskbench::cuda
