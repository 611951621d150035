// Times the speed gate's cases, in processes of their own.
//
// What is timed is the CPU time of one thread. Wall time counts the seconds that other processes take, and on
// a machine whose cores are all busy it is mostly theirs; CPU time loses only what they do to caches and to
// the core's speed, and that hits both halves of a pair. What it cannot see is waiting and lost parallelism:
// the tables' wall times show those. Every eleven pairs are measured in new processes, so that the interval
// knows what a layout of memory is worth, and one unlucky layout decides nothing.
#pragma once

#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "experiments/gate/speed_cases.hpp"
#include "experiments/gate/speed_verdict.hpp"
#include "experiments/gate/value_gate.hpp"
#include "experiments/machine/child.hpp"

namespace maskbench {

struct SpeedRequest {
  std::string only;                  // cases of this selector's key; "": all
  std::string against;               // another maskbench program; "": the baseline
  std::vector<std::string> plugins;  // loaded already here; for the processes
  GateProgress progress;
  std::string program = kThisProgram;
};

// Against the baseline of this machine and build, or against another program.
std::vector<GateVerdict> check_speed(const SpeedRequest& request, const Json& baseline);

// The next baseline: what is still the same keeps its ratio and its `why`, the rest is measured by 41 pairs.
// Other machines' stay as they are.
Json rebaselined_speed(const SpeedRequest& request, Json baseline, const std::string& why,
                       std::vector<GateVerdict>& verdicts);

// Of this machine and build in results/baselines/speed.json:
//   {"machines": [{"cpu", "compiler", "flags", "cases": [{"case", "ratio", "reference": seconds of a pass,
//   "why"}]}]}
std::optional<SpeedBaseline> speed_baseline(const Json& baseline, const std::string& name);

// The measuring process: answers requests, a JSON line each, until there are no more.
void serve_speed(std::istream& requests, const std::function<void(const Json&)>& say);

}  // namespace maskbench
