// What the speed gate times: made from the registry, so that a new method and a plug-in's are there without a
// further line.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "algorithms/core/selector.hpp"
#include "experiments/problem/problem_setup.hpp"

namespace maskbench {

struct SpeedCase {
  std::string name;  // "greedy | joint | synthetic_web[d=64,n=1000,seed=7] | rows=50"
  std::string selector, objective, data;
  Index rows = 0;
};

// Every selector on the first objective that it does not refuse, some on each, some on a problem larger than
// a core's cache (gate_cases.hpp). `only`: of this selector's key; "": all.
std::vector<SpeedCase> speed_cases(const std::string& only = "");

// One case, ready to run again and again in this process, on one thread.
class SpeedBench {
 public:
  explicit SpeedBench(const SpeedCase& timed);  // UserError: the selector refuses it
  // CPU seconds of this process for `times` answers, and for `times` passes of the reference kernel over the
  // same features.
  double select(int times);
  double reference(int times);

 private:
  std::unique_ptr<ProblemSetup> setup_;
  NamedSelector selector_;
  double kept_ = 0;  // so that the kernel's result is used
};

}  // namespace maskbench
