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

std::string shortfall_of(const Problem& problem, const Selection& selection) {
  const Budget& budget = problem.budget;
  if (budget.unit == Unit::none) return "";
  std::vector<bool> taken(static_cast<std::size_t>(problem.data.size()));
  std::int64_t used = 0;
  for (const Index row : problem.kept) used += problem.length_of(row);
  Meter meter(problem);
  for (std::size_t i = 0; i < selection.items.size(); ++i) {
    const Index row = selection.items[i];
    const std::int32_t copies = selection.repeats.empty() ? 1 : selection.repeats[i];
    used += problem.length_of(row) * copies;
    meter.take(row, copies);
    taken[static_cast<std::size_t>(row)] = true;
  }
  const bool to_the_row = budget.unit == Unit::rows || budget.fill == Fill::at_least;
  const std::int64_t rest = budget.amount - used, allowed = to_the_row ? 0 : budget.amount / 100;
  if (rest <= allowed) return "";
  Index left = 0;
  bool fits = false;  // some row that was not taken
  for (const Index row : problem.candidates) {
    if (taken[static_cast<std::size_t>(row)]) continue;
    ++left;
    fits = fits || (problem.length_of(row) <= rest && meter.take(row));
  }
  const bool closed = budget.fill == Fill::at_most && problem.sized() && selection.why == Stop::filled;
  const char* why = selection.why == Stop::threshold ? "the selector's own rule stopped it"
                    : left == 0                      ? "there are no more candidates"
                    : fits && closed ? "the next row of its order does not fit (--fill pack goes on past it)"
                    : fits           ? "the selector stopped earlier"
                    : !problem.quotas.empty() ? "the quotas let no further row through"
                                              : "the next row does not fit";
  return fmt::format("asked for {} {}, got {}: {}", budget.amount, name_of(budget.unit), used, why);
}

std::vector<Index> whole_set(const Problem& problem, const std::vector<Index>& items) {
  std::vector<Index> all(problem.kept.begin(), problem.kept.end());
  all.insert(all.end(), items.begin(), items.end());
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace maskbench
