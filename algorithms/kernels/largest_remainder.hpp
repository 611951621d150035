// A whole number in proportion to weights.
#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

namespace maskbench {

// Shares of `total` that sum to it, each within one of total * weight / sum of weights; what rounding down
// leaves goes to the largest remainders, ties to the earlier weight. All 0 where the weights are.
inline std::vector<std::int64_t> largest_remainder(std::int64_t total,
                                                   const std::vector<std::int64_t>& weight) {
  __extension__ using Wide = __int128;
  const std::int64_t all = std::accumulate(weight.begin(), weight.end(), std::int64_t{0});
  std::vector<std::int64_t> share(weight.size(), 0);
  if (all == 0) return share;
  std::vector<std::pair<std::int64_t, std::size_t>>
      rest;  // remainder, negated so that the largest sorts first
  std::int64_t left = total;
  for (std::size_t j = 0; j < weight.size(); ++j) {
    const Wide product = static_cast<Wide>(total) * weight[j];
    share[j] = static_cast<std::int64_t>(product / all);
    rest.emplace_back(-static_cast<std::int64_t>(product % all), j);
    left -= share[j];
  }
  std::sort(rest.begin(), rest.end());
  for (std::size_t j = 0; left > 0; ++j, --left) ++share[rest[j].second];
  return share;
}

}  // namespace maskbench
