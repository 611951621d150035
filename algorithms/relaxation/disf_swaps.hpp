// Swaps that improve an answer under DiSF itself, found by the slopes of its frozen form.
#pragma once

#include "algorithms/core/objective.hpp"
#include "algorithms/core/problem.hpp"
#include "algorithms/core/run_context.hpp"

namespace maskbench {

// `trials` times: out goes the row of smallest slope of `surrogate` at the answer not tried yet, in comes the
// best, by the objective, of the 64 of largest slope, where that is an improvement. False: told to
// stop. Budget in rows, no quotas.
bool swap_by_slopes(const Problem& problem, const Relaxation& surrogate, std::int64_t trials,
                    Selection& selection, RunContext& context);

}  // namespace maskbench
