// The gate's verdicts for people and for machines.
#pragma once

#include <string>
#include <vector>

#include "experiments/gate/gate.hpp"

namespace maskbench {

struct GatePart {
  std::string name;
  std::vector<GateVerdict> verdicts;
  std::string advice;  // what to do where something failed or is undecided
};

bool fails(const GatePart& part);

// A table of what is not simply the same, a line of counts for each part, what to do, and the sum of it.
std::string gate_text(const std::vector<GatePart>& parts);
// {"passed", "undecided", "parts": [{"check", "passed", "counts", "cases": [{"case", "verdict", "outcome",
// "detail"}]}]}
Json gate_json(const std::vector<GatePart>& parts);
// JUnit XML: a suite a part; undecided cases are skipped ones.
std::string gate_junit(const std::vector<GatePart>& parts);
// Commands that GitHub's CI shows beside a change: an error for each failure, one warning a part for what is
// undecided.
std::string gate_annotations(const std::vector<GatePart>& parts);

}  // namespace maskbench
