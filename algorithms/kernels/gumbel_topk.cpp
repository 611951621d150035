#include "algorithms/kernels/gumbel_topk.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "algorithms/kernels/canonical_math.hpp"
#include "algorithms/kernels/clones.hpp"
#include "algorithms/kernels/philox_words.hpp"

namespace maskbench {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

// Positions whose word is below their threshold, without a branch; returns how many.
MASKBENCH_CLONES std::size_t ringing(const std::uint32_t* words, const std::uint64_t* threshold, std::size_t n,
                                     std::int32_t* positions) {
  std::size_t count = 0;
  for (std::size_t b = 0; b < n; ++b) {
    positions[count] = static_cast<std::int32_t>(b);
    count += words[b] < threshold[b] ? 1 : 0;
  }
  return count;
}

}  // namespace

double clock_key(std::uint32_t word, double weight) {
  // 1 - v is exact in float64, so the logarithm keeps its relative precision at both ends.
  const double rest = (4294967295.5 - static_cast<double>(word)) * 0x1p-32;
  return -canonical::log(rest) / weight;
}

std::vector<std::int32_t> ordered_sample(const Stream& stream, std::uint64_t draw, std::span<const double> weight,
                                         Index count) {
  std::vector<std::uint32_t> words;
  philox_words(stream, draw, (weight.size() + 3) / 4, words);
  std::vector<double> key(weight.size());
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = clock_key(words[i], weight[i]);
  std::vector<std::int32_t> order(weight.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int32_t>(i);
  const auto sooner = [&](std::int32_t a, std::int32_t b) {
    const double ka = key[static_cast<std::size_t>(a)], kb = key[static_cast<std::size_t>(b)];
    return ka != kb ? ka < kb : a < b;
  };
  std::partial_sort(order.begin(), order.begin() + count, order.end(), sooner);
  order.resize(static_cast<std::size_t>(count));
  return order;
}

// Solves sum_i (1 - e^(-T w_i)) = S + 6 sqrt(S) + 8 by Newton's method from the left: the sum is concave in T, so the steps
// never pass the root. Any T gives exact masks; a good one gives few clocks to compare.
double MaskSampler::aim(std::span<const double> weight, Index picked) {
  threshold_.assign(weight.size(), std::uint64_t{1} << 32);
  const double target = static_cast<double>(picked) + 6 * std::sqrt(static_cast<double>(picked)) + 8;
  if (target > 0.9 * static_cast<double>(weight.size())) return kNever;
  double total = 0;
  for (const double w : weight) total += w;
  double time = target / total;
  for (int iteration = 0; iteration < 40; ++iteration) {
    double ringing_by = 0, slope = 0;
    for (const double w : weight) {
      const double rung = canonical::one_minus_exp_minus(time * w);
      ringing_by += rung;
      slope += w * (1 - rung);
    }
    if (target - ringing_by < 1 || slope <= 0) break;
    time += (target - ringing_by) / slope;
  }
  for (std::size_t i = 0; i < weight.size(); ++i) {
    const double cells = std::ceil(0x1p32 * canonical::one_minus_exp_minus(time * weight[i]));
    threshold_[i] = static_cast<std::uint64_t>(std::min(cells, 0x1p32));
  }
  return time;
}

// Threshold sampling (paper-facts 8e): an integer comparison a clock, logarithms only for those that ring by `time`. Where
// too few ring, or the last pick is too near the threshold to be sure of, all clocks of the same words are compared.
void MaskSampler::draw_one(const Stream& stream, std::uint64_t draw, std::span<const double> weight, double time,
                           Index picked, std::vector<std::uint32_t>& words, std::vector<Clock>& clocks) const {
  philox_words(stream, draw, (weight.size() + 3) / 4, words);
  const auto count = static_cast<std::ptrdiff_t>(picked);
  if (time != kNever) {
    std::vector<std::int32_t> rung(weight.size() + 1);
    rung.resize(ringing(words.data(), threshold_.data(), weight.size(), rung.data()));
    if (static_cast<std::ptrdiff_t>(rung.size()) >= count) {
      clocks.clear();
      for (const std::int32_t b : rung) {
        const auto at = static_cast<std::size_t>(b);
        clocks.push_back({clock_key(words[at], weight[at]), b});
      }
      std::nth_element(clocks.begin(), clocks.begin() + (count - 1), clocks.end());
      if (clocks[static_cast<std::size_t>(count - 1)].key < time * (1 - 0x1p-20)) return;
    }
  }
  clocks.clear();
  for (std::size_t b = 0; b < weight.size(); ++b) {
    clocks.push_back({clock_key(words[b], weight[b]), static_cast<std::int32_t>(b)});
  }
  std::nth_element(clocks.begin(), clocks.begin() + (count - 1), clocks.end());
}

void MaskSampler::draw(const Stream& stream, std::uint64_t first_draw, std::span<const double> weight, Index masks,
                       Index picked, bool ordered, MaskSet& out) {
  MASKBENCH_CHECK(1 <= picked && picked <= static_cast<Index>(weight.size()), "a mask picks 1 to all rows of the batch");
  const double time = aim(weight, picked);
  out.masks = masks;
  out.picked = picked;
  out.items.resize(static_cast<std::size_t>(masks * picked));
#pragma omp parallel
  {
    std::vector<std::uint32_t> words;
    std::vector<Clock> clocks;
#pragma omp for schedule(static)
    for (Index mask = 0; mask < masks; ++mask) {
      draw_one(stream, first_draw + static_cast<std::uint64_t>(mask), weight, time, picked, words, clocks);
      clocks.resize(static_cast<std::size_t>(picked));
      if (ordered) {
        std::sort(clocks.begin(), clocks.end());
      } else {
        std::sort(clocks.begin(), clocks.end(), [](const Clock& a, const Clock& b) { return a.position < b.position; });
      }
      for (Index k = 0; k < picked; ++k) {
        out.items[static_cast<std::size_t>(mask * picked + k)] = clocks[static_cast<std::size_t>(k)].position;
      }
    }
  }
  index_rows(out, static_cast<Index>(weight.size()));
}

}  // namespace maskbench
