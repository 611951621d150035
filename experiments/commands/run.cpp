// maskbench run: a descriptor's cells, a process each, into records.

#include <fmt/format.h>
#include <signal.h>

#include <map>
#include <memory>

#include "experiments/commands/commands.hpp"
#include "experiments/commands/interrupt.hpp"
#include "experiments/commands/progress_bar.hpp"
#include "experiments/commands/terminal.hpp"
#include "experiments/run/runner.hpp"

namespace maskbench {
namespace {

constexpr const char* kRunExamples =
    "Examples:\n"
    "  maskbench run speedup                          group quick, records under results/runs/speedup/\n"
    "  maskbench run lambda --group ci --records lambda.jsonl\n"
    "  maskbench run speedup --only selector=KEY --only repetition=0 --threads 2\n"
    "  maskbench run speedup --add-selector mine --plugin mine.so\n"
    "Started again with the same file, it goes on where it was.";

// What the user sees: a bar on a terminal, else a line a cell; refused cells are counted at the end.
class Screen {
 public:
  RunCallbacks callbacks() {
    RunCallbacks callbacks;
    callbacks.stop = interrupted;
    callbacks.on_begin = [this](std::size_t cells, std::size_t there) { begin(cells, there); };
    callbacks.on_step = [this](const std::string& what) {
      step_ = what;
      show(0);
    };
    callbacks.on_progress = [this](double done) { show(done); };
    callbacks.on_cell = [this](const CellRecord& record) { end(record); };
    callbacks.on_note = [this](const std::string& text) {
      bar_.clear();
      print_err("maskbench: note: {}\n", text);
    };
    return callbacks;
  }

  // One line for each selector and reason, in the order of their names.
  void count_refused() {
    bar_.clear();
    for (const auto& [what, count] : refused_) {
      const auto& [selector, reason] = what;
      print_err("{} cell{} refused: {}: {}\n", count, count == 1 ? "" : "s", selector, reason);
    }
  }

 private:
  void begin(std::size_t cells, std::size_t there) {
    cells_ = cells;
    done_ = there_ = there;
    if (there > 0) print_err("{} of {} cells are in the records already\n", there, cells);
  }

  // The bar counts the cells of this run only, so that its time left is right after a resumption.
  void show(double of_cell) {
    const auto now = static_cast<double>(done_ - there_), all = static_cast<double>(cells_ - there_);
    bar_.show((now + of_cell) / all, fmt::format("{}/{} {}", done_, cells_, step_));
  }

  void end(const CellRecord& record) {
    ++done_;
    if (record.status == Status::refused) {
      ++refused_[{record.selector, record.reason}];
      return show(0);
    }
    if (bar_.on_terminal() && record.status == Status::done) return show(0);
    bar_.clear();
    std::string line = fmt::format("{}/{} {}: {}", done_, cells_, record.key, name_of(record.status));
    if (record.value) line += fmt::format(", {:.6g}", *record.value);
    if (record.seconds) line += fmt::format(", {}", print_seconds(record.seconds->select));
    if (!record.reason.empty()) line += ": " + record.reason;
    print_err("{}\n", line);
  }

  ProgressBar bar_;
  std::string step_;
  std::size_t cells_ = 0, done_ = 0, there_ = 0;
  std::map<std::pair<std::string, std::string>, int> refused_;  // selector, reason
};

int show_anew(const RunOptions& options) {
  std::string records;
  const bool changed = take_layout(options, records);
  print_err("{}: {}\n", records,
            changed ? "shown as the descriptor says now" : "as the descriptor says already");
  return 0;
}

int run(const RunOptions& options) {
  watch_interrupts({SIGINT, SIGTERM, SIGHUP});
  RunSummary summary;
  {
    Screen screen;
    summary = run_descriptor(options, screen.callbacks());
    screen.count_refused();
  }
  std::string counts;
  for (const auto& [status, count] : summary.counts)
    counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", count, name_of(status));
  if (counts.empty()) counts = "none to run";
  if (summary.tried_again > 0)
    counts += fmt::format(" ({} of them failed in an earlier run)", summary.tried_again);
  print_err("{}cells: {}; records: {}\n", summary.interrupted ? "interrupted; " : "", counts,
            summary.records);
  return summary.interrupted || summary.counts.contains(Status::failed) ? 1 : 0;
}

}  // namespace

void add_run(CLI::App& program, int& exit_code) {
  const auto options = std::make_shared<RunOptions>();
  CLI::App& command = *program.add_subcommand("run", "run a descriptor: one table or figure");
  command
      .add_option("descriptor", options->descriptor, "a file, or the name of one in experiments/descriptors")
      ->required();
  command
      .add_option("--group", options->group,
                  "ci (seconds), quick (minutes) or paper (the paper's sizes); default quick")
      ->check(CLI::IsMember({"ci", "quick", "paper"}));
  command.add_option("--records", options->records,
                     "FILE.jsonl; default results/runs/DESCRIPTOR/GROUP-COMMIT.jsonl");
  CLI::Option* const fresh = command.add_flag("--fresh", options->fresh, "drop what the records hold");
  const auto layout_only = std::make_shared<bool>(false);
  command
      .add_flag("--layout-only", *layout_only,
                "run nothing: take the descriptor's present question, notes and table over into the records")
      ->excludes(fresh);
  command.add_option("--only", options->only,
                     "PATH=VALUE: cells of this axis value, like selector=KEY or repetition=0");
  command.add_option(
      "--add-selector", options->add_selectors,
      "KEY[name=value,...]: a further selector beside the descriptor's, in every block of its table");
  command.add_option("--threads", options->threads, "instead of the descriptor's limits.threads")
      ->check(CLI::PositiveNumber);
  command.add_option("--plugin", options->plugins, "FILE.so with further selectors");
  command.add_flag(
      "--allow-commands", options->allow_commands,
      "let a descriptor from elsewhere run the commands that it names, without the environment's secrets");
  command.footer(kRunExamples);
  command.callback(
      [options, layout_only, &exit_code] { exit_code = *layout_only ? show_anew(*options) : run(*options); });
}

}  // namespace maskbench
