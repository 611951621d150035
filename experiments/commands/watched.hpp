// A command's work as a job: its bar on the terminal, Ctrl-C and SIGTERM heard at once.
#pragma once

#include <functional>

#include "datasets/core/watch.hpp"

namespace maskbench {

void run_watched(const std::function<void(const Watch&)>& work);

}  // namespace maskbench
