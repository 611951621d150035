// The child's side of experiments/machine/child.hpp.
#pragma once

#include "experiments/records/json.hpp"

namespace maskbench {

void become_child();                  // dies when the parent dies, and leaves Ctrl-C to the parent
void write_answer(const Json& line);  // to whoever started it

}  // namespace maskbench
