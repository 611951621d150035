// Records to tables: a pure function, so that anyone who has the records has the tables, byte for byte.
#pragma once

#include <string>
#include <vector>

#include "experiments/records/json.hpp"
#include "experiments/records/record.hpp"

namespace maskbench {

inline constexpr std::size_t kReadableColumns = 6;

enum class TableFormat { md, tex, csv };
TableFormat table_format(const std::string& name);  // UserError lists the three

struct RenderOptions {
  TableFormat format = TableFormat::md;
  // False: no seconds, no memory, no host, so that two runs of one build agree to the byte.
  bool times = true;
  // md and tex: the most columns of a table, labels counted; 0: all. A csv is for machines and has all.
  std::size_t columns = kReadableColumns;
};

// The tables of all runs found in `records` (of one file or of several, end to end), in order of their first
// `run` record. The `table` section of a run's descriptor says what stands where:
//
//   blocks   axes; one table for each of their values               ["dataset", "objective"]
//   rows     axis, or list of axes                                  "selector.group_size"
//   columns  axes; one group of columns for each of their values    ["dataset"]
//   cells    measures, or {"measure", "title", "best", "show", "paired"}      ["objective", "seconds"]
//   show     mean | mean_sd (over the repetitions)
//   best     max | min: of `objective` and `normalised`; the best of a column is marked
//   reference    row label: of `speedup` and of `time_to_reach`
//   growth       {"from": ROWS}: a table of the exponents with which work and time grow with n
//   same_picks   {row label: row label}: where the first has no value, that of the second, marked so
//   published    [{"title", "source", "rows": {row label: number or text}, "only": {axis: value}}]: a last
//                column each, as it was published elsewhere; only: in the blocks with that value
//   extrapolate_rows   rows of `core_seconds` and `machine_seconds`
//
// A cell {"measure": ..., "paired": row label} is the measure less that row's, seed by seed, with a bootstrap
// interval of the mean (quantities.hpp); the row itself is "reference".
//
// An axis is dataset, objective, budget, selector, or one of their parameters (`objective.lambda`); a cell
// without that parameter stands under the plain axis. Axes that vary and stand nowhere become blocks.
// Measures: objective, random, bound, normalised, seconds, seconds.prepare, seconds.score, speedup,
// time_to_reach, peak_bytes, selected (rows of the answer), runs, work.NAME, and every metric by
// its name; rows_per_second (rows of the data set), core_seconds (extrapolate_rows / rows x seconds x
// threads: blocks of this size, one after another), machine_seconds (without the threads); converged_step,
// converged_seconds (the curve stays within 1 % of its way up); kept.Q.D (share of the rows kept in decile Q
// of quality and D of density, "all": in any; from `details`), pool.Q.D (those rows' share of all). A time
// needs `objective` beside it.
//
// gap (1 - normalised, where there is a bound), seconds.bound (the search for the problem's bound),
// bound_cost (the same over the row's own seconds).
//
// `normalised` is (value - random) / (bound - random); without a bound the best value for that problem in the
// records given takes its place, and the table says so; "no room" where the denominator is within tolerance.
//
// A block of which nothing has run is named in a note, where another one has. In md and tex, what was refused
// or has not run in a whole table is a line below it, and columns beyond the most are named below it.
//
// A note of the descriptor that begins with `Group ci`, `Group quick` or `Group paper` stands under tables of
// that group only.
//
// The order is the plan's, whatever the order of the records; the last record of a cell counts. UserError: no
// `run` record; a measure that no cell has; a time without its value.
std::string render(const std::vector<Json>& records, const RenderOptions& options = {});

// Before anything runs: UserError where the `table` section shows a measure that is neither of the above nor
// one of `metrics`, a time without its value, or names a row that the plan has not.
void check_table(const RunRecord& run, const std::vector<std::string>& metrics);

}  // namespace maskbench
