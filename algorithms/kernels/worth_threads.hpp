// Whether a parallel region pays for its start and its barriers, which cost some microseconds, and on a
// machine with more threads than cores much more. Answers never depend on it.
#pragma once

#include <cstddef>

namespace maskbench {

inline constexpr std::size_t kWorthThreads = 100'000;

// `work`: vector operations, roughly, of a third of a nanosecond to one each.
inline bool worth_threads(std::size_t work) {
  return work >= kWorthThreads;
}

}  // namespace maskbench
