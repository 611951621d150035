// Is an answer one of the problem? The harness believes no method.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "algorithms/core/problem.hpp"
#include "algorithms/core/registry.hpp"

namespace maskbench {

// What is wrong with the answer, or nothing: rows out of range, repeated, not candidates; above the budget or
// a quota; or rows left that would still fit, from a method that may not stop early and was not interrupted.
std::optional<std::string> fault_of(const Problem& problem, const SelectorTraits& traits,
                                    const Selection& selection);

// What was asked for, what there is of it and why, where an answer falls short of its budget: by a row, or by
// more than a hundredth where the next row may just have been too large. "": it does not.
std::string shortfall_of(const Problem& problem, const Selection& selection);

// The answer as a set: kept rows and new ones, ascending.
std::vector<Index> whole_set(const Problem& problem, const std::vector<Index>& items);

}  // namespace maskbench
