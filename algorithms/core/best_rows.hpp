// The linear step of every relaxation: S rows of largest slope, within the budget.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "algorithms/core/largest_places.hpp"

namespace maskbench {

// What the rows may take together: lengths.p <= room. No lengths: anything.
struct Room {
  std::vector<std::int64_t> lengths{};  // of the candidates
  std::int64_t room = 0;
};

// argmax of g.p over 0 <= p <= 1, sum p = S, lengths.p <= room, up to the last bits of the price:
// p = (1 - share) fits + share over.
struct BestRows {
  std::vector<Index>
      fits;  // places among the candidates: S rows of largest g - price * length, within the room
  std::vector<Index> over{};  // S rows that are not; empty: fits are the best of all
  double share = 0;
  double price = 0;
};

namespace detail {

inline std::int64_t taken(const Room& room, std::span<const Index> places) {
  std::int64_t sum = 0;
  for (const Index place : places) sum += room.lengths[static_cast<std::size_t>(place)];
  return sum;
}

// The `picks` places of largest slope - price * length, ties to the smaller one, ascending.
inline void priced_places(std::span<const double> slope, Index picks, const Room& room, double price,
                          std::vector<double>& priced, std::vector<double>& order,
                          std::vector<Index>& places) {
  priced.resize(slope.size());
  for (std::size_t c = 0; c < slope.size(); ++c)
    priced[c] = slope[c] - price * static_cast<double>(room.lengths[c]);
  order = priced;
  const auto last = order.begin() + picks - 1;
  std::nth_element(order.begin(), last, order.end(), std::greater<>());
  auto ties = picks - std::count_if(order.begin(), last, [&](double value) { return value > *last; });
  places.clear();
  for (std::size_t c = 0; c < priced.size(); ++c) {
    if (priced[c] > *last || (priced[c] == *last && ties-- > 0)) places.push_back(static_cast<Index>(c));
  }
}

inline double sum_over(std::span<const double> slope, std::span<const Index> places) {
  double sum = 0;
  for (const Index place : places) sum += slope[static_cast<std::size_t>(place)];
  return sum;
}

}  // namespace detail

// Ties: the smaller place. Any price >= 0 bounds g.p, and the right one attains it (facts 8j). It lies
// between one whose rows take too much and one whose rows fit, and is found where no set lies above the line
// through these two; every second price halves what is between, so that a long one-sided walk is short. Where
// no S rows fit, `fits` are the shortest.
inline BestRows best_rows(std::span<const double> slope, Index picks, const Room& room) {
  BestRows best;
  largest_places(slope, picks, best.fits);
  if (room.lengths.empty() || detail::taken(room, best.fits) <= room.room) return best;
  constexpr int kPrices = 100;
  constexpr double kClose = 1e-4;  // of the room that may stay empty
  best.over = std::move(best.fits);
  const auto [least, most] = std::minmax_element(slope.begin(), slope.end());
  double low = 0, high = std::max(*most - *least, 1e-300) * 2;  // where any shorter row beats any longer one
  std::vector<double> priced, order;
  std::vector<Index> places;
  detail::priced_places(slope, picks, room, high, priced, order, best.fits);
  std::int64_t used = detail::taken(room, best.fits), over = detail::taken(room, best.over);
  if (used > room.room) return {std::move(best.fits), {}, 0, high};
  double gain = detail::sum_over(slope, best.fits), more = detail::sum_over(slope, best.over);
  for (int step = 0; step < kPrices; ++step) {
    if (static_cast<double>(room.room - used) <= kClose * static_cast<double>(room.room)) break;
    const double line = (more - gain) / static_cast<double>(over - used);
    const bool halve = step % 2 == 1;
    const double price = halve ? low + (high - low) / 2 : line;
    if (price <= low || price >= high) {
      if (halve) break;
      continue;
    }
    detail::priced_places(slope, picks, room, price, priced, order, places);
    const double sum = detail::sum_over(slope, places);
    const std::int64_t taken = detail::taken(room, places);
    const double above = sum - gain - line * static_cast<double>(taken - used);
    if (!halve && above <= 1e-13 * (std::abs(sum) + std::abs(gain))) {
      high = line;  // both are best there
      break;
    }
    if (taken > room.room) {
      low = price, over = taken, more = sum;
      std::swap(best.over, places);
    } else {
      high = price, used = taken, gain = sum;
      std::swap(best.fits, places);
    }
  }
  best.price = high;
  best.share =
      static_cast<double>(room.room - used) / static_cast<double>(std::max<std::int64_t>(over - used, 1));
  return best;
}

}  // namespace maskbench
