// maskbench: the one program. See commands/ for what it can do.

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <iostream>
#include <string>

#include "datasets/core/folders.hpp"
#include "datasets/core/types.hpp"
#include "experiments/commands/commands.hpp"
#include "experiments/commands/terminal.hpp"
#include "experiments/machine/memory.hpp"
#include "experiments/machine/provenance.hpp"
#include "experiments/machine/threads.hpp"

namespace {

int complain(const std::string& what, int exit_code) {
  maskbench::print_err("maskbench: {}\n", what);
  return exit_code;
}

// Files that are opened later must not take the numbers of closed standard streams: what is printed would
// land in them.
void open_standard_streams() {
  for (int stream = 0; stream <= 2; ++stream) {
    if (fcntl(stream, F_GETFD) < 0)
      open("/dev/null", stream == 0 ? O_RDONLY : O_WRONLY);  // the lowest free number
  }
}

// What was printed is part of what was asked for: a full disk or a closed terminal is a failure.
int flushed(int exit_code) {
  if (std::fflush(stdout) == 0 && std::cout.flush() && !std::ferror(stdout)) return exit_code;
  return exit_code != 0 ? exit_code : complain(std::string("standard output: ") + std::strerror(errno), 1);
}

// libgomp's threads spin for milliseconds at a barrier before they give their core away; where another
// program wants that core, each barrier costs a time slice (30 times the time, seen with small loops). It
// reads its setting when it is loaded, so the program starts once more with a shorter one, unless the user
// has chosen.
//
// Under ulimit -v OpenBLAS's own threads, which nobody here uses, may never get their buffers and try for
// ever: the second start goes without them.
void start_again(char** argv) {
  const bool chosen = std::getenv("OMP_WAIT_POLICY") || std::getenv("GOMP_SPINCOUNT");
  const char* blas = std::getenv("OPENBLAS_NUM_THREADS");
  const bool limited = maskbench::address_space_left() && (blas == nullptr || std::string(blas) != "1");
  if (chosen && !limited) return;
  if (!chosen) setenv("GOMP_SPINCOUNT", "10000", 0);
  if (limited) setenv("OPENBLAS_NUM_THREADS", "1", 1);
  execv("/proc/self/exe", argv);  // where that fails, barriers stay as they are
}

}  // namespace

int main(int argc, char** argv) {
  open_standard_streams();
  signal(SIGXFSZ, SIG_IGN);  // a file-size limit is an error of write(), which says so
  start_again(argv);
  maskbench::bound_threads();
  if (const char* root = std::getenv("MASKBENCH_ROOT")) maskbench::set_repository_root(root);
  if (const char* temporary = std::getenv("TMPDIR")) maskbench::set_temporary_folder(temporary);
  int exit_code = 0;
  CLI::App program{
      "Benchmark of pre-training data selection, and a selector for real data: Parquet in, ids out."};
  program.name("maskbench");
  program.require_subcommand(1);
  program.set_version_flag("--version", maskbench::program_version());
  program.footer(
      "Exit codes: 0 done, 1 something failed, 2 bad input.\n`maskbench COMMAND --help` has options and "
      "examples.");
  for (const maskbench::AddCommand add : maskbench::kCommands) add(program, exit_code);
  try {
    program.parse(argc, argv);
  } catch (const CLI::Success& help) {  // --help, --version
    return flushed(program.exit(help));
  } catch (const CLI::ParseError& error) {
    return complain(std::string(error.what()) + " (see maskbench --help)", 2);
  } catch (const maskbench::UserError& error) {
    return complain(error.what(), 2);
  } catch (const std::bad_alloc&) {
    return complain("out of memory", 1);
  } catch (const std::exception& error) {
    return complain(error.what(), 1);
  }
  return flushed(exit_code);
}
