// One cell in a process of its own: a crash, a hang or a runaway allocation costs this cell and no other.
#pragma once

#include <functional>
#include <string>

#include "experiments/run/cell.hpp"

namespace maskbench {

// Runs `request` in a child. Where the child does not answer, the record says why (signal, exit code, wall
// limit). The wall limit counts from the phase `select` on, without the harness's own pauses: SIGTERM, then
// SIGKILL. `cancelled`: the process was killed because stop() was true, and the answer counts for nothing.
CellAnswer run_in_process(const CellRequest& request, const std::function<void(double)>& on_progress,
                          const std::function<bool()>& stop, bool& cancelled);

// Makes the data set and writes it to a file, in a child too, so that our own memory stays small.
// std::runtime_error with the child's words where that fails.
void write_data_in_process(const DataRequest& request, int threads, const std::function<bool()>& stop,
                           bool& cancelled);

}  // namespace maskbench
