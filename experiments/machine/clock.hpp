// Wall clocks. Times are double seconds.
#pragma once

#include <chrono>

namespace maskbench {

// A wall clock that can stand still.
class Stopwatch {
 public:
  void resume() {
    if (running_) return;
    running_ = true;
    since_ = Clock::now();
  }
  void pause() {
    if (!running_) return;
    gathered_ += Clock::now() - since_;
    running_ = false;
  }
  double seconds() const {
    return std::chrono::duration<double>(running_ ? gathered_ + (Clock::now() - since_) : gathered_).count();
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::duration gathered_{};
  Clock::time_point since_{};
  bool running_ = false;
};

// Seconds that `step()` takes.
template <class Step>
double seconds_of(Step&& step) {
  Stopwatch watch;
  watch.resume();
  step();
  return watch.seconds();
}

}  // namespace maskbench
