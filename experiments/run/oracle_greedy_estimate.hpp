// How long a greedy method that asks the oracle for every candidate at every pick would take, where it cannot
// finish (SelectorTraits::extrapolates): candidates timed at growing set sizes, integrated over the picks.
#pragma once

#include <vector>

#include "algorithms/core/problem.hpp"
#include "experiments/records/record.hpp"

namespace maskbench {

struct OracleGreedyEstimate {
  std::vector<TimedSize> timed;
  double seconds = 0;  // sum over picks t of (candidates left) * (seconds at size t)
};

// Calls what such a method calls for a candidate, Objective::value with the budget's size as denominator, on
// random sets of 1, 10, 100, ..., S rows, as many at once as there are threads. Between two sizes the time is
// taken as linear; past a size where one round takes longer than two seconds it is continued with the last
// slope.
OracleGreedyEstimate estimate_oracle_greedy(const Problem& problem);

}  // namespace maskbench
