// maskbench cell (hidden): one cell of a run, in a process of its own. The request comes on standard input,
// the answer goes line by line to a descriptor of its own, so that what a method prints cannot spoil it.

#include <signal.h>

#include <iostream>
#include <iterator>

#include "datasets/core/system_error.hpp"
#include "experiments/commands/as_child.hpp"
#include "experiments/commands/commands.hpp"
#include "experiments/commands/interrupt.hpp"
#include "experiments/run/cell.hpp"

namespace maskbench {
namespace {

int cell() {
  become_child();
  watch_interrupts({SIGTERM});
  const std::string request((std::istreambuf_iterator<char>(std::cin)), std::istreambuf_iterator<char>());
  try {
    answer_request(request, {write_answer, interrupted});
  } catch (const MachineFault& fault) {
    write_answer({{"machine_fault", fault.what()}});
    return 1;
  }
  return 0;
}

}  // namespace

void add_cell(CLI::App& program, int& exit_code) {
  CLI::App& command = *program.add_subcommand("cell", "one cell of a run; started by `run`");
  command.group("");
  command.callback([&exit_code] { exit_code = cell(); });
}

}  // namespace maskbench
