#include "experiments/problem/answer.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace maskbench {
namespace {

constexpr std::int8_t kForeign = 0, kFree = 1, kTaken = 2;  // what a row is to the answer

}  // namespace

std::optional<std::string> fault_of(const Problem& problem, const SelectorTraits& traits,
                                    const Selection& selection) {
  const std::size_t count = selection.items.size();
  if (!selection.repeats.empty() && selection.repeats.size() != count) {
    return fmt::format("{} repeats for {} rows", selection.repeats.size(), count);
  }
  if (!selection.score.empty() && selection.score.size() != count) {
    return fmt::format("{} scores for {} rows", selection.score.size(), count);
  }
  const Index n = problem.data.size();
  std::vector<std::int8_t> state(n, kForeign);
  for (const Index row : problem.candidates) state[row] = kFree;
  for (const Index row : selection.items) {
    if (row < 0 || row >= n) return fmt::format("row {} is not in 0 to {}", row, n - 1);
    std::int8_t& at = state[row];
    if (at == kTaken) return fmt::format("row {} is picked twice", row);
    if (at == kForeign) return fmt::format("row {} is not a candidate", row);
    at = kTaken;
  }
  if (!selection.repeats.empty() && !traits.repeats)
    return "repeats rows, which its registration does not allow";

  Meter meter(problem);
  for (std::size_t i = 0; i < count; ++i) {
    const std::int32_t copies = selection.repeats.empty() ? 1 : selection.repeats[i];
    if (copies < 1) return fmt::format("row {} has {} repeats", selection.items[i], copies);
    if (!meter.take(selection.items[i], copies)) {
      return fmt::format("pick {} (row {}) is beyond the budget of {} {} or its label's quota", i + 1,
                         selection.items[i], problem.budget.amount, name_of(problem.budget.unit));
    }
  }
  // In tokens the next row of the method's own order may have been too large, which only the method knows.
  const bool must_fill = problem.budget.unit == Unit::rows || problem.budget.fill == Fill::at_least;
  if (!must_fill || traits.may_stop_early || selection.why == Stop::interrupted ||
      problem.budget.unit == Unit::none) {
    return std::nullopt;
  }
  for (const Index row : problem.candidates) {
    if (state[row] == kFree && meter.take(row)) {
      return fmt::format("has {} rows and leaves a part of the budget of {} {} unused", count,
                         problem.budget.amount, name_of(problem.budget.unit));
    }
  }
  return std::nullopt;
}

std::vector<Index> whole_set(const Problem& problem, const std::vector<Index>& items) {
  std::vector<Index> all(problem.kept.begin(), problem.kept.end());
  all.insert(all.end(), items.begin(), items.end());
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace maskbench
