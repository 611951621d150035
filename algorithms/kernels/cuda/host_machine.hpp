// Runs kernels' bodies on the host, block by block and thread by thread: the same code as on the device,
// without one. For tests; memory is vectors of the exact size, so that a sanitizer or a guard word sees a
// stray access.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include "algorithms/kernels/cuda/indexing.hpp"
#include "algorithms/kernels/cuda/team.hpp"
#include "datasets/core/types.hpp"

namespace maskbench::cuda {

class HostRows {
 public:
  HostRows(MatrixView features, std::span<const Index> rows)
      : pitch_(pitch_of(features.cols)), count_(static_cast<Index>(rows.size())) {
    values_.resize(count_ * pitch_, 0.0f);
    for (std::size_t k = 0; k < rows.size(); ++k) {
      std::copy_n(features.row(rows[k]), features.cols,
                  values_.begin() + static_cast<std::ptrdiff_t>(k) * pitch_);
    }
  }
  const float* data() const { return values_.data(); }
  Index pitch() const { return pitch_; }
  Index count() const { return count_; }

 private:
  std::vector<float> values_;  // count x pitch
  Index pitch_, count_;
};

class HostMachine {
 public:
  using Rows = HostRows;
  inline static bool reversed = false;  // blocks and threads in the other order, which must change nothing

  HostMachine() = default;
  HostMachine(const HostMachine&) = delete;
  HostMachine& operator=(const HostMachine&) = delete;
  ~HostMachine() {
    for (const Buffer& buffer : buffers_) check_guard(buffer);
  }

  template <class T>
  void allocate(T*& pointer, std::int64_t count) {
    const std::size_t bytes = sizeof(T) * count;
    buffers_.push_back({std::make_unique<unsigned char[]>(bytes + kGuard), bytes});
    std::memset(buffers_.back().memory.get(), 0xa5, bytes + kGuard);  // nothing may rely on zeros
    pointer = reinterpret_cast<T*>(buffers_.back().memory.get());
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
    std::copy(values.begin(), values.end(), to);
  }
  template <class T>
  std::vector<T> copy_out(const T* from, std::int64_t count) const {
    return std::vector<T>(from, from + count);
  }
  template <class T>
  void fill(T* at, int byte, std::int64_t count) {
    std::memset(at, byte, sizeof(T) * count);
  }

  template <class Body, class View>
  void run(const View& view, std::int64_t blocks) {
    Body body;
    body.v = view;
    for (std::int64_t k = 0; k < blocks; ++k) {
      auto shared = std::make_unique<typename Body::Shared>();
      body(typename Body::Team{reversed ? blocks - 1 - k : k, reversed}, *shared);
    }
    for (const Buffer& buffer : buffers_) check_guard(buffer);
  }
  template <class Step>
  void repeat(std::int64_t times, Step&& step) {
    for (std::int64_t k = 0; k < times; ++k) step(*this);
  }

 private:
#if defined(__SANITIZE_ADDRESS__)
  static constexpr std::size_t kGuard = 0;  // which then sees reads too
#else
  static constexpr std::size_t kGuard = 64;  // bytes after each buffer
#endif
  struct Buffer {
    std::unique_ptr<unsigned char[]> memory;
    std::size_t bytes;
  };
  static void check_guard(const Buffer& buffer) {
    for (std::size_t k = 0; k < kGuard; ++k) {
      MASKBENCH_CHECK(buffer.memory[buffer.bytes + k] == 0xa5, "no kernel writes past its buffer");
    }
  }
  std::vector<Buffer> buffers_;
};

}  // namespace maskbench::cuda
