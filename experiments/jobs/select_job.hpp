// `maskbench select` and `maskbench score` without the terminal: from files to ids, and from ids to values.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "algorithms/core/selector.hpp"
#include "algorithms/metrics/metrics.hpp"
#include "experiments/problem/advised_selector.hpp"
#include "experiments/problem/data_choice.hpp"
#include "experiments/problem/placement.hpp"
#include "experiments/problem/problem_setup.hpp"
#include "experiments/records/json.hpp"
#include "experiments/scoring/evaluate.hpp"

namespace maskbench {

struct SelectRequest {
  DataChoice data;
  std::string objective;                 // "": the standard one of data with or without a quality
  std::string selector = kAutoSelector;  // KEY[name=value,...], or what advised_selector() finds
  BudgetRequest budget;
  std::string keep;                 // SELECTED.parquet of rows that are chosen already
  std::vector<std::string> quotas;  // COLUMN=FILE
  std::uint64_t seed = 0;
  int threads = 0;          // 0: all cores
  std::int64_t memory = 0;  // bytes that may be used; 0: what is free
  std::string device = "cpu";
  std::vector<std::string> plugins;
  bool force = false;      // go on though the memory will not do
  bool overwrite = false;  // replace a file of another kind
  std::string out, report;
};

// Called while a selection is made; each may be empty.
struct SelectCallbacks {
  std::function<void(const std::string& phase)> on_phase;  // read, prepare, select, score, write
  std::function<void(double)> on_progress;                 // of select, 0..1
  std::function<bool()> stop;                              // true: give up, nothing is written
};

// A problem with the selector that shall solve it: what select and plan have in common.
struct SelectJob {
  LoadedData loaded;
  std::unique_ptr<ProblemSetup> setup;
  NamedSelector selector;
  std::string refusal;             // of the selector, or ""
  std::vector<std::string> notes;  // what the user should know: of the features in a scratch file, of `auto`
  int threads = 1;
};

// Peak memory of this process, in bytes, in the parts that make it.
struct MemoryForecast {
  std::int64_t before = 0;   // peak so far: program, reading
  std::int64_t held = 0;     // in use now: program, data, objective
  std::int64_t scratch = 0;  // what the selector will take
  std::int64_t score = 0;    // what scoring and writing the answer will take
  std::int64_t peak() const { return std::max(before, held + std::max(scratch, score)); }
};

// Files that the request reads.
Inputs inputs_of(const SelectRequest& request);

// What a request's texts name, with the place for its data: everything before these are read.
struct PlacedJob {
  std::optional<NamedSelector> selector;  // nothing: the problem decides
  NamedObjective objective;               // empty: the data decide
  Placement placement;
};

// Everything before the method runs, nothing read where there is no room for it. UserError: bad input.
PlacedJob place_job(const SelectRequest& request);
SelectJob prepare_job(const SelectRequest& request, PlacedJob placed, const SelectCallbacks& callbacks);
MemoryForecast forecast_memory(const SelectJob& job);
std::int64_t scratch_bytes(const Dataset& data);  // on disk
// Why the forecast does not fit, or "".
std::string memory_shortage(const MemoryForecast& forecast, std::int64_t limit);

// Selects and writes; the report, as `--report` writes it. UserError: bad input, nothing is written.
// std::runtime_error: the method's answer is wrong, or it was told to stop; nothing is written either.
Json run_select(const SelectRequest& request, const SelectCallbacks& callbacks);

struct ScoreRequest {
  DataChoice data;
  std::string objective;  // "": what the ids' file says it was made for, else as for select
  std::string ids;
  std::string certificate;        // to verify, instead of a search for a bound; "": none
  std::int64_t memory = 0;        // bytes that may be used; 0: what is free
  std::string write_certificate;  // where to write the bound that is found; "": nowhere
  bool overwrite = false;         // replace a file of another kind
  std::vector<std::string> plugins;
  MetricChoice metrics = {};  // beside the objective
};

struct ScoreResult {
  Json report;
  std::vector<std::string> warnings;
};
// `stop`: true ends the search for a bound with what it has.
ScoreResult run_score(const ScoreRequest& request, const std::function<bool()>& stop = {});

// "at least 99.9 % of the way from random to the best possible"; "" where the report has no normalised value.
std::string way_of(const Json& report);

// rows, objective, metrics, random, bound, bound_reason, normalised: what both print.
Json score_report(const ProblemSetup& setup, const Evaluation& evaluation);

}  // namespace maskbench
