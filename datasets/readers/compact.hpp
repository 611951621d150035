// Rows that stay, moved together in place.
#pragma once

#include <algorithm>
#include <vector>

#include "datasets/core/types.hpp"

namespace maskbench {

// `values` has `cols` entries a row, or none at all.
template <class T>
void keep_rows(std::vector<T>& values, Index cols, const std::vector<bool>& stays) {
  if (values.empty()) return;
  auto next = values.begin();
  for (std::size_t row = 0; row < stays.size(); ++row) {
    if (!stays[row]) continue;
    const auto from = values.begin() + static_cast<std::ptrdiff_t>(row) * cols;
    if (next != from) std::copy(from, from + cols, next);
    next += cols;
  }
  values.erase(next, values.end());
}

}  // namespace maskbench
