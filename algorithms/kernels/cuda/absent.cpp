// A build without CUDA: everything that would run on a device says why it cannot.
#include "algorithms/kernels/cuda/logit_loop.hpp"
#include "algorithms/kernels/cuda/rewards.hpp"

namespace maskbench::cuda {

class DeviceRows {};

std::string device_shortage(std::int64_t) {
  return std::string("built without CUDA: ") + MASKBENCH_CUDA_REASON;
}

namespace {
[[noreturn]] void refuse() {
  throw UserError(device_shortage(0));
}
}  // namespace

DeviceFacts device_facts() {
  refuse();
}
std::shared_ptr<const DeviceRows> upload_rows(MatrixView, std::span<const Index>) {
  refuse();
}
std::unique_ptr<LogitLoop> make_logit_loop(std::shared_ptr<const DeviceRows>, const LoopInput&) {
  refuse();
}

std::vector<double> pairwise_rewards(MatrixView, std::span<const Index>, const GivenSets&) {
  refuse();
}
std::vector<double> disf_rewards(MatrixView, std::span<const Index>, const GivenSets&) {
  refuse();
}
std::vector<double> row_products(MatrixView, std::span<const Index>, std::span<const double>) {
  refuse();
}
std::vector<double> facility_location_gains(MatrixView, std::span<const Index>, std::span<const Index>,
                                            std::span<const double>) {
  refuse();
}

}  // namespace maskbench::cuda
