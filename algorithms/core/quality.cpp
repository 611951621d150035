#include "algorithms/core/quality.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace maskbench {
namespace {

void add_minmax(std::span<const float> column, std::span<double> merged) {
  const auto [low, high] = std::minmax_element(column.begin(), column.end());
  const double from = *low;
  const double range = static_cast<double>(*high) - from;
  if (range == 0) return;
  for (std::size_t i = 0; i < column.size(); ++i)
    merged[i] += (static_cast<double>(column[i]) - from) / range;
}

void add_zscore(std::span<const float> column, std::span<double> merged) {
  const auto n = static_cast<double>(column.size());
  const double mean = std::accumulate(column.begin(), column.end(), 0.0) / n;
  double squares = 0;
  for (const float value : column)
    squares += (static_cast<double>(value) - mean) * (static_cast<double>(value) - mean);
  const double deviation = std::sqrt(squares / n);
  if (deviation == 0) return;
  for (std::size_t i = 0; i < column.size(); ++i)
    merged[i] += (static_cast<double>(column[i]) - mean) / deviation;
}

void add_rank(std::span<const float> column, std::span<double> merged) {
  std::vector<std::size_t> order(column.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return column[a] < column[b]; });
  if (order.size() < 2 || column[order.front()] == column[order.back()]) return;
  const double last = static_cast<double>(order.size() - 1);
  for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && column[order[end]] == column[order[begin]]) ++end;
    const double rank = static_cast<double>(begin + end - 1) / 2;  // of the ties begin..end-1
    for (std::size_t k = begin; k < end; ++k) merged[order[k]] += rank / last;
  }
}

}  // namespace

std::vector<double> merge_quality(const Dataset& data, std::span<const std::string> columns, Merge merge) {
  std::vector<double> merged(data.size(), 0.0);
  for (const std::string& name : columns) {
    const std::span<const float> column = data.score(name);
    switch (merge) {
      case Merge::minmax:
        add_minmax(column, merged);
        break;
      case Merge::zscore:
        add_zscore(column, merged);
        break;
      case Merge::rank:
        add_rank(column, merged);
        break;
      case Merge::raw:
        for (std::size_t i = 0; i < column.size(); ++i) merged[i] += static_cast<double>(column[i]);
        break;
    }
  }
  return merged;
}

}  // namespace maskbench
