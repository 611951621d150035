// One file = one table or figure: what is run, on what, how often, and what the table shows.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/core/problem.hpp"
#include "algorithms/metrics/metrics.hpp"
#include "datasets/core/dataset.hpp"
#include "datasets/core/params.hpp"
#include "experiments/records/fields.hpp"
#include "experiments/records/schema.hpp"

namespace maskbench {

inline constexpr std::size_t kMostCells = 100000;  // of a descriptor

struct Limits {
  double seconds = 600;  // wall limit of a cell: polite stop, then kill
  int threads = 0;       // 0: all cores
  std::string device = "cpu";
  std::int64_t memory_bytes = 0;  // of a cell; 0: no limit
};

// A budget before the data are known: a fraction of all units that there are, or an amount of them.
struct BudgetRequest {
  std::optional<double> fraction;  // (0, 1]
  Unit unit = Unit::rows;
  std::int64_t amount = 0;
  Fill fill = Fill::at_most;
  Json quotas =
      Json::object();  // label column -> {label: most units, or a share of the budget with a decimal point}
  std::string keep;    // SELECTED.parquet of rows that are chosen already; "": none

  template <class Visit>
  void fields(Visit&& visit) {
    visit("fraction", fraction, if_any);
    visit("unit", unit);
    visit("amount", amount);
    visit("fill", fill);
    visit("quotas", quotas);
    visit("keep", keep);
  }

  // max(1, floor(fraction of all)); UserError: 0, more rows than there are, sizes that the data set lacks.
  Budget of(const Dataset& data) const;
  std::string text() const;  // "10 %", "1000 rows", "at least 50000 tokens, keep a.parquet"
};

// One selector on one problem with one seed: what one child process does.
struct Cell {
  std::string key;  // unique, readable: "speedup.quick | web_sample | disf | 10 % | greedy | r0"
  Json axes;        // {"dataset": label, "dataset.n": 2000, "objective": ..., "budget": ..., "selector": ...}
  Spec dataset;     // a seeded source has the repetition's seed among its arguments
  Spec objective;
  Spec selector;
  std::vector<std::string> quality;  // columns of the merged quality; empty: the data set's own
  std::vector<std::string> related;  // ROLE=FILE or ROLE=NAME[...]: data sets beside it
  BudgetRequest budget;
  int repetition = 0;
  std::uint64_t seed = 0;  // of the method: seeds.base + repetition
  Limits limits;
};

// The data set as printed, with those beside it: what cells share.
std::string data_text(const Cell& cell);

struct Descriptor {
  std::string id, group;
  std::vector<std::string> details;  // what records hold beside the numbers (details.hpp)
  MetricChoice metrics;              // that answers are scored by, beside their objective
  Json resolved;  // the file with its group applied; `groups`, `topic` and `answer` are gone
  Limits limits;
  std::vector<Cell> cells;  // in running order: repetition by repetition; filtered by `only`
  Json plan;                // RunRecord::plan: all cells, filtered or not
};

// What a descriptor's names are checked against.
struct KnownNames {
  std::function<void(const Spec&)> dataset, objective,
      selector;                                            // UserError for an unknown name or parameter
  std::function<bool(const std::string& key)> seeded;      // the data set has a parameter `seed`
  std::function<bool(const std::string& key)> stochastic;  // the selector's answer depends on the seed
};
KnownNames registered_names();  // the registries of this program, plug-ins included

using PathValue = std::pair<std::string, std::string>;

struct DescriptorOptions {
  std::string group = "quick";       // ci | quick | paper
  std::vector<PathValue> overrides;  // path -> JSON text (or a bare word), after the group's own
  std::vector<std::string> add_selectors =
      {};                       // `key[name=value,...]`: further entries of `selectors`, after those
  std::vector<PathValue> only;  // axis (or `repetition`) -> label, or key alone: cells that fit all of them;
                                // several values for one axis: any of them
};

// Reads, validates against the schema, applies the group and the overrides, checks every name, expands.
// UserError with file, line and path.
Descriptor load_descriptor(const std::string& file, const DescriptorOptions& options = {},
                           const KnownNames& names = registered_names());

// The file that a word on the command line means: a file, or the id of one under experiments/descriptors.
std::string descriptor_file(const std::string& word);
std::vector<std::string> descriptor_files();  // all under experiments/descriptors, sorted

const Schema& descriptor_schema();  // experiments/schema/*.json, read once
const Schema& record_schema();

// "path=value" of --only. UserError without "=".
PathValue path_value(const std::string& text);

}  // namespace maskbench
