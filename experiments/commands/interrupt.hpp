// Ctrl-C and SIGTERM: a flag that the work below asks for through a stop predicate.
#pragma once

#include <initializer_list>

namespace maskbench {

// From now on the first of these signals sets the flag; the second one ends the program as usual.
void watch_interrupts(std::initializer_list<int> signals);

bool interrupted();

}  // namespace maskbench
