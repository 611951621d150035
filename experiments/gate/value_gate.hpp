// Measures the value gate's cases: every registered selector on tiny problems of every objective.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "algorithms/core/registry.hpp"
#include "experiments/records/json.hpp"

namespace maskbench {

using GateProgress = std::function<void(double done, const std::string& what)>;  // may be empty

// One line a case (experiments/gate/gate.hpp). Each runs on one and on two threads; std::runtime_error where
// the two differ. `only`: cases of this selector's key; "": all.
std::vector<Json> measure_values(const std::string& only = "", const GateProgress& progress = {});

// Whose case it is: the key that "greedy[lazy=true] | disf | ..." begins with.
std::string selector_of_case(const std::string& name);

}  // namespace maskbench
