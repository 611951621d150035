// What a run leaves behind: one JSON object a line, told apart by `kind`;
// experiments/schema/record.schema.json holds the same rules for other readers. No host or user name, no path
// of a machine stands in a record.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "experiments/records/json.hpp"

namespace maskbench {

struct BuildRecord {
  std::string commit;  // 40 hex digits, or "unknown"
  bool dirty = false;  // the tree differed from the commit
  std::string version, compiler, flags, build_type;
  std::map<std::string, std::string> libraries;  // name -> version
};

struct HostRecord {
  std::string cpu_model;
  int cores = 0;
  std::int64_t memory_bytes = 0;
  std::string gpu;  // "" none
  double load = 0;  // one-minute average when the run began
};

// A run begins: the descriptor as resolved for its group, and all its cells in the order of tables
// (Descriptor::plan), so that a table knows its rows and what is still missing.
struct RunRecord {
  Json descriptor;
  std::string group;
  Json plan;  // [{"key", "repetition", "axes": {"dataset": ..., "selector": ..., "selector.eta": ...}}]
};

enum class Status { done, extrapolated, stopped, refused, failed, timeout };
const char* name_of(Status status);
Status status_named(const std::string& name);  // UserError lists what there is

struct RandomFloor {  // expectation of the objective over random answers of the same problem
  double mean = 0;
  double error = 0;  // standard error of the mean; 0 where exact
  bool exact = false;
};

struct Seconds {
  double prepare = 0, select = 0, score = 0;
  std::optional<double> bound =
      {};  // part of score: the search for the problem's upper bound, where it was done in this cell
};

// One selector on one problem with one seed.
struct CellRecord {
  std::string key;                  // Cell::key
  std::string dataset, digest;      // as printed; sha256 of what methods see, "" where it could not be loaded
  Index rows = 0, dimensions = 0;   // n, d; 0 unknown
  std::string objective, selector;  // as printed: checked, names sorted, defaults left out
  std::vector<std::string> quality;  // columns of the merged quality; empty: there is none
  std::string budget_unit = "rows";  // rows | tokens | bytes | characters | none
  std::int64_t budget_amount = 0;    // after resolving a fraction; 0 unknown
  std::uint64_t seed = 0;
  int repetition = 0, threads = 1;
  std::string device = "cpu";

  Status status = Status::done;
  std::string reason;  // needed unless done; for a refusal, the command that would help

  std::optional<double> value;  // of the objective, by its oracle
  std::map<std::string, double>
      metrics;  // `mean_quality` (the merged one), `mean_quality.COLUMN` (raw), `disf`, ...
  std::optional<RandomFloor> random;
  std::optional<double> bound;       // no answer can be above it
  std::string bound_reason;          // why there is none
  std::optional<double> normalised;  // (value - random) / (bound - random)

  std::string ids_sha256;  // of the ids in ascending order; "" where there is no answer
  std::int64_t ids_count = 0;
  std::map<std::string, std::int64_t> work;
  std::optional<Seconds> seconds;  // of `extrapolated`: select is the estimate
  std::vector<std::pair<std::int64_t, double>>
      timed;                          // `extrapolated`: set size, measured seconds a candidate
  std::optional<double> speed_ratio;  // to the reference kernel
  std::int64_t peak_bytes = 0;        // of the child process; 0 unknown
  std::vector<std::string> warnings;
  Json details = Json::object();  // what the descriptor's `details` asked for, beside the numbers
};

// A checkpoint of a cell. Points of one cell are written in order of `step`; a step that does not grow begins
// a new attempt (the run was killed before the cell's record was written), and the earlier points count no
// more.
struct PointRecord {
  std::string cell;       // CellRecord::key
  std::int64_t step = 0;  // number of the checkpoint call, from 1
  double seconds = 0;     // of select, the clock stopped in checkpoints
  std::optional<double> value;
  std::map<std::string, double> metrics;  // components of the objective
  std::map<std::string, std::int64_t> work;
};

Json to_json(const BuildRecord& record);
Json to_json(const HostRecord& record);
Json to_json(const RunRecord& record);
Json to_json(const PointRecord& record);  // a non-finite value or metric is left out
// A non-finite value, metric or floor makes the cell `failed`, the reason says which, and the number is null.
Json to_json(const CellRecord& record);

BuildRecord build_record(const Json& json);  // UserError: a key is missing or of the wrong type
HostRecord host_record(const Json& json);
RunRecord run_record(const Json& json);
CellRecord cell_record(const Json& json);
PointRecord point_record(const Json& json);

// sha256, hex, of ids in ascending order as little-endian int64.
std::string digest_of_ids(std::vector<Index> ids);
std::string digest_of_text(std::string_view text);  // sha256, hex

}  // namespace maskbench
