// How long work hears that it is to stop, and says how far it is. Whoever starts work hands over a Watch;
// loops that may take long ask it through Looks, at least once in 100 ms of work, wherever they lie. The
// watch belongs to the thread, so that several jobs of one process do not hear each other (decision 0023).
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <stdexcept>

namespace maskbench {

// The work was told to stop and has no answer: neither the caller's mistake nor a failure.
class Interrupted : public std::runtime_error {
 public:
  Interrupted() : std::runtime_error("interrupted") {}
  using std::runtime_error::runtime_error;
};

struct Watch {
  std::function<bool()> stop;  // asked from several threads; empty: never
  std::function<void(const char* phase, double done)>
      report;  // 0..1; called on the job's thread; may be empty
};

namespace detail {
struct Watched {
  const Watch* watch = nullptr;
  const char* phase = "";
  double from = 0, to = 1;  // the part of the phase that is worked on
};
inline thread_local Watched watched;
}  // namespace detail

// While it lives, the work of this thread is watched, and it is this phase of it.
class Watching {
 public:
  Watching(const Watch& watch, const char* phase) : before_(detail::watched) {
    detail::watched = {&watch, phase};
    if (watch.report) watch.report(phase, 0);
  }
  ~Watching() { detail::watched = before_; }
  Watching(const Watching&) = delete;
  Watching& operator=(const Watching&) = delete;

 private:
  detail::Watched before_;
};

// While it lives, loops fill this part of the part that they are in.
class PartOfWork {
 public:
  PartOfWork(double from, double to) : before_(detail::watched) {
    const double width = before_.to - before_.from;
    detail::watched.from = before_.from + width * from;
    detail::watched.to = before_.from + width * to;
  }
  ~PartOfWork() { detail::watched = before_; }
  PartOfWork(const PartOfWork&) = delete;
  PartOfWork& operator=(const PartOfWork&) = delete;

 private:
  detail::Watched before_;
};

// The steps of one loop. Made outside a parallel region; inside one it looks at nothing.
class Looks {
 public:
  explicit Looks(std::int64_t steps);

  // Before a step of a parallel loop, on any of its threads. True: leave the step out.
  bool stopped();
  // After the loop: throws Interrupted where steps were left out.
  void finish() const {
    if (stopped_) throw Interrupted();
  }
  // Before a step of a plain loop: throws Interrupted where the work is to stop.
  void step() {
    if (stopped()) throw Interrupted();
  }

 private:
  detail::Watched watched_;
  double steps_;
  std::atomic<std::int64_t> done_{0};
  std::atomic<bool> stopped_{false};
};

}  // namespace maskbench
