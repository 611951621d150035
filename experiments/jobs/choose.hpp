// From a data set and a question to chosen rows, in memory: what the program does between reading and
// writing, and what the Python module calls.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "algorithms/core/selector.hpp"
#include "datasets/core/watch.hpp"
#include "experiments/problem/problem_setup.hpp"

namespace maskbench {

struct ChooseOptions {
  std::uint64_t seed = 0;
  int threads = 0;  // 0: all cores
  std::string device = kHostDevice;
  std::int64_t memory = 0;                                      // bytes that may be used; 0: what is free
  double time_limit = std::numeric_limits<double>::infinity();  // seconds of the method's own clock
  bool force = false;                                           // go on though the memory will not do
  // The process does nothing else: `memory` is all that it may hold, and threads may be put on cores.
  // Otherwise it is what the job may add.
  bool whole_process = false;
};

// A problem with the selector that shall solve it.
struct Task {
  std::unique_ptr<ProblemSetup> setup;
  NamedSelector selector;
  std::string refusal;             // of the selector, or ""
  std::vector<std::string> notes;  // what the user should know of `auto`
};

// `selector`: nothing for the one that the problem decides. UserError: as ProblemSetup.
Task make_task(std::shared_ptr<const Dataset> data, const ProblemRequest& problem,
               std::optional<NamedSelector> selector, const std::string& device);

// Peak memory, in bytes, in the parts that make it.
struct MemoryForecast {
  std::int64_t before = 0;   // peak so far: program, reading
  std::int64_t held = 0;     // in use now: program, data, objective
  std::int64_t scratch = 0;  // what the selector will take
  std::int64_t score = 0;    // what scoring and writing the answer will take
  std::int64_t others = 0;   // of what is held: not this job's
  std::int64_t peak() const { return std::max(before, held + std::max(scratch, score)) - others; }
};

MemoryForecast forecast_memory(const Task& task);  // of a process that does nothing else
// Why the forecast does not fit, or "".
std::string memory_shortage(const MemoryForecast& forecast, std::int64_t limit);

struct Chosen {
  std::unique_ptr<ProblemSetup> setup;  // what the rows are judged by
  std::string selector;                 // as printed
  Selection selection;
  std::vector<Index> rows;  // the whole answer, kept rows included, ascending
  bool complete = true;     // false: the time limit came first
  int threads = 1;
  double prepare_seconds = 0, select_seconds = 0;
  std::map<std::string, std::int64_t> work;
  std::vector<std::string> notes;
};

// Sets the threads of the calling thread's OpenMP, so that a caller with settings of its own calls it from
// another one (Job). UserError: a problem that cannot be, a selector that refuses it, too little memory.
// std::runtime_error: the method's answer is wrong. Interrupted: the watch said so, or the time was up before
// there was a row.
Chosen choose(std::shared_ptr<const Dataset> data, const ProblemRequest& problem,
              std::optional<NamedSelector> selector, const ChooseOptions& options, const Watch& watch = {});

}  // namespace maskbench
