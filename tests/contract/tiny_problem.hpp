// Small problems and a strict harness for the contract suite.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "algorithms/budget/solve.hpp"
#include "algorithms/core/quality.hpp"
#include "algorithms/core/selector.hpp"
#include "datasets/core/dataset.hpp"
#include "datasets/core/random.hpp"

namespace maskbench::contract {

enum class Rows { different, identical };
enum class Scores { different, constant };

inline constexpr Index kDims = 8;

inline std::vector<Index> all_rows(Index n) {
  std::vector<Index> rows(n);
  std::iota(rows.begin(), rows.end(), Index{0});
  return rows;
}

// n rows around six centres, with ids, lengths, a topic and two scores that know nothing of the rows.
inline std::shared_ptr<const Dataset> tiny_data(Index n, Rows rows = Rows::different,
                                                Scores scores = Scores::different) {
  const Stream stream(20251230, purpose("contract data"));
  const auto draw = [&](Index row, Index column) {
    return static_cast<float>(
        stream.uniform(static_cast<std::uint64_t>(row), static_cast<std::uint64_t>(column)));
  };
  DatasetBuilder builder("tiny", n);
  std::vector<float> features, first, second;
  std::vector<std::int32_t> tokens, topics;
  std::vector<std::string> ids;
  for (Index row = 0; row < n; ++row) {
    const Index from = rows == Rows::identical ? 0 : row;
    for (Index k = 0; k < kDims; ++k) {
      features.push_back(0.4f + draw(1000 + from % 6, k) - 0.5f + 0.7f * (draw(from, k) - 0.5f));
    }
    first.push_back(scores == Scores::constant ? 3.0f : draw(row, 100));
    second.push_back(scores == Scores::constant ? -1.0f : draw(row, 101) * draw(row, 102));
    tokens.push_back(20 + static_cast<std::int32_t>(200 * draw(row, 103)));
    topics.push_back(static_cast<std::int32_t>(row % 3));
    ids.push_back("row-" + std::to_string(row));
  }
  builder.features("embedding", std::move(features), kDims);
  builder.score("first", std::move(first));
  builder.score("second", std::move(second));
  builder.sizes("tokens", "tokens", std::move(tokens));
  builder.label("topic", std::move(topics));
  builder.ids("id", ids);
  builder.quality_columns({"first", "second"});
  return builder.build();
}

// Owns what a Problem looks at.
struct Tiny {
  std::shared_ptr<const Dataset> data;
  std::vector<Index> candidates, kept;
  std::vector<double> quality;
  std::vector<Quota> quotas;
  Budget budget;
  std::unique_ptr<Objective> objective;

  explicit Tiny(std::shared_ptr<const Dataset> of, Budget wanted = {Unit::rows, 12, Fill::at_most})
      : data(std::move(of)), candidates(all_rows(data->size())), budget(wanted) {
    if (!data->quality_columns().empty())
      quality = merge_quality(*data, data->quality_columns(), Merge::minmax);
  }

  Tiny& keep(const std::vector<Index>& rows) {
    kept = rows;
    for (const Index row : rows) std::erase(candidates, row);
    return *this;
  }
  Tiny& objective_of(const std::string& text) {
    objective = make_objective(text, {*data, data->quality_columns(), problem().expected_rows()});
    return *this;
  }
  Problem problem() const { return {*data, candidates, kept, quality, objective.get(), budget, quotas}; }
};

// Counts what the harness is asked, and may want the method to end from the start.
class StrictContext final : public RunContext {
 public:
  explicit StrictContext(std::uint64_t seed, bool stop = false) : RunContext(seed), stop_(stop) {}

  using RunContext::checkpoint;
  bool checkpoint(const std::function<std::vector<Index>()>& items) override {
    ++checkpoints;
    last = items();
    return !stop_;
  }
  bool stopping() const override { return stop_; }
  void progress(double done) override { in_range = in_range && done >= -1e-9 && done <= 1 + 1e-9; }

  int checkpoints = 0;
  bool in_range = true;
  std::vector<Index> last;

