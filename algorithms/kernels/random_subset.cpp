#include "algorithms/kernels/random_subset.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

namespace maskbench {

std::vector<Index> random_subset(const Stream& stream, std::uint64_t draw, Index n, Index count) {
  MASKBENCH_CHECK(0 <= count && count <= n,
                  "a subset of " + std::to_string(count) + " of " + std::to_string(n));
  std::vector<std::uint64_t> marked((n + 63) / 64, 0);
  const auto mark = [&](std::uint64_t i) {
    const std::uint64_t bit = std::uint64_t{1} << (i % 64);
    const bool fresh = (marked[i / 64] & bit) == 0;
    marked[i / 64] |= bit;
    return fresh;
  };
  for (auto last = static_cast<std::uint64_t>(n - count); last < static_cast<std::uint64_t>(n); ++last) {
    if (!mark(stream.below(last + 1, last, draw))) mark(last);
  }
  std::vector<Index> subset;
  subset.reserve(count);
  for (std::size_t w = 0; w < marked.size(); ++w) {
    for (std::uint64_t bits = marked[w]; bits != 0; bits &= bits - 1) {
      subset.push_back(static_cast<Index>(w * 64) + std::countr_zero(bits));
    }
  }
  return subset;
}

namespace {

template <class Int>
void fisher_yates(const Stream& stream, std::uint64_t draw, std::vector<Int>& values) {
  constexpr std::size_t kAhead = 32;  // places known, and on their way from memory, before they are needed
  std::uint64_t place[kAhead];
  for (std::size_t left = values.size(); left > 1;) {
    const std::size_t some = std::min(kAhead, left - 1);
    for (std::size_t k = 0; k < some; ++k) {
      place[k] = stream.below(left - k, left - k, draw);
      __builtin_prefetch(&values[place[k]], 1);
    }
    for (std::size_t k = 0; k < some; ++k, --left) std::swap(values[left - 1], values[place[k]]);
  }
}

}  // namespace

void shuffle(const Stream& stream, std::uint64_t draw, std::vector<Index>& values) {
  fisher_yates(stream, draw, values);
}

void shuffle(const Stream& stream, std::uint64_t draw, std::vector<std::uint32_t>& values) {
  fisher_yates(stream, draw, values);
}

std::vector<std::vector<Index>> random_partition(const Stream& stream, Index n, Index parts) {
  std::vector<Index> order(n);
  std::iota(order.begin(), order.end(), Index{0});
  shuffle(stream, 0, order);
  std::vector<std::vector<Index>> lists;
  auto from = order.begin();
  for (Index part = 0; part < parts; ++part) {
    const auto to = from + static_cast<std::ptrdiff_t>(n / parts + (part < n % parts ? 1 : 0));
    lists.emplace_back(from, to);
    std::sort(lists.back().begin(), lists.back().end());
    from = to;
  }
  return lists;
}

}  // namespace maskbench
