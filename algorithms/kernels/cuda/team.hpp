// The threads of one block, as a kernel's body sees them. A body is plain code in phases:
//
//   team.each([&](int t) { ... });   // thread t's part, then all threads of the block meet
//
// On a device each thread runs its own t and the meeting is __syncthreads(); on the host a loop runs all of
// them, so that the very same body is run, bounds-checked and compared without a device. What bodies must
// keep to:
//  - shared memory is touched inside phases only, and nobody reads in a phase what another thread writes in
//  it, but for the
//    integer atomics below, whose result does not depend on their order;
//  - what is read from shared memory between two phases (the same for all threads: it decides a loop) is not
//  written in the
//    very next phase;
//  - what a thread keeps from phase to phase is a PerThread.
#pragma once

#include <bit>
#include <cstdint>

#include "datasets/arithmetic/host_device.hpp"

namespace maskbench::cuda {

template <int kCount>
struct Team {
  std::int64_t block = 0;
  bool reversed = false;  // host: threads in the other order, which must change nothing

  template <class Phase>
  MASKBENCH_HD void each(Phase&& phase) const {
#if defined(__CUDA_ARCH__)
    phase(static_cast<int>(threadIdx.x));
    __syncthreads();
#else
    for (int t = 0; t < kCount; ++t) phase(reversed ? kCount - 1 - t : t);
#endif
  }
};

// What a body derives from: its number of threads.
template <int kCount>
struct Threads {
  static constexpr int kThreads = kCount;
  using Team = cuda::Team<kCount>;
};
struct NoShared {};

template <class T, int kCount>
struct PerThread {
#if defined(__CUDA_ARCH__)
  T value{};
  MASKBENCH_HD T& operator[](int) {
    return value;
  }
#else
  T value[kCount]{};
  MASKBENCH_HD T& operator[](int t) {
    return value[t];
  }
#endif
};

// part[0] becomes the sum of all, pairwise in a fixed order.
template <int kCount, class T>
MASKBENCH_HD void tree_sum(const Team<kCount>& team, T (&part)[kCount]) {
  for (int half = kCount / 2; half > 0; half /= 2) {
    team.each([&](int t) {
      if (t < half) part[t] += part[t + half];
    });
  }
}

MASKBENCH_HD inline void atomic_min(std::uint32_t* at, std::uint32_t value) {
#if defined(__CUDA_ARCH__)
  atomicMin(at, value);
#else
  if (value < *at) *at = value;
#endif
}

MASKBENCH_HD inline void atomic_or(std::uint32_t* at, std::uint32_t bits) {
#if defined(__CUDA_ARCH__)
  atomicOr(at, bits);
#else
  *at |= bits;
#endif
}

MASKBENCH_HD inline std::uint32_t atomic_add(std::uint32_t* at, std::uint32_t value) {  // what was there
#if defined(__CUDA_ARCH__)
  return atomicAdd(at, value);
#else
  const std::uint32_t before = *at;
  *at += value;
  return before;
#endif
}

MASKBENCH_HD inline int count_bits(std::uint32_t word) {
#if defined(__CUDA_ARCH__)
  return __popc(word);
#else
  return std::popcount(word);
#endif
}

MASKBENCH_HD inline int lowest_bit(std::uint32_t word) {  // word is not 0
#if defined(__CUDA_ARCH__)
  return __ffs(static_cast<int>(word)) - 1;
#else
  return std::countr_zero(word);
#endif
}

// The upper 64 bits of a product.
MASKBENCH_HD inline std::uint64_t multiply_high(std::uint64_t a, std::uint64_t b) {
#if defined(__CUDA_ARCH__)
  return __umul64hi(a, b);
#else
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>((static_cast<Wide>(a) * b) >> 64);
#endif
}

}  // namespace maskbench::cuda
