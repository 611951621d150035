// The places of the largest numbers.
#pragma once

#include <algorithm>
#include <numeric>
#include <span>
#include <vector>

#include "datasets/core/types.hpp"

namespace maskbench {

// `places` becomes the `count` places of largest score, ties to the smaller place; in no order, and always
// the same one.
inline void largest_places(std::span<const double> score, Index count, std::vector<Index>& places) {
  places.resize(score.size());
  std::iota(places.begin(), places.end(), Index{0});
  const auto larger = [&](Index a, Index b) {
    const double left = score[a], right = score[b];
    return left != right ? left > right : a < b;
  };
  std::nth_element(places.begin(), places.begin() + count, places.end(), larger);
  places.resize(count);
}

}  // namespace maskbench
