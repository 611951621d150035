#include "experiments/jobs/choose.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "experiments/machine/clock.hpp"
#include "experiments/machine/memory.hpp"
#include "experiments/machine/threads.hpp"
#include "experiments/problem/advised_selector.hpp"
#include "experiments/problem/answer.hpp"
#include "experiments/run/harness_context.hpp"
#include "experiments/scoring/evaluate.hpp"

namespace maskbench {
namespace {

// Arrow's writer, as measured: its code, its buffers until they are full, and what it holds a row.
std::int64_t write_bytes(Index rows) {
  return (std::int64_t{8} << 20) + std::min<std::int64_t>(1200 * rows, 14 << 20) + 150 * rows;
}

void check_task(const Task& task, const ChooseOptions& options, std::int64_t others) {
  if (!task.refusal.empty())
    throw UserError("selector " + task.selector.canonical + " refuses this problem: " + task.refusal);
  if (options.force) return;
  MemoryForecast forecast = forecast_memory(task);
  if (!options.whole_process) {
    forecast.before = 0;
    forecast.others = std::min(others, forecast.held);
  }
  const std::string shortage = memory_shortage(forecast, options.memory);
  if (!shortage.empty())
    throw UserError("selector " + task.selector.canonical + " does not fit: " + shortage +
                    "; --force insists");
}

// A context whose progress is the watch's.
HarnessOptions harness_options(const ChooseOptions& options, const Watch& watch) {
  HarnessOptions harness;
  harness.limit_seconds = options.time_limit;
  harness.spread_threads = options.whole_process;
  harness.stop = watch.stop;
  if (watch.report) {
    harness.on_start = [&watch](double done) { watch.report("start", done); };
    harness.on_progress = [&watch](double done) { watch.report("select", done); };
  }
  return harness;
}

}  // namespace

Task make_task(std::shared_ptr<const Dataset> data, const ProblemRequest& problem,
               std::optional<NamedSelector> selector, const std::string& device) {
  Task task;
  task.setup = std::make_unique<ProblemSetup>(std::move(data), problem);
  task.notes = task.setup->notes();
  if (task.setup->data().dims() == 0 && problem.objective.empty())
    task.notes.push_back(fmt::format(
        "the data have no features (--features names a column of embeddings), so the "
        "objective is {}{}",
        task.setup->objective_text(), task.setup->valueless() ? ": the selector's own rule decides" : ""));
  if (selector) {
    task.selector = *std::move(selector);
    task.refusal = task.selector.refusal(task.setup->problem());
    return task;
  }
  AdvisedSelector advised = advised_selector(*task.setup, device);
  task.selector = std::move(advised.selector);
  if (!advised.refusal.empty()) task.refusal = "none that is advised takes it: " + advised.refusal;
  if (!advised.note.empty()) task.notes.push_back(std::move(advised.note));
  return task;
}

MemoryForecast forecast_memory(const Task& task) {
  const Problem& problem = task.setup->problem();
  MemoryForecast forecast;
  forecast.before = peak_resident_bytes();
  forecast.held = resident_bytes();
  forecast.scratch = task.selector->scratch_bytes(problem);
  forecast.score = std::max(score_bytes(*task.setup), write_bytes(problem.expected_rows()));
  return forecast;
}

std::string memory_shortage(const MemoryForecast& forecast, std::int64_t limit) {
  const std::int64_t more = std::max<std::int64_t>(0, forecast.peak() + forecast.others - forecast.held);
  const std::int64_t needed = limit > 0 ? forecast.peak() : more;
  const std::int64_t allowed = limit > 0 ? limit : available_bytes();
  if (needed <= allowed) return "";
  return fmt::format("about {} of memory are needed{}, {} {}", print_bytes(needed),
                     limit > 0 ? "" : " besides what is in use", print_bytes(allowed),
                     limit > 0 ? "are allowed (--memory)" : "are free");
}

Chosen choose(std::shared_ptr<const Dataset> data, const ProblemRequest& problem,
              std::optional<NamedSelector> selector, const ChooseOptions& options, const Watch& watch) {
  Chosen outcome;
  outcome.threads = options.threads > 0 ? options.threads : all_cores();
  fix_threads(outcome.threads);
  const std::int64_t others = options.whole_process ? 0 : resident_bytes();
  const auto stop_only = Watch{watch.stop, {}};  // a method says itself how far it is
  Task task;
  {
    const Watching scope(watch, "prepare");
    task = make_task(std::move(data), problem, std::move(selector), options.device);
    check_task(task, options, others);
    const Problem& asked = task.setup->problem();
    outcome.prepare_seconds = seconds_of([&] { task.selector->prepare(asked); });
  }
  const Problem& asked = task.setup->problem();
  HarnessContext context(options.seed, harness_options(options, watch));
  if (watch.report) watch.report("select", 0);
  {
    const Watching scope(stop_only, "select");
    outcome.selection = context.run(task.selector, asked);
  }
  if (watch.stop && watch.stop()) throw Interrupted();
  if (context.told_to_stop()) outcome.selection.why = Stop::interrupted;
  outcome.complete = outcome.selection.why != Stop::interrupted;
  if (!outcome.complete && outcome.selection.items.empty())
    throw Interrupted(fmt::format("the time limit of {} s was over before selector {} had a row",
                                  options.time_limit, task.selector.canonical));
  if (const auto fault = fault_of(asked, task.selector.traits, outcome.selection))
    throw std::runtime_error("selector " + task.selector.canonical + " gave a wrong answer: " + *fault);
  outcome.rows = whole_set(asked, outcome.selection.items);
  outcome.selector = task.selector.canonical;
  outcome.select_seconds = context.clock().seconds();
  outcome.work = context.work_so_far();
  outcome.notes = std::move(task.notes);
  if (!outcome.selection.note.empty()) outcome.notes.push_back(outcome.selection.note);
  if (std::string note = shortfall_of(asked, outcome.selection); !note.empty() && outcome.complete)
    outcome.notes.push_back(std::move(note));
  outcome.setup = std::move(task.setup);
  return outcome;
}

}  // namespace maskbench
