#include "experiments/run/runner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>

#include "algorithms/core/plugin.hpp"
#include "algorithms/core/registry.hpp"
#include "algorithms/core/selector.hpp"
#include "datasets/core/folders.hpp"
#include "datasets/core/sha256.hpp"
#include "datasets/core/source_registry.hpp"
#include "datasets/core/system_error.hpp"
#include "datasets/core/whole_file.hpp"
#include "experiments/machine/provenance.hpp"
#include "experiments/machine/threads.hpp"
#include "experiments/problem/problem_setup.hpp"
#include "experiments/records/ledger.hpp"
#include "experiments/run/cell_process.hpp"
#include "experiments/run/data_shelf.hpp"
#include "experiments/scoring/evaluate.hpp"
#include "experiments/tables/curves.hpp"

namespace maskbench {
namespace {

std::string records_file(const RunOptions& options, const Descriptor& descriptor) {
  if (!options.records.empty()) return options.records;
  const std::string commit = this_build().commit.substr(0, 8);
  return (std::filesystem::path(repository_root()) / "results" / "runs" / descriptor.id /
          (descriptor.group + "-" + commit + ".jsonl"))
      .string();
}

// Of the data sets' scratch folder: beside the records, where there is room for results; for records that go
// to a pipe, where the system has temporary files.
std::string scratch_prefix(const std::string& records) {
  if (destination_of(records).stream) return temporary_folder() + "/maskbench-run";
  const std::filesystem::path file = records;
  return (file.parent_path() / ("." + file.filename().string() + ".scratch")).string();
}

// A commit names its program; a changed tree and a plug-in do not: their bytes do.
BuildRecord build_with(const std::vector<std::string>& plugins) {
  const auto digest = [](const std::string& file) { return sha256_of(read_whole(file)).substr(0, 16); };
  BuildRecord build = this_build();
  if (build.dirty) build.libraries["program"] = digest("/proc/self/exe");
  for (const std::string& plugin : plugins)
    build.libraries["plug-in " + std::filesystem::path(plugin).filename().string()] = digest(plugin);
  return build;
}

std::string reason_against_data(const Spec& dataset) {
  return sources().make(dataset)->refuses().value_or("");
}

// The cells of a problem share the value of random answers and the upper bound, which take longer than many a
// method.
class ProblemMemory {
 public:
  void remember(const Cell& cell, const CellRecord& record) {
    KnownProblem& known = problems_[key_of(cell)];
    if (record.budget.unit == name_of(Unit::none))
      return;  // answers of other sizes have another floor, and no bound
    if (record.random) known.random = record.random;
    if (!record.value || (record.budget.unit == "rows" && record.ids.count != record.budget.amount)) return;
    known.bound = record.bound;
    known.no_bound = record.bound_reason;
  }
  KnownProblem of(const Cell& cell) const {
    const auto found = problems_.find(key_of(cell));
    return found == problems_.end() ? KnownProblem{} : found->second;
  }
  static std::string key_of(const Cell& cell) {
    return fmt::format("{}|{}|{}|{}", data_text(cell), print_spec(cell.objective),
                       fmt::join(cell.quality, ","), cell.budget.text());
  }

 private:
  std::map<std::string, KnownProblem> problems_;
};

// UserError unless both are of one descriptor and group.
void check_same(const std::string& file, const RunRecord& theirs, const RunRecord& ours,
                const std::string& advice) {
  if (theirs.group == ours.group && theirs.descriptor == ours.descriptor) return;
  const Json other = Json::diff(theirs.descriptor, ours.descriptor);
  throw UserError(fmt::format("{} holds a run of another descriptor, group or setting ({}){}", file,
                              other.empty() ? "group" : other[0].at("path").get<std::string>(), advice));
}

class Run {
 public:
  Run(const RunOptions& options, const RunCallbacks& callbacks, const Descriptor& descriptor,
      bool little_environment)
      : options_(options),
        callbacks_(callbacks),
        descriptor_(descriptor),
        little_environment_(little_environment) {
    summary_.records = records_file(options, descriptor);
  }

  RunSummary run() {
    Ledger ledger(summary_.records, options_.fresh ? Ledger::Open::fresh : Ledger::Open::resume,
                  &record_schema());
    if (!ledger.repaired().empty()) note(ledger.repaired());
    resume(ledger);
    std::vector<const Cell*> open;
    for (const Cell& cell : descriptor_.cells) {
      if (!finished_.contains(cell.key)) open.push_back(&cell);
    }
    if (callbacks_.on_begin)
      callbacks_.on_begin(descriptor_.cells.size(), descriptor_.cells.size() - open.size());
    DataShelf shelf(scratch_prefix(summary_.records), open);
    for (const Cell* cell : open) {
      if (stopping() || !finish(*cell, shelf, ledger)) {
        summary_.interrupted = true;
        break;
      }
      shelf.done_with(*cell);
    }
    return summary_;
  }

