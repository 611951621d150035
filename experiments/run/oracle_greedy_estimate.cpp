#include "experiments/run/oracle_greedy_estimate.hpp"

#include <omp.h>

#include <algorithm>

#include "algorithms/core/objective.hpp"
#include "algorithms/kernels/random_subset.hpp"
#include "experiments/machine/clock.hpp"

namespace maskbench {
namespace {

constexpr double kEnoughSeconds = 0.05;  // of measuring one size
constexpr double kLongSeconds = 2.0;     // a round that takes longer is the last

struct Timing {
  double candidate = 0;  // seconds
  double round = 0;      // seconds of the longest round
};

Timing time_candidates(const Problem& problem, Index size) {
  const Index n = problem.data.size(), denominator = problem.expected_rows();
  const int threads = omp_get_max_threads();
  const Stream stream(0, purpose("naive greedy timing"));
  Timing timing;
  double spent = 0, sink = 0;
  std::int64_t evaluated = 0;
  int together =
      threads;  // many in one parallel region, as such methods do, so that its barrier does not count
  for (std::uint64_t round = 0; spent < kEnoughSeconds; ++round) {
    std::vector<std::vector<Index>> sets;
    for (int thread = 0; thread < threads; ++thread) {
      sets.push_back(random_subset(stream, round * 1024 + static_cast<std::uint64_t>(thread), n, size));
    }
    const double seconds = seconds_of([&] {
#pragma omp parallel for schedule(static) reduction(+ : sink)
      for (int candidate = 0; candidate < together; ++candidate) {
        sink += problem.objective->value(sets[candidate % threads], denominator);
      }
    });
    const int evaluations = together;
    if (seconds < kEnoughSeconds / 8) together *= 4;
    if (round == 0 && seconds < kEnoughSeconds)
      continue;  // the first round warms up, where that costs nothing
    spent += seconds;
    evaluated += evaluations;
    timing.round = std::max(timing.round, seconds);
  }
  MASKBENCH_CHECK(sink <= 0 || sink > 0, "the objective is not a number on a random set");
  timing.candidate = spent / static_cast<double>(evaluated);
  return timing;
}

// Linear between the sizes that were timed, and beyond the last.
double seconds_at(const std::vector<TimedSize>& timed, std::int64_t size) {
  if (timed.size() == 1) return timed.front().seconds;
  std::size_t right = 1;
  while (right + 1 < timed.size() && timed[right].size < size) ++right;
  const auto& [low, low_seconds] = timed[right - 1];
  const auto& [high, high_seconds] = timed[right];
  const double slope = (high_seconds - low_seconds) / static_cast<double>(high - low);
  return std::max(0.0, low_seconds + slope * static_cast<double>(size - low));
}

}  // namespace

OracleGreedyEstimate estimate_oracle_greedy(const Problem& problem) {
  OracleGreedyEstimate estimate;
  const Index last = std::max<Index>(problem.expected_rows(), 1);
  for (Index size = 1; estimate.timed.empty() || estimate.timed.back().size < last;
       size = std::min(size * 10, last)) {
    const Timing timing = time_candidates(problem, size);
    estimate.timed.push_back({size, timing.candidate});
    if (timing.round > kLongSeconds && estimate.timed.size() > 1) break;
  }
  auto left = static_cast<double>(problem.candidates.size());
  for (Index size = static_cast<Index>(problem.kept.size()) + 1; size <= last; ++size, --left) {
    estimate.seconds += left * seconds_at(estimate.timed, size);
  }
  return estimate;
}

}  // namespace maskbench
