// Measures the value gate's cases: every registered selector on tiny problems of every objective.
#pragma once

#include <string>
#include <vector>

#include "results/core/json.hpp"

namespace maskbench {

// One line a case (results/core/gate.hpp). Each runs on one and on two threads; std::runtime_error where the two differ.
std::vector<Json> measure_values();

}  // namespace maskbench
