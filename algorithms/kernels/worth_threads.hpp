// Whether a parallel region pays for its start and its barriers. They cost some microseconds, and where other
// programs want the cores too some milliseconds: threads that wait for one that does not run. Answers never
// depend on it.
#pragma once

#include <cstddef>

#include "datasets/core/types.hpp"

namespace maskbench {

// For that many multiply-adds of a vector loop: a million of them take some 50 microseconds.
inline bool worth_threads(std::size_t rows, std::size_t cols, Index dims) {
  return static_cast<double>(rows) * static_cast<double>(cols) * static_cast<double>(dims) > 1e6;
}

}  // namespace maskbench
