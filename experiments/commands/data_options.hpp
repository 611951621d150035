// Options that several commands share.
#pragma once

#include <CLI/CLI.hpp>

#include "experiments/jobs/select_job.hpp"

namespace maskbench {

// --data, --features, --quality, --length, --id, --text, --label, --matrix, --related
void add_data_options(CLI::App& command, DataChoice& choice);

// Everything that `select` and `plan` take.
// Digits alone, from 0 to 2^64 - 1; zeros in front mean nothing, where the library would read 0100 as 64.
CLI::Validator whole_number();

void add_overwrite_option(CLI::App& command, bool& overwrite);
void add_memory_option(CLI::App& command, std::int64_t& bytes);
void add_again_option(CLI::App& command, SelectRequest& request);  // before the others
void add_select_options(CLI::App& command, SelectRequest& request);

}  // namespace maskbench
