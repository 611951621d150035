#include "experiments/run/cell_process.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <string.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "datasets/core/system_error.hpp"
#include "experiments/machine/child.hpp"

namespace maskbench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kSlackSeconds =
    1.0;  // the method ends itself at the limit: the parent's word comes a little later
constexpr double kUntimedSeconds = 120.0;  // what start and prepare may take beyond the wall limit
constexpr double kScoreSeconds = 3600.0;   // the harness's own work
constexpr double kShortestGrace = 1.0, kLongestGrace = 5.0;

std::vector<std::string> thread_environment(int threads) {
  return {"OMP_NUM_THREADS=" + std::to_string(threads), "OMP_DYNAMIC=false", "OPENBLAS_NUM_THREADS=1"};
}

Clock::duration duration_of(double seconds) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

// Where the child stands and until when it may stay there.
class CellWatch {
 public:
  explicit CellWatch(double limit) : limit_(limit), since_(Clock::now()) {}

  void enter(const std::string& phase) {
    phase_ = phase;
    since_ = Clock::now();
    paused_ = 0;
  }
  void paused(double seconds) { paused_ += seconds; }

  Clock::time_point deadline() const {
    return since_ + duration_of(allowed() + (phase_ == "select" ? paused_ + kSlackSeconds : 0));
  }
  double allowed() const {
    return phase_ == "score" ? kScoreSeconds : phase_ == "select" ? limit_ : limit_ + kUntimedSeconds;
  }
  const std::string& phase() const { return phase_; }

 private:
  double limit_;
  std::string phase_ = "start";
  Clock::time_point since_;
  double paused_ = 0;
};

// The last line that a process printed, for the reason of a failure.
std::string last_words(const std::string& said) {
  const std::size_t end = said.find_last_not_of("\n ");
  if (end == std::string::npos) return "";
  const std::size_t begin = said.rfind('\n', end);
  return ": " + said.substr(begin == std::string::npos ? 0 : begin + 1,
                            end - (begin == std::string::npos ? 0 : begin + 1) + 1);
}

std::string manner_of(const ChildExit& exit) {
  if (exit.signal != 0)
    return fmt::format("ended by signal {} ({})", exit.signal, strsignal(exit.signal)) +
           last_words(exit.said);
  return fmt::format("ended with exit code {} and no answer", exit.code) + last_words(exit.said);
}

// What the machine lacks, where a child's line says so: it has no answer then.
void note_machine_fault(const Json& line, std::string& fault) {
  if (line.contains("machine_fault")) fault = line.at("machine_fault").get<std::string>();
}

ChildRun child_run(const std::string& request, int threads, const std::function<bool()>& stop) {
  ChildRun run;
  run.arguments = {"cell"};
  run.environment = thread_environment(threads);
  run.request = request;
  run.cancelled = stop;
  return run;
}

}  // namespace

CellAnswer run_in_process(const CellRequest& request, const std::function<void(double)>& on_progress,
                          const std::function<bool()>& stop, bool& cancelled) {
  std::optional<CellAnswer> answer;
  std::string fault;
  CellWatch watch(request.limit_seconds);
  ChildRun run = child_run(write_json(to_json(request)), request.record.threads, stop);
  run.on_line = [&](const std::string& text) {
    const Json line = parse_json(text, "answer of the cell").json;
    note_machine_fault(line, fault);
    if (line.contains("phase")) watch.enter(line.at("phase").get<std::string>());
    if (line.contains("paused")) watch.paused(line.at("paused").get<double>());
    if (line.contains("progress") && on_progress) on_progress(line.at("progress").get<double>());
    if (!line.contains("record")) return;
    answer = from_json<CellAnswer>(line, "answer of the cell");
  };
  run.deadline = [&] { return watch.deadline(); };
  run.little_environment = request.little_environment;
  run.grace =
      std::chrono::duration<double>(std::clamp(request.limit_seconds / 2, kShortestGrace, kLongestGrace));

  const ChildExit exit = run_child(run);
  cancelled = exit.cancelled;
  if (answer) return *answer;
  if (!fault.empty()) throw MachineFault(fault);
  CellAnswer none{request.record, {}};
  none.record.peak_bytes = exit.peak_bytes;
  if (exit.killed || (exit.deadline_passed && exit.signal == SIGTERM)) {
    none.record.status = Status::timeout;
    none.record.reason = fmt::format("did not end within {} s and was killed in phase {}",
                                     print_number(watch.allowed()), watch.phase());
  } else {
    none.record.status = Status::failed;
    none.record.reason = manner_of(exit);
  }
  return none;
}

void write_data_in_process(const DataRequest& request, int threads, const std::function<bool()>& stop,
                           bool& cancelled) {
  bool written = false;
  std::string fault;
  ChildRun run = child_run(write_json(to_json(request)), threads, stop);
  run.on_line = [&](const std::string& text) {
    const Json line = parse_json(text, "answer").json;
    note_machine_fault(line, fault);
    written = written || line.contains("digest");
  };
  const ChildExit exit = run_child(run);
  cancelled = exit.cancelled;
  if (!fault.empty()) throw MachineFault(fault);
  if (!written && !cancelled)
    throw std::runtime_error("data set " + request.dataset + " cannot be made: " + manner_of(exit));
}

}  // namespace maskbench
