// A selector's answer, whatever the budget is in. In rows a method knows S, the number of rows that its
// answer has; in tokens, bytes or characters it does not, and every objective here is a mean or a sum of S
// rows. So S is searched for: the fixed point of "the method, told S, fills the budget with S rows"
// (decision 0025).
#pragma once

#include "algorithms/core/selector.hpp"

namespace maskbench {

// Calls select() once for a budget in rows or of no unit, or if the method's order does not depend on S;
// else until S holds. Selection::note says it where no S does.
Selection solve(const NamedSelector& selector, const Problem& problem, RunContext& context);

}  // namespace maskbench