 private:
  bool stop_;
};

// A key with its defaults; only an integer parameter `steps` is cut down, so that the suite stays short.
template <class Entry>
Spec short_spec(const Entry& entry, const std::string& steps = "50") {
  Spec spec{entry.key, {}};
  for (const FieldInfo& field : entry.fields) {
    if (field.name == "steps" && field.type == "integer") spec.arguments["steps"] = steps;
  }
  return spec;
}

template <class Entry>
std::string short_text(const Entry& entry, const std::string& steps = "50") {
  return print_spec(short_spec(entry, steps));
}

// Prepares and selects; nothing where the method refuses.
inline std::optional<Selection> answer(const std::string& text, const Problem& problem, RunContext& context) {
  const auto selector = selectors().make(text);
  if (!selector.refusal(problem).empty()) return std::nullopt;
  selector->prepare(problem);
  return solve(selector, problem, context);
}

inline std::optional<Selection> answer(const std::string& text, const Problem& problem,
                                       std::uint64_t seed = 1) {
  StrictContext context(seed);
  return answer(text, problem, context);
}

// The rows of an answer that has to be there.
inline std::vector<Index> picks(const std::string& text, const Problem& problem, std::uint64_t seed = 1) {
  return answer(text, problem, seed).value().items;
}

// A reason that a person can read.
inline bool is_sentence(const std::string& text) {
  return text.size() >= 10 && text.find(' ') != std::string::npos && text.back() != '\n' &&
         text.back() != ' ';
}

// What is wrong with an answer; "" where nothing is. `strict`: the budget has to be filled.
inline std::string fault(const Problem& problem, const Selection& selection, const SelectorTraits& traits,
                         bool strict = true) {
  const std::set<Index> distinct(selection.items.begin(), selection.items.end());
  if (distinct.size() != selection.items.size()) return "a row stands twice";
  for (const Index row : selection.items) {
    if (!std::binary_search(problem.candidates.begin(), problem.candidates.end(), row)) {
      return "row " + std::to_string(row) + " is not a candidate";
    }
  }
  if (!selection.repeats.empty()) {
    if (!traits.repeats) return "repeats, though it is not registered for them";
    if (selection.repeats.size() != selection.items.size()) return "repeats are not one a row";
    if (*std::min_element(selection.repeats.begin(), selection.repeats.end()) < 1) return "a repeat below 1";
  }
  if (!selection.score.empty() && selection.score.size() != selection.items.size())
    return "scores are not one a row";
  for (const Quota& quota : problem.quotas) {
    const auto labels = problem.data.label(quota.column);
    std::int64_t used = 0;
    for (const auto rows : {problem.kept, std::span<const Index>(selection.items)}) {
      for (const Index row : rows) used += labels[row] == quota.label ? problem.length_of(row) : 0;
    }
    if (used > quota.amount) return "label " + std::to_string(quota.label) + " has " + std::to_string(used);
  }
  std::int64_t used = 0, largest = 0;
  for (const auto rows : {problem.kept, std::span<const Index>(selection.items)}) {
    for (const Index row : rows) used += problem.length_of(row);
  }
  for (const Index row : problem.candidates) largest = std::max(largest, problem.length_of(row));
  const bool full = used >= problem.budget.amount;
  if (problem.budget.fill != Fill::at_least && used > problem.budget.amount) return "more than the budget";
  if (full && used > problem.budget.amount &&
      used - problem.length_of(selection.items.back()) >= problem.budget.amount) {
    return "more rows than it takes to reach the budget";
  }
  if (!strict) return "";
  if (traits.may_stop_early && selection.why == Stop::threshold) return "";
  if (problem.budget.fill != Fill::pack && selection.why != Stop::filled)
    return "says that it did not fill the budget";
  const bool next_may_not_fit =
      problem.budget.fill != Fill::at_least && used > problem.budget.amount - largest;
  if (!full && !next_may_not_fit) return "the budget is not filled: " + std::to_string(used);
  return "";
}

}  // namespace maskbench::contract