 private:
  bool stopping() const { return callbacks_.stop && callbacks_.stop(); }

  void note(const std::string& text) const {
    if (callbacks_.on_note) callbacks_.on_note(text);
  }

  // Looks at what the file holds and begins it where it is empty. A file of another build or descriptor is
  // refused: its lines and ours would make one table.
  void resume(Ledger& ledger) {
    const BuildRecord build = build_with(options_.plugins);
    const RunRecord run{descriptor_.resolved, descriptor_.group, descriptor_.plan};
    const std::string advice = "; give --fresh to drop what it holds, or another file with --records";
    bool build_there = false;
    std::optional<RunRecord> theirs;  // the last one: take_layout() appends
    std::map<std::string, CellRecord> cells;
    for (const Json& json : ledger.records()) {
      const std::string kind = json.at("kind").get<std::string>();
      if (kind == "build") {
        build_there = true;
        const std::string other = difference(record_of<BuildRecord>(json), build);
        if (!other.empty())
          throw UserError(summary_.records + " was written by another build (" + other + ")" + advice);
      } else if (kind == "run") {
        theirs = record_of<RunRecord>(json);
      } else if (kind == "cell") {
        CellRecord cell = record_of<CellRecord>(json);
        cells[cell.key] = std::move(cell);
      }
    }
    if (theirs) check_same(summary_.records, *theirs, run, advice);
    if (!build_there) ledger.append(to_json(build));
    if (!theirs) {
      ledger.append(to_json(this_host()));
      ledger.append(to_json(run));
    }
    for (const Cell& cell : descriptor_.cells) {
      const auto found = cells.find(cell.key);
      if (found == cells.end()) continue;
      const bool data_was_missing = found->second.status == Status::refused && found->second.digest.empty();
      if (data_was_missing && reason_against_data(cell.dataset).empty())
        continue;  // it has been fetched meanwhile
      if (found->second.status == Status::failed) {
        ++summary_.tried_again;
        continue;
      }
      finished_.insert(cell.key);
      problems_.remember(cell, found->second);
    }
  }

  // False: told to stop, nothing was written.
  bool finish(const Cell& cell, DataShelf& shelf, Ledger& ledger) {
    CellAnswer answer;
    answer.record = blank(cell);
    bool cancelled = false;
    std::string selector;
    if (const std::string reason = reason_against(cell, selector); !reason.empty()) {
      answer.record.status = Status::refused;
      answer.record.reason = reason;
    } else {
      try {
        if (!shelf.holds(cell)) step("data set " + answer.record.dataset);
        const std::string file = shelf.file_of(cell, answer.record.threads, callbacks_.stop, cancelled);
        if (!cancelled) {
          step(cell.key);
          answer = run_in_process(request(cell, selector, answer.record, file), callbacks_.on_progress,
                                  callbacks_.stop, cancelled);
        }
      } catch (const UserError&) {
        throw;
      } catch (const MachineFault&) {  // not recorded: the next run tries again
        throw;
      } catch (const std::runtime_error& error) {  // the data set cannot be made
        answer.record.reason = error.what();
      }
    }
    if (cancelled) return false;
    std::vector<Json> lines;
    for (const PointRecord& point :
         kept_points(answer.points, answer.record, points_to_keep(descriptor_.resolved)))
      lines.push_back(to_json(point));
    lines.push_back(to_json(answer.record));
    ledger.append(lines);
    problems_.remember(cell, answer.record);
    ++summary_.counts[answer.record.status];
    if (callbacks_.on_cell) callbacks_.on_cell(answer.record);
    return true;
  }

  // Why the cell cannot be tried at all, or "" and the selector as it is to be run.
  static std::string reason_against(const Cell& cell, std::string& selector) {
    try {
      selector = print_spec(on_device(cell.selector, cell.limits.device));
    } catch (const UserError& error) {
      return error.what();
    }
    return reason_against_data(cell.dataset);
  }

  void step(const std::string& what) const {
    if (callbacks_.on_step) callbacks_.on_step(what);
  }

  CellRecord blank(const Cell& cell) const {
    CellRecord record;
    record.key = cell.key;
    record.dataset = sources().canonical(cell.dataset);
    record.objective = objectives().canonical(cell.objective);
    record.selector = selectors().canonical(cell.selector);
    record.budget.unit = name_of(cell.budget.unit);
    record.budget.amount = cell.budget.fraction ? 0 : cell.budget.amount;
    record.seed = cell.seed;
    record.repetition = cell.repetition;
    record.threads = cell.limits.threads > 0 ? cell.limits.threads : all_cores();
    record.device = cell.limits.device == "cpu" ? device_of(cell.selector) : cell.limits.device;
    record.status = Status::failed;
    record.reason = "gave no answer";
    record.bound_reason = kBoundUnknown;
    return record;
  }

