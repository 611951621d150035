// Runs the cells of a descriptor, a process each, and writes what they answer into a ledger. Killed at any
// point and started again, it goes on at the first missing cell.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "experiments/descriptor/descriptor.hpp"
#include "experiments/records/record.hpp"

namespace maskbench {

struct RunOptions {
  std::string descriptor;  // as on the command line
  std::string group = "quick";
  std::string records;            // "": results/runs/<descriptor>/<group>-<commit8>.jsonl in the repository
  bool fresh = false;             // drop what the file holds
  std::vector<std::string> only;  // PATH=VALUE
  std::vector<std::string> add_selectors;  // KEY[name=value,...], beside the descriptor's
  int threads = 0;                         // 0: as the descriptor says
  std::vector<std::string> plugins;
  bool allow_commands = false;  // those that a descriptor from elsewhere names
};

// Called while a run goes on; each may be empty.
struct RunCallbacks {
  std::function<void(std::size_t cells, std::size_t already_there)> on_begin;
  std::function<void(const std::string& what)> on_step;  // the cell, or the data set, that is worked on now
  std::function<void(double)> on_progress;               // of the cell, 0..1
  std::function<void(const CellRecord&)> on_cell;
  std::function<void(const std::string&)> on_note;  // what the user should know
  std::function<bool()> stop;  // true: the cell that runs is given up, and no other begins
};

struct RunSummary {
  std::string records;           // the file
  std::map<Status, int> counts;  // of the cells that were run now
  int tried_again = 0;           // cells that failed in an earlier run
  bool interrupted = false;
};

// UserError: a wrong descriptor, one from elsewhere that runs commands, a file that another run writes,
// records of another build or descriptor.
RunSummary run_descriptor(const RunOptions& options, const RunCallbacks& callbacks);

// Runs nothing: what the descriptor's question, notes and table have become since the records were made is
// appended to them, so that old results are shown as new ones are. False: nothing has changed. UserError: no
// records in the file, or the descriptor has changed elsewhere, so that they answer another question.
bool take_layout(const RunOptions& options, std::string& records);

}  // namespace maskbench
