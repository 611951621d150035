// What the gate says of its cases, and the value gate: what every method answers on tiny problems, held
// against a baseline. Pure functions of records.
#pragma once

#include <string>
#include <vector>

#include "experiments/records/json.hpp"

namespace maskbench {

enum class Outcome { pass, fail, undecided };  // undecided: neither, and said so; it does not fail the gate

struct GateVerdict {
  std::string name;                                                     // the case
  std::string verdict;                                                  // in a word or three
  std::string detail;                                                   // what differs, before and now
  Outcome outcome = verdict == "same" ? Outcome::pass : Outcome::fail;  // unless the part says otherwise
};

// One case as measured or as kept in results/baselines/values.jsonl:
//   {"case": "greedy | disf | ...", "ids": sha256 of the ascending ids, "count": rows, "value": f, "work":
//   {name: number},
//    "band": relative tolerance of the value (0: ids decide), "refused": reason or absent, "why": reason of
//    the last change}
// Verdicts: same (the only one that passes) | changed | no baseline | no longer measured; in the order of
// `measured`, then what only the baseline has.
std::vector<GateVerdict> compare_values(const std::vector<Json>& baseline, const std::vector<Json>& measured);

// The next baseline: lines that did not change keep their `why`, others get the new one.
std::vector<Json> rebaselined(const std::vector<Json>& baseline, const std::vector<Json>& measured,
                              const std::string& why);

}  // namespace maskbench