  // In a folder beside the records, one file a problem, and only where the descriptor asks for them: the
  // bound is in every record, and `score --write-certificate` finds the dual of any of them again, so that a
  // run of hundreds of problems leaves one file to commit.
  std::string certificate_file(const Cell& cell) const {
    if (std::find(descriptor_.details.begin(), descriptor_.details.end(), "certificates") ==
        descriptor_.details.end())
      return "";
    const std::filesystem::path folder =
        std::filesystem::path(summary_.records).parent_path() / "certificates";
    std::filesystem::create_directories(folder);
    return (folder / (sha256_of(ProblemMemory::key_of(cell)).substr(0, 16) + ".json")).string();
  }

  CellRequest request(const Cell& cell, const std::string& selector, const CellRecord& record,
                      const std::string& file) const {
    CellRequest request{record,
                        file,
                        print_spec(cell.objective),
                        selector,
                        cell.quality,
                        cell.budget,
                        cell.limits.seconds,
                        cell.limits.memory_bytes,
                        options_.plugins,
                        certificate_file(cell),
                        descriptor_.details,
                        descriptor_.metrics,
                        little_environment_};
    const KnownProblem known = problems_.of(cell);
    request.record.random = known.random;
    request.record.bound = known.bound;
    if (!known.no_bound.empty()) request.record.bound_reason = known.no_bound;
    return request;
  }

  const RunOptions& options_;
  const RunCallbacks& callbacks_;
  const Descriptor& descriptor_;
  bool little_environment_;  // of cells
  std::set<std::string> finished_;
  ProblemMemory problems_;
  RunSummary summary_;
};

// Selectors of a descriptor from elsewhere that run commands, but for those that the user has added.
std::set<std::string> foreign_commands(const std::string& file, const Descriptor& descriptor,
                                       const RunOptions& options) {
  const auto ours = std::filesystem::weakly_canonical(repository_root()) / "experiments/descriptors";
  std::set<std::string> found;
  if (std::filesystem::weakly_canonical(file).parent_path() == ours) return found;
  std::set<std::string> known;
  for (const std::string& text : options.add_selectors) known.insert(print_spec(parse_spec(text)));
  for (const Cell& cell : descriptor.cells) {
    const std::string text = print_spec(cell.selector);
    if (known.insert(text).second && selectors().make(cell.selector).traits.runs_commands) found.insert(text);
  }
  return found;
}

DescriptorOptions descriptor_options(const RunOptions& options) {
  for (const std::string& plugin : options.plugins) load_plugin(plugin);
  DescriptorOptions chosen;
  chosen.group = options.group;
  if (options.threads > 0) chosen.overrides.emplace_back("limits.threads", std::to_string(options.threads));
  chosen.add_selectors = options.add_selectors;
  for (const std::string& text : options.only) chosen.only.push_back(path_value(text));
  return chosen;
}

}  // namespace

RunSummary run_descriptor(const RunOptions& options, const RunCallbacks& callbacks) {
  const std::string file = descriptor_file(options.descriptor);
  const Descriptor descriptor = load_descriptor(file, descriptor_options(options));
  if (descriptor.cells.empty()) throw UserError(options.descriptor + ": no cell fits what --only asks for");
  const std::set<std::string> commands = foreign_commands(file, descriptor, options);
  if (!commands.empty()) {
    const std::string what =
        fmt::format("{} runs commands on this machine: {}", file, fmt::join(commands, "; "));
    if (!options.allow_commands) throw UserError(what + "; --allow-commands lets it");
    if (callbacks.on_note) callbacks.on_note(what);
  }
  return Run(options, callbacks, descriptor, !commands.empty()).run();
}

bool take_layout(const RunOptions& options, std::string& records) {
  const Descriptor descriptor =
      load_descriptor(descriptor_file(options.descriptor), descriptor_options(options));
  records = records_file(options, descriptor);
  if (!std::filesystem::exists(records)) throw UserError(records + ": there is no such file");
  Ledger ledger(records, Ledger::Open::resume, &record_schema());
  std::optional<RunRecord> run;
  for (const Json& json : ledger.records()) {
    if (json.at("kind") == "run") run = record_of<RunRecord>(json);
  }
  if (!run) throw UserError(records + ": no run has begun there");
  RunRecord theirs = *run, ours{descriptor.resolved, descriptor.group, descriptor.plan}, shown = *run;
  for (const char* part : {"shows", "question", "notes", "table", "curves"}) {
    if (ours.descriptor.contains(part))
      shown.descriptor[part] = ours.descriptor[part];
    else
      shown.descriptor.erase(part);
    theirs.descriptor.erase(part);
    ours.descriptor.erase(part);
  }
  theirs.descriptor.erase("metrics");  // what was measured is in the records
  ours.descriptor.erase("metrics");
  check_same(records, theirs, ours, "; its results are no answer to this question");
  if (shown.descriptor == run->descriptor) return false;
  ledger.append(to_json(shown));
  return true;
}

}  // namespace maskbench
