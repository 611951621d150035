// Options that several commands share.
#pragma once

#include <CLI/CLI.hpp>

#include "experiments/jobs/select_job.hpp"

namespace maskbench {

// --data, --features, --quality, --length, --id, --text, --label, --matrix, --related
void add_data_options(CLI::App& command, DataChoice& choice);

// Everything that `select` and `plan` take.
void add_overwrite_option(CLI::App& command, bool& overwrite);
void add_memory_option(CLI::App& command, std::int64_t& bytes);
void add_select_options(CLI::App& command, SelectRequest& request);

}  // namespace maskbench
