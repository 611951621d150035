// Ctrl-C and polite stops: a flag that long work looks at.
#pragma once

#include <initializer_list>

namespace maskbench {

// From now on the first of these signals sets the flag; the second one ends the program as usual.
void watch_interrupts(std::initializer_list<int> signals);

bool interrupted();
void forget_interrupt();  // what it stopped has ended

}  // namespace maskbench
