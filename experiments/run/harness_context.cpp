#include "experiments/run/harness_context.hpp"

#include "algorithms/budget/solve.hpp"
#include "experiments/machine/threads.hpp"

namespace maskbench {
namespace {

constexpr double kReportSeconds = 0.1;  // between two reports of progress

}  // namespace

Selection HarnessContext::run(const NamedSelector& selector, const Problem& problem) {
  clock_.resume();
  if (options_.spread_threads) spread_threads();
  Selection selection;
  try {
    selection = solve(selector, problem, *this);
  } catch (const Interrupted&) {
    if (!told_to_stop_) throw;
    selection = {.why = Stop::interrupted};
  }
  clock_.pause();
  return selection;
}

bool HarnessContext::checkpoint(const std::function<std::vector<Index>()>& items) {
  if (++calls_ == next_) {
    next_ = next_scored_call(next_);
    if (options_.score) score(items);
  }
  return !stopping();
}

void HarnessContext::score(const std::function<std::vector<Index>()>& items) {
  clock_.pause();
  const double paused = seconds_of([&] {
    PointRecord point;
    point.step = calls_;
    point.seconds = clock_.seconds();
    point.work = work_so_far();
    if (options_.score(items(), point)) curve_.push_back(std::move(point));
  });
  if (options_.on_pause) options_.on_pause(paused);
  clock_.resume();
}

std::map<std::string, std::int64_t> HarnessContext::work_so_far() const {
  std::map<std::string, std::int64_t> counts;
  for (std::size_t kind = 0; kind < kWorkKinds; ++kind) {
    if (work()[kind] != 0) counts[kWorkNames[kind]] = work()[kind];
  }
  return counts;
}

bool HarnessContext::stopping() const {
  const bool stopped = options_.stop && options_.stop();
  if (!stopped && clock_.seconds() <= options_.limit_seconds) return false;
  told_to_stop_ = true;
  return true;
}

bool HarnessContext::stopping_start() const {
  if (options_.limit_starts) return stopping();
  return options_.stop && options_.stop();
}

void HarnessContext::progress_of_start(double done) {
  if (options_.on_start) options_.on_start(done);
}

void HarnessContext::progress(double done) {
  if (!options_.on_progress || clock_.seconds() < next_report_) return;
  clock_.pause();
  options_.on_progress(done);
  next_report_ = clock_.seconds() + kReportSeconds;
  clock_.resume();
}

}  // namespace maskbench
