// Where the features of a selection go, settled before they are read: memory, or a scratch file where memory
// has no room for them and all that is asked for can walk one.
#pragma once

#include <cstdint>
#include <string>

#include "algorithms/core/selector.hpp"
#include "experiments/problem/data_choice.hpp"

namespace maskbench {

struct Placement {
  DataSize size;
  bool in_file = false;  // the features lie in a scratch file
  std::string folder;    // of that file
  std::string shortage;  // why the data set fits neither way; "": it does
};

// `selector`: null for none, and where one is chosen by the problem. `limit`: bytes of this process; 0: what
// is free.
Placement place_data(const DataChoice& choice, const NamedSelector* selector, const NamedObjective& objective,
                     std::int64_t limit);

// Why features in a scratch file will not do for these, with those that they do for; "": they will.
std::string why_in_memory(const NamedSelector* selector, const NamedObjective& objective);

// What a user should know of features in a scratch file.
std::string placement_note(const Placement& placement);

}  // namespace maskbench
