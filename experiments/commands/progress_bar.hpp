// How far a long piece of work is: one line on a terminal that rewrites itself, and nothing elsewhere.
#pragma once

#include <string>

#include "experiments/machine/clock.hpp"

namespace maskbench {

class ProgressBar {
 public:
  ProgressBar();
  ~ProgressBar() { clear(); }
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  bool on_terminal() const { return on_terminal_; }

  // `done` 0..1 of the whole, `label` what is worked on. Shown once two seconds have passed, at most ten
  // times a second.
  void show(double done, const std::string& label);
  void restart();  // the time left is counted from here
  void clear();    // takes the line away, so that others may print

 private:
  bool on_terminal_;
  bool shown_ = false;
  Stopwatch watch_;
  double last_ = -1;
};

std::string print_seconds(double seconds);  // "4.2 ms", "0.8 s", "3 min 20 s", "2 h 5 min"

}  // namespace maskbench
