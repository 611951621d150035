// One cell of a descriptor, as the child process `maskbench cell` sees it: a request on its standard input,
// lines of JSON as the answer:
//
//   {"phase": "prepare" | "select" | "score"}     a new phase begins
//   {"paused": seconds}                           the method's clock stood still for so long
//   {"progress": 0..1}                            of select
//   {"record": {...}, "points": [...]}            the end: a cell record and its curve
//   {"digest": ..., "rows": ..., "dimensions": ...}  the end of a request for a data set
//   {"machine_fault": "..."}                      the end: the machine lacks something, there is no answer
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "algorithms/metrics/metrics.hpp"
#include "experiments/descriptor/descriptor.hpp"
#include "experiments/records/record.hpp"

namespace maskbench {

// CellRecord::bound_reason of a request whose problem no cell has scored yet.
inline constexpr const char* kBoundUnknown = "no answer";

struct CellRequest {
  CellRecord record;                // what is known beforehand; status `failed` until there is an answer
  std::string data_file;            // mapped
  std::string objective, selector;  // as the descriptor has them
  std::vector<std::string> quality;
  BudgetRequest budget;
  double limit_seconds = 0;
  std::int64_t limit_bytes = 0;  // 0: what the machine has
  std::vector<std::string> plugins;
  std::string certificate;  // the file for a bound that this cell is the first to find; "": nobody keeps it
  std::vector<std::string> details;  // of details.hpp
  MetricChoice metrics = {};         // that the answer is scored by, beside its objective
  bool little_environment = false;   // of the process: the descriptor is a stranger's, and runs commands

  template <class Visit>
  void fields(Visit&& visit) {
    visit("record", record);
    visit("data_file", data_file);
    visit("objective", objective);
    visit("selector", selector);
    visit("quality", quality);
    visit("budget", budget);
    visit("limit_seconds", limit_seconds);
    visit("limit_bytes", limit_bytes);
    visit("plugins", plugins);
    visit("certificate", certificate);
    visit("details", details);
    visit("metrics", metrics);
    visit("little_environment", little_environment);
  }
};

struct DataRequest {
  std::string dataset;               // as printed
  std::vector<std::string> related;  // beside it: ROLE=FILE or ROLE=NAME[...]
  std::string file;                  // where to write it

  template <class Visit>
  void fields(Visit&& visit) {
    visit("dataset", dataset);
    visit("related", related);
    visit("file", file);
  }
};

struct CellAnswer {
  CellRecord record;
  std::vector<PointRecord> points;

  template <class Visit>
  void fields(Visit&& visit) {
    visit("record", record);
    visit("points", points);
  }
};

struct CellCallbacks {
  std::function<void(const Json& line)> answer;  // writes a line to the parent process
  std::function<bool()> stop;                    // true: the method is to end; empty: never
};

// Runs the method and scores its answer. Whatever the method does wrong becomes the record's status and
// reason.
CellAnswer run_cell(const CellRequest& request, const CellCallbacks& callbacks);

// Does what the request, a line of JSON, asks for. std::exception where the request itself is wrong.
void answer_request(const std::string& text, const CellCallbacks& callbacks);

}  // namespace maskbench
