#include "experiments/machine/job.hpp"

#include <algorithm>
#include <string_view>

#include "experiments/machine/threads.hpp"

namespace maskbench {

Job::Job(std::function<void(const Watch&)> work)
    : watch_{[this] { return stop_.load(std::memory_order_relaxed); },
             [this](const char* phase, double done) { report(phase, done); }},
      thread_([this, work = std::move(work)] {
        try {
          bound_threads();
          const Watching scope(watch_, "start");
          work(watch_);
        } catch (...) {
          failure_ = std::current_exception();
        }
        const std::lock_guard lock(mutex_);
        over_ = true;
        ended_.notify_all();
      }) {}

// A phase may have several loops; its share never falls.
void Job::report(const char* phase, double done) {
  const bool same = std::string_view(phase_.load()) == phase;
  progress_ = same ? std::max(progress_.load(), done) : done;
  phase_ = phase;
}

Job::~Job() {
  stop();
  if (thread_.joinable()) thread_.join();
}

bool Job::done_within(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return ended_.wait_for(lock, time, [this] { return over_; });
}

void Job::finish() {
  thread_.join();
  if (failure_) std::rethrow_exception(failure_);
}

void run_apart(std::function<void(const Watch&)> work, const std::function<void(Job&)>& meanwhile) {
  constexpr std::chrono::milliseconds kBetween{20};
  Job job(std::move(work));
  while (meanwhile && !job.done_within(kBetween)) meanwhile(job);  // the job's end waits where this throws
  job.finish();
}

}  // namespace maskbench
