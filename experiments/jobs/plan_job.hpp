// `maskbench plan` without the terminal: what a selection will take, found out without making it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "experiments/jobs/select_job.hpp"

namespace maskbench {

struct Plan {
  std::string selector, objective;  // as printed
  Index rows = 0, dimensions = 0;   // n, d
  Index rows_to_pick = 0;
  std::int64_t file_bytes = 0;     // the answer's file, written beside its name
  std::int64_t scratch_bytes = 0;  // on disk, for features that memory does not hold
  std::vector<std::string> notes;  // what the user should know
  std::optional<MemoryForecast> memory;
  std::int64_t bytes_to_read = 0;        // where the data set was not read, because it does not fit
  double read_seconds = 0;               // measured
  std::optional<double> select_seconds;  // forecast; nothing: it did not say how far it was
  bool select_measured = false;          // the method was done before the calibration was over
  std::vector<std::string> refusals;     // what `select` would say
};

// Reads the data (unless it does not fit), builds the problem, asks the selector, and lets it run for two
// seconds to see how far it gets; that answer is dropped. UserError as select, but a refusal is part of the
// plan.
Plan make_plan(const SelectRequest& request, const Watch& watch = {});

Json to_json(const Plan& plan);

}  // namespace maskbench
