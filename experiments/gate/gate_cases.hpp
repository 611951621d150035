// Which problems the gate asks: experiments/gate/cases.json, so that no code names a method.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "algorithms/core/registry.hpp"

namespace maskbench {

struct ValueCases {
  std::string data;
  std::int64_t rows = 0;
  std::vector<std::string> objectives;
  std::vector<std::string> variants;  // of selectors, beside each registered one
};

// An answer's own memory has to fit a core's cache, as the yardstick's does: what lives in the cache that
// cores share is slower whenever a neighbour is busy. An objective whose memory would not is made smaller by
// its parameters.
struct SpeedCases {
  std::string data;
  std::int64_t rows = 0;
  std::vector<std::string> objectives;  // a selector is timed on the first that it takes; then come the
                                        // registered ones that are not among these
  std::vector<std::string> on_every_objective;  // keys of selectors that are timed on all
  struct {
    std::string data, objective;
    std::int64_t rows = 0;
    std::vector<std::string> selectors;
  } large;  // than a core's cache
};

struct GateCases {
  Arguments shorter;  // set in each selector that has the parameter
  ValueCases values;
  SpeedCases speed;

  Spec short_spec(const SelectorRegistry::Entry& entry) const;  // the key with its defaults, but `shorter`
};

const GateCases& gate_cases();  // read once. UserError: file, line and path of a fault

}  // namespace maskbench
