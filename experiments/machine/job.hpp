// Work on a thread of its own, while the thread that asked for it stays free: to draw a bar, to look at
// signals, to run Python. OpenMP keeps a team for each thread that has used it, with settings of that thread;
// so nothing parallel runs on the caller's, whose settings stay and which may fork afterwards (decision
// 0023).
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

#include "datasets/core/watch.hpp"

namespace maskbench {

class Job {
 public:
  explicit Job(std::function<void(const Watch&)> work);
  ~Job();  // stops it, and waits
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  void stop() { stop_ = true; }
  bool done_within(std::chrono::milliseconds time);
  void finish();  // waits, and throws what the work has thrown

  const char* phase() const { return phase_; }   // a text that lasts
  double progress() const { return progress_; }  // of the phase, 0..1

 private:
  void report(const char* phase, double done);

  std::atomic<bool> stop_{false};
  std::atomic<const char*> phase_{"start"};
  std::atomic<double> progress_{0};
  std::exception_ptr failure_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool over_ = false;
  Watch watch_;
  std::thread thread_;
};

// Runs the work to its end on a thread of its own. `meanwhile` is called every 20 ms until then; what it
// throws stops the work, and is thrown once that has ended.
void run_apart(std::function<void(const Watch&)> work, const std::function<void(Job&)>& meanwhile = {});

}  // namespace maskbench
