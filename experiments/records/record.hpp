// What a run leaves behind: one JSON object a line, told apart by `kind`;
// experiments/schema/record.schema.json holds the same rules for other readers. No host or user name, no path
// of a machine stands in a record.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "experiments/records/fields.hpp"

namespace maskbench {

struct BuildRecord {
  std::string commit;  // 40 hex digits, or "unknown"
  bool dirty = false;  // the tree differed from the commit
  std::string version, compiler, flags, build_type;
  std::map<std::string, std::string> libraries;  // name -> version

  static constexpr const char* kKind = "build";
  template <class Visit>
  void fields(Visit&& visit) {
    visit("commit", commit);
    visit("dirty", dirty);
    visit("version", version);
    visit("compiler", compiler);
    visit("flags", flags);
    visit("build_type", build_type);
    visit("libraries", libraries);
  }
};

struct HostRecord {
  std::string cpu_model;
  int cores = 0;
  std::int64_t memory_bytes = 0;
  std::string gpu;  // "" none
  double load = 0;  // one-minute average when the run began

  static constexpr const char* kKind = "host";
  template <class Visit>
  void fields(Visit&& visit) {
    visit("cpu_model", cpu_model);
    visit("cores", cores);
    visit("memory_bytes", memory_bytes);
    visit("gpu", gpu);
    visit("load", load);
  }
};

// A run begins: the descriptor as resolved for its group, and all its cells in the order of tables
// (Descriptor::plan), so that a table knows its rows and what is still missing.
struct RunRecord {
  Json descriptor;
  std::string group;
  Json plan;  // [{"key", "repetition", "axes": {"dataset": ..., "selector": ..., "selector.eta": ...}}]

  static constexpr const char* kKind = "run";
  template <class Visit>
  void fields(Visit&& visit) {
    visit("group", group);
    visit("descriptor", descriptor);
    visit("plan", plan);
  }
};

enum class Status { done, extrapolated, stopped, refused, failed, timeout };
constexpr std::array<const char*, 6> names(Status) {
  return {"done", "extrapolated", "stopped", "refused", "failed", "timeout"};
}
inline const char* name_of(Status status) {
  return names(status)[static_cast<std::size_t>(status)];
}

struct RandomFloor {  // expectation of the objective over random answers of the same problem
  double mean = 0;
  double error = 0;  // standard error of the mean; 0 where exact
  bool exact = false;

  template <class Visit>
  void fields(Visit&& visit) {
    visit("mean", mean);
    visit("error", error);
    visit("exact", exact);
  }
};

struct Seconds {
  double prepare = 0, select = 0, score = 0;
  std::optional<double> bound =
      {};  // part of score: the search for the problem's upper bound, where it was done in this cell

  template <class Visit>
  void fields(Visit&& visit) {
    visit("prepare", prepare);
    visit("select", select);
    visit("score", score);
    visit("bound", bound, if_any);
  }
};

struct Amount {               // of a budget, after a fraction is resolved
  std::string unit = "rows";  // rows | tokens | bytes | characters | none
  std::int64_t amount = 0;    // 0 unknown

  template <class Visit>
  void fields(Visit&& visit) {
    visit("unit", unit);
    visit("amount", amount);
  }
};

struct DigestOfIds {
  std::string sha256;  // digest_of_ids(); "" where there is no answer
  std::int64_t count = 0;

  template <class Visit>
  void fields(Visit&& visit) {
    visit("sha256", sha256);
    visit("count", count);
  }
};

struct TimedSize {
  std::int64_t size = 0;  // rows of a set
  double seconds = 0;     // wall, a candidate, all threads at work

  template <class Visit>
  void fields(Visit&& visit) {
    visit("size", size);
    visit("seconds", seconds);
  }
};

// One selector on one problem with one seed.
struct CellRecord {
  std::string key;                  // Cell::key
  std::string dataset, digest;      // as printed; sha256 of what methods see, "" where it could not be loaded
  Index rows = 0, dimensions = 0;   // n, d; 0 unknown
  std::string objective, selector;  // as printed: checked, names sorted, defaults left out
  std::vector<std::string> quality;  // columns of the merged quality; empty: there is none
  Amount budget;
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

  DigestOfIds ids;
  std::map<std::string, std::int64_t> work;
  std::optional<Seconds> seconds;  // of `extrapolated`: select is the estimate
  std::vector<TimedSize> timed;    // what an extrapolation rests on
  std::int64_t peak_bytes = 0;     // of the child process; 0 unknown
  std::vector<std::string> warnings;
  Json details = Json::object();  // what the descriptor's `details` asked for, beside the numbers

  static constexpr const char* kKind = "cell";
  template <class Visit>
  void fields(Visit&& visit) {
    visit("key", key);
    visit("dataset", dataset);
    visit("digest", digest);
    visit("rows", rows);
    visit("dimensions", dimensions);
    visit("objective", objective);
    visit("selector", selector);
    visit("quality", quality);
    visit("budget", budget);
    visit("seed", seed);
    visit("repetition", repetition);
    visit("threads", threads);
    visit("device", device);
    visit("status", status);
    visit("reason", reason);
    visit("value", value);
    visit("metrics", metrics);
    visit("random", random);
    visit("bound", bound);
    visit("bound_reason", bound_reason);
    visit("normalised", normalised);
    visit("ids", ids);
    visit("work", work);
    visit("seconds", seconds);
    visit("timed", timed);
    visit("peak_bytes", peak_bytes);
    visit("warnings", warnings);
    visit("details", details, if_any);
  }
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

  static constexpr const char* kKind = "point";
  template <class Visit>
  void fields(Visit&& visit) {
    visit("cell", cell);
    visit("step", step);
    visit("seconds", seconds);
    visit("value", value);
    visit("metrics", metrics);
    visit("work", work);
  }
};

Json to_json(const PointRecord& record);  // a non-finite value or metric is left out
// A non-finite value, metric or floor makes the cell `failed`, the reason says which, and the number is null.
Json to_json(const CellRecord& record);

template <Declared Record>
Record record_of(const Json& json) {  // UserError: a key is missing or of the wrong type
  return from_json<Record>(json, std::string(Record::kKind) + " record");
}

// sha256, hex, of ids in ascending order as little-endian int64.
std::string digest_of_ids(std::vector<Index> ids);

}  // namespace maskbench
