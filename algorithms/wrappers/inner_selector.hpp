// A selector inside another one, named by a parameter's text.
#pragma once

#include <optional>
#include <string>

#include "algorithms/budget/solve.hpp"

namespace maskbench {

class InnerSelector {
 public:
  // UserError: an unknown key or parameter.
  explicit InnerSelector(const std::string& text) : selector_(selectors().make(text)) {}

  // Why it cannot do this problem, its registered limits included.
  std::optional<std::string> refuses(const Problem& problem) const {
    const std::string reason = selector_.refusal(problem);
    return reason.empty() ? std::nullopt : std::optional<std::string>(selector_.text + ": " + reason);
  }

  // Prepares and selects, all of it timed: the problem is made while the outer method runs.
  Selection select(const Problem& problem, RunContext& context) {
    if (const auto reason = refuses(problem)) throw UserError(*reason);
    selector_->prepare(problem);
    return solve(selector_, problem, context);
  }

  // What an answer owes to the inner selector.
  void refine(SelectorTraits& traits) const {
    const SelectorTraits& own = selector_.traits;
    traits.stochastic = own.stochastic;
    traits.may_stop_early = own.may_stop_early;
    traits.repeats = own.repeats;
    traits.host_arithmetic = own.host_arithmetic;
    traits.runs_commands = own.runs_commands;
  }

  std::int64_t scratch_bytes(const Problem& problem) const { return selector_->scratch_bytes(problem); }

 private:
  NamedSelector selector_;
};

}  // namespace maskbench
