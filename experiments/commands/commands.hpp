// The subcommands of `maskbench`: each is one file, adds itself to the program, and sets the exit code when
// it has run (0 done, 1 something failed; 2, bad input, comes from exceptions). Only they and main() write to
// the terminal.
#pragma once

#include <array>

#include <CLI/CLI.hpp>

namespace maskbench {

using AddCommand = void (*)(CLI::App& program, int& exit_code);

void add_list(CLI::App& program, int& exit_code);
void add_run(CLI::App& program, int& exit_code);
void add_render(CLI::App& program, int& exit_code);
void add_plan(CLI::App& program, int& exit_code);
void add_select(CLI::App& program, int& exit_code);
void add_score(CLI::App& program, int& exit_code);
void add_check(CLI::App& program, int& exit_code);
void add_claims(CLI::App& program, int& exit_code);
void add_dump(CLI::App& program, int& exit_code);  // hidden: columns as .npy, for scripts
void add_thin(CLI::App& program, int& exit_code);  // hidden: for scripts/thin_records
void add_cell(CLI::App& program, int& exit_code);  // hidden: what `run` starts itself as

inline constexpr std::array<AddCommand, 11> kCommands = {add_list,   add_run,   add_render, add_plan,
                                                         add_select, add_score, add_check,  add_claims,
                                                         add_dump,   add_thin,  add_cell};

}  // namespace maskbench
