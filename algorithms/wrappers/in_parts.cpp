#include "algorithms/wrappers/in_parts.hpp"

#include <algorithm>

namespace maskbench {
namespace {

// The parts' rows in turn, by their rank in their part, as far as the budget goes.
Selection in_turn(const Problem& problem, const std::vector<Selection>& answers) {
  Selection all;
  Meter meter(problem);
  std::size_t longest = 0;
  bool repeats = false, scores = true, interrupted = false, threshold = false;
  for (const Selection& answer : answers) {
    longest = std::max(longest, answer.items.size());
    repeats = repeats || !answer.repeats.empty();
    scores = scores && answer.score.size() == answer.items.size();
    interrupted = interrupted || answer.why == Stop::interrupted;
    threshold = threshold || answer.why == Stop::threshold;
  }
  for (std::size_t rank = 0; rank < longest; ++rank) {
    for (const Selection& answer : answers) {
      if (rank >= answer.items.size()) continue;
      const std::int32_t copies = answer.repeats.empty() ? 1 : answer.repeats[rank];
      if (!meter.take(answer.items[rank], copies)) continue;
      all.items.push_back(answer.items[rank]);
      if (repeats) all.repeats.push_back(copies);
      if (scores) all.score.push_back(answer.score[rank]);
    }
  }
  all.why = interrupted    ? Stop::interrupted
            : meter.full() ? Stop::filled
            : threshold    ? Stop::threshold
                           : Stop::exhausted;
  return all;
}

}  // namespace

std::int64_t kept_size(const Problem& problem) {
  std::int64_t size = 0;
  for (const Index row : problem.kept) size += problem.length_of(row);
  return size;
}

std::vector<std::int64_t> part_sizes(const Problem& problem, const Parts& parts) {
  std::vector<std::int64_t> size;
  for (const auto& part : parts) {
    size.push_back(0);
    for (const Index row : part) size.back() += problem.length_of(row);
  }
  return size;
}

Selection select_in_parts(const Problem& problem, RunContext& context, InnerSelector& inner,
                          const Parts& parts, const std::vector<std::int64_t>& amounts, PartRules rules) {
  std::vector<Selection> answers;
  for (std::size_t j = 0; j < parts.size(); ++j) {
    answers.emplace_back();
    if (amounts[j] == 0 && problem.budget.unit != Unit::none) continue;
    Problem part = problem;
    part.candidates = parts[j];
    part.budget.amount = amounts[j] + kept_size(problem);
    if (problem.budget.unit != Unit::rows) part.budget.fill = Fill::at_least;
    if (rules.cover_part) part.reference = parts[j];
    const double from = static_cast<double>(j), all = static_cast<double>(parts.size());
    InnerContext inner_context(context, rules.number + j, from / all, (from + 1) / all,
                               [&](std::vector<Index> items) {
                                 std::vector<Selection> so_far(answers.begin(), answers.end() - 1);
                                 so_far.push_back({.items = std::move(items)});
                                 return in_turn(problem, so_far).items;
                               });
    answers.back() = inner.select(part, inner_context);
    if (answers.back().why == Stop::interrupted) break;
  }
  return in_turn(problem, answers);
}

std::int64_t bytes_in_parts(const Problem& problem, const InnerSelector& inner, std::int64_t largest,
                            std::int64_t amount) {
  const auto n = static_cast<std::int64_t>(problem.candidates.size());
  if (n == 0) return 0;
  Problem part = problem;
  part.candidates = problem.candidates.first(largest);
  part.budget.amount = kept_size(problem) + amount;
  return 8 * (n + problem.rows_to_pick()) + inner.scratch_bytes(part);
}

}  // namespace maskbench
