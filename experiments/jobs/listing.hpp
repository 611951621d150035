// What there is: selectors, objectives, data sets, descriptors, metrics, as data for `maskbench list`.
#pragma once

#include <array>
#include <string>

#include "experiments/records/json.hpp"

namespace maskbench {

inline constexpr std::array<const char*, 5> kListKinds = {"selectors", "objectives", "datasets",
                                                          "descriptors", "metrics"};

// One entry a thing: {"key", "summary", ...}; selectors, objectives and data sets have "citation" and
// "parameters" (name, type, default, allowed, meaning), data sets their "card" and what keeps them from this
// machine ("refuses"), descriptors their question. `key`: only this one; "" all. UserError: no such kind or
// key.
Json listing(const std::string& kind, const std::string& key = "");

}  // namespace maskbench
