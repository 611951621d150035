// maskbench cell (hidden): one cell of a run, in a process of its own. The request comes on standard input,
// the answer goes line by line to a descriptor of its own, so that what a method prints cannot spoil it.

#include <signal.h>
#include <unistd.h>

#include <iostream>
#include <iterator>

#include "experiments/commands/commands.hpp"
#include "experiments/core/cell.hpp"
#include "experiments/core/child.hpp"
#include "experiments/core/interrupt.hpp"

namespace maskbench {
namespace {

void write_line(const Json& line) {
  const std::string text = write_json(line) + "\n";
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t wrote = write(kAnswerDescriptor, text.data() + done, text.size() - done);
    if (wrote <= 0)
      throw std::runtime_error("nobody reads the answer: `maskbench cell` is started by `maskbench run`");
    done += static_cast<std::size_t>(wrote);
  }
}

int cell() {
  become_child();
  watch_interrupts({SIGTERM});
  const std::string request((std::istreambuf_iterator<char>(std::cin)), std::istreambuf_iterator<char>());
  answer_request(request, write_line);
  return 0;
}

}  // namespace

void add_cell(CLI::App& program, int& exit_code) {
  CLI::App& command = *program.add_subcommand("cell", "one cell of a run; started by `run`");
  command.group("");
  command.callback([&exit_code] { exit_code = cell(); });
}

}  // namespace maskbench
