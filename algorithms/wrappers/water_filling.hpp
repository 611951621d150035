// A whole number poured into vessels.
#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

namespace maskbench {

// Shares of `total` that sum to it (or to all there is room for): min(room, level) each, for one level; what
// is left below the next level goes one each to the vessels that still have room, largest first, ties to the
// earlier (rules P3).
inline std::vector<std::int64_t> water_filling(std::int64_t total, const std::vector<std::int64_t>& room) {
  std::vector<std::size_t> order(room.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return room[a] > room[b]; });
  std::vector<std::int64_t> share(room.size(), 0);
  std::int64_t left = total;
  for (std::size_t open = order.size(); open > 0;
       --open) {  // the smallest that is open fills up, or the level is reached
    const std::int64_t level = left / static_cast<std::int64_t>(open);
    const std::size_t smallest = order[open - 1];
    if (room[smallest] <= level) {
      left -= share[smallest] = room[smallest];
      continue;
    }
    const std::int64_t extra = left % static_cast<std::int64_t>(open);
    for (std::size_t k = 0; k < open; ++k)
      share[order[k]] = level + (static_cast<std::int64_t>(k) < extra ? 1 : 0);
    break;
  }
  return share;
}

}  // namespace maskbench
