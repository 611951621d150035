// The value gate: what every method answers on tiny problems, held against a baseline. Pure functions of records.
#pragma once

#include <string>
#include <vector>

#include "results/core/json.hpp"

namespace maskbench {

// One case as measured or as kept in results/baselines/values.jsonl:
//   {"case": "greedy | disf | ...", "ids": sha256 of the ascending ids, "count": rows, "value": f, "work": {name: number},
//    "band": relative tolerance of the value (0: ids decide), "refused": reason or absent, "why": reason of the last change}
struct GateVerdict {
  std::string name;
  std::string verdict;  // same | changed | no baseline | no longer measured
  std::string detail;   // what differs, before and now
};

// In the order of `measured`, then what only the baseline has.
std::vector<GateVerdict> compare_values(const std::vector<Json>& baseline, const std::vector<Json>& measured);

// The next baseline: lines that did not change keep their `why`, others get the new one.
std::vector<Json> rebaselined(const std::vector<Json>& baseline, const std::vector<Json>& measured, const std::string& why);

}  // namespace maskbench
