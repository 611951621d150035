// `maskbench select` and `maskbench score` without the terminal: from files to ids, and from ids to values.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "algorithms/core/selector.hpp"
#include "algorithms/metrics/metrics.hpp"
#include "experiments/jobs/choose.hpp"
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
  int threads = 0;                                              // 0: all cores
  double time_limit = std::numeric_limits<double>::infinity();  // seconds of the method's own clock
  std::int64_t memory = 0;                                      // bytes that may be used; 0: what is free
  std::string device = "cpu";
  std::vector<std::string> plugins;
  bool force = false;      // go on though the memory will not do
  bool overwrite = false;  // replace a file of another kind
  std::string out, report;
  std::string again;  // SELECTED.parquet whose question this is; "": asked anew
};

// What makes an answer again: everything that was asked, with the selector that was taken, and nothing of the
// machine. SELECTED.parquet carries it.
struct Question {
  SelectRequest request;

  template <class Visit>
  void fields(Visit&& visit) {
    DataChoice& data = request.data;
    visit("data", data.data);
    visit("features", data.features);
    visit("quality", data.quality);
    visit("scores", data.scores);
    visit("missing", data.missing);
    visit("length", data.length);
    visit("id", data.id);
    visit("ids_per_file", data.ids_per_file);
    visit("repeated_files", data.repeated_files);
    visit("text", data.text);
    visit("labels", data.labels);
    visit("matrices", data.matrices);
    visit("related", data.related);
    visit("objective", request.objective);
    visit("selector", request.selector);
    visit("budget", request.budget);
    visit("seed", request.seed);
    visit("plugins", request.plugins);
  }
};

// UserError: the file has none: it was made by another program, or by a version before 0.3.
Question read_question(const std::string& selected);

// A task whose data are read.
struct SelectJob {
  LoadedData loaded;
  Task task;
  std::vector<std::string> notes;  // what the user should know: of the features in a scratch file, of `auto`
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
SelectJob prepare_job(const SelectRequest& request, PlacedJob placed);
std::int64_t scratch_bytes(const Dataset& data);  // on disk

// Selects and writes; the report, as `--report` writes it. UserError: bad input, nothing is written.
// std::runtime_error: the method's answer is wrong. Interrupted: it was told to stop. Nothing is written
// either.
Json run_select(const SelectRequest& request, const Watch& watch = {});

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
ScoreResult run_score(const ScoreRequest& request, const Watch& watch = {});

// "at least 99.9 % of the way from random to the best possible"; "" where the report has no normalised value.
std::string way_of(const Json& report);

// rows, objective, metrics, random, bound, bound_reason, normalised: what both print.
Json score_report(const ProblemSetup& setup, const Evaluation& evaluation);

}  // namespace maskbench
