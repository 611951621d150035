#include "experiments/scoring/probes.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "algorithms/kernels/pearson.hpp"
#include "algorithms/kernels/random_subset.hpp"
#include "experiments/scoring/evaluate.hpp"

namespace maskbench {
namespace {

std::vector<double> mean_ranks(std::span<const double> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return values[a] != values[b] ? values[a] < values[b] : a < b;
  });
  std::vector<double> ranks(values.size());
  for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    for (std::size_t k = begin; k < end; ++k) ranks[order[k]] = static_cast<double>(begin + end - 1) / 2;
  }
  return ranks;
}

}  // namespace

double spearman(std::span<const double> a, std::span<const double> b) {
  return pearson(mean_ranks(a), mean_ranks(b));
}

std::optional<double> quality_correlation(const ProblemSetup& setup) {
  const Problem& problem = setup.problem();
  const Index n = problem.data.size(), size = problem.expected_rows();
  if (problem.quality.empty() || setup.objective().diversity() == nullptr || size >= n ||
      setup.objective().oracle_work(n) > kMostWork)
    return std::nullopt;
  const Stream stream(static_cast<std::uint64_t>(size),
                      purpose("quality correlation " + problem.data.digest()));
  const std::vector<Index> held = random_subset(stream, 0, n, size);
  std::vector<Index> rows;
  std::vector<double> quality;
  for (Index row = 0; row < n; ++row) {
    if (std::binary_search(held.begin(), held.end(), row)) continue;
    rows.push_back(row);
    quality.push_back(problem.quality[row]);
  }
  std::vector<double> gains(rows.size());
  setup.objective().diversity()->start({size, rows, held, false})->gains(rows, gains);
  return spearman(gains, quality);
}

}  // namespace maskbench
