// FROZEN: see reference_kernel.hpp. CMake fixes its optimisation too, so that other flags for the methods
// show.
// clang-format off

#include "experiments/gate/reference_kernel.hpp"

#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

namespace maskbench {
namespace {

std::uint64_t mixed(std::uint64_t word) {
  word ^= word >> 30;
  word *= 0xbf58476d1ce4e5b9u;
  word ^= word >> 27;
  word *= 0x94d049bb133111ebu;
  return word ^ (word >> 31);
}

}  // namespace

double reference_pass(MatrixView rows) {
  std::vector<double> direction(static_cast<std::size_t>(rows.cols), 1.0);
  std::vector<std::pair<double, Index>> heap(static_cast<std::size_t>(rows.rows / 16 + 1), {0.0, -1});
  double total = 0;
  for (Index i = 0; i < rows.rows; ++i) {
    const float* row = rows.row(i);
    double lane[4] = {0, 0, 0, 0};
    Index k = 0;
    for (; k + 4 <= rows.cols; k += 4) {
      for (Index j = 0; j < 4; ++j) lane[j] += static_cast<double>(row[k + j]) * direction[static_cast<std::size_t>(k + j)];
    }
    double dot = (lane[0] + lane[1]) + (lane[2] + lane[3]);
    for (; k < rows.cols; ++k) dot += static_cast<double>(row[k]) * direction[static_cast<std::size_t>(k)];
    total += dot;
    const std::uint64_t bits = mixed(std::bit_cast<std::uint64_t>(dot) + static_cast<std::uint64_t>(i));
    const double key = -static_cast<double>(bits >> 11) * 0x1p-53;
    if (key >= heap[0].first) continue;
    std::size_t at = 0;
    for (std::size_t child = 1; child < heap.size(); child = 2 * at + 1) {
      if (child + 1 < heap.size() && heap[child + 1].first > heap[child].first) ++child;
      if (heap[child].first <= key) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = {key, i};
  }
  return total + heap[0].first;
}

}  // namespace maskbench
