// Runs kernels' bodies on the device in use: one stream, errors checked at every call, repeated sequences as
// a CUDA graph.
#pragma once

#include <cuda_runtime.h>

#include <span>
#include <string>
#include <vector>

#include "algorithms/kernels/cuda/indexing.hpp"
#include "algorithms/kernels/cuda/team.hpp"
#include "datasets/core/types.hpp"

namespace maskbench::cuda {

inline void check_cuda(cudaError_t status, const char* call) {
  if (status == cudaSuccess) return;
  throw std::runtime_error(std::string("CUDA: ") + call + ": " + cudaGetErrorString(status));
}
#define MASKBENCH_CUDA_CALL(call) ::maskbench::cuda::check_cuda(call, #call)

class DeviceRows {
 public:
  DeviceRows(MatrixView features, std::span<const Index> rows);
  ~DeviceRows() { cudaFree(data_); }
  DeviceRows(const DeviceRows&) = delete;
  DeviceRows& operator=(const DeviceRows&) = delete;
  const float* data() const { return data_; }
  Index pitch() const { return pitch_; }
  Index count() const { return count_; }

 private:
  float* data_ = nullptr;  // count x pitch
  Index pitch_, count_;
};

template <class Body>
__global__ void __launch_bounds__(Body::kThreads) run_body(const Body body) {
  extern __shared__ __align__(16) unsigned char shared[];  // more than 48 KiB can be had in this way only
  body(typename Body::Team{static_cast<std::int64_t>(blockIdx.x), false},
       *reinterpret_cast<typename Body::Shared*>(shared));
}

class DeviceMachine {
 public:
  using Rows = DeviceRows;

  DeviceMachine() { MASKBENCH_CUDA_CALL(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking)); }
  ~DeviceMachine() {
    cudaStreamSynchronize(stream_);
    if (graph_ != nullptr) cudaGraphExecDestroy(graph_);
    for (void* pointer : buffers_) cudaFree(pointer);
    cudaStreamDestroy(stream_);
  }
  DeviceMachine(const DeviceMachine&) = delete;
  DeviceMachine& operator=(const DeviceMachine&) = delete;

  template <class T>
  void allocate(T*& pointer, std::int64_t count) {
    void* memory = nullptr;
    MASKBENCH_CUDA_CALL(cudaMalloc(&memory, sizeof(T) * static_cast<std::size_t>(count > 0 ? count : 1)));
    buffers_.push_back(memory);
    pointer = static_cast<T*>(memory);
  }
  template <class T>
  const T* copy_in(std::span<const T> values) {
    T* pointer = nullptr;
    allocate(pointer, static_cast<std::int64_t>(values.size()));
    overwrite(pointer, values);
    return pointer;
  }
  template <class T>
  void overwrite(T* to, std::span<const T> values) {
    MASKBENCH_CUDA_CALL(
        cudaMemcpyAsync(to, values.data(), values.size_bytes(), cudaMemcpyHostToDevice, stream_));
    MASKBENCH_CUDA_CALL(cudaStreamSynchronize(stream_));
  }
  template <class T>
  std::vector<T> copy_out(const T* from, std::int64_t count) const {
    std::vector<T> values(static_cast<std::size_t>(count));
    MASKBENCH_CUDA_CALL(
        cudaMemcpyAsync(values.data(), from, sizeof(T) * values.size(), cudaMemcpyDeviceToHost, stream_));
    MASKBENCH_CUDA_CALL(cudaStreamSynchronize(stream_));
    return values;
  }
  template <class T>
  void fill(T* at, int byte, std::int64_t count) {
    MASKBENCH_CUDA_CALL(cudaMemsetAsync(at, byte, sizeof(T) * static_cast<std::size_t>(count), stream_));
  }

  template <class Body, class View>
  void run(const View& view, std::int64_t blocks) {
    MASKBENCH_CHECK(1 <= blocks && blocks <= 2147483647, "as many blocks as a grid may have");
    Body body;
    body.v = view;
    constexpr int kShared = sizeof(typename Body::Shared);
    if constexpr (kShared > 48 * 1024) {
      MASKBENCH_CUDA_CALL(
          cudaFuncSetAttribute(run_body<Body>, cudaFuncAttributeMaxDynamicSharedMemorySize, kShared));
    }
    run_body<Body><<<static_cast<unsigned>(blocks), Body::kThreads, kShared, stream_>>>(body);
    MASKBENCH_CUDA_CALL(cudaGetLastError());
  }

  // Runs the sequence of launches of `step` so many times; it must queue the same launches every time. The
  // first goes without a graph, so that all kernels are loaded before they are captured.
  template <class Step>
  void repeat(std::int64_t times, Step&& step) {
    if (graph_ == nullptr && times > 0) {
      step(*this);
      --times;
      cudaGraph_t graph = nullptr;
      MASKBENCH_CUDA_CALL(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeThreadLocal));
      step(*this);
      MASKBENCH_CUDA_CALL(cudaStreamEndCapture(stream_, &graph));
      const cudaError_t made = cudaGraphInstantiate(&graph_, graph, 0);
      cudaGraphDestroy(graph);
      MASKBENCH_CUDA_CALL(made);
    }
    for (std::int64_t k = 0; k < times; ++k) MASKBENCH_CUDA_CALL(cudaGraphLaunch(graph_, stream_));
    MASKBENCH_CUDA_CALL(cudaStreamSynchronize(stream_));
  }

 private:
  cudaStream_t stream_ = nullptr;
  cudaGraphExec_t graph_ = nullptr;
  std::vector<void*> buffers_;
};

}  // namespace maskbench::cuda
