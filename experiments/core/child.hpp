// A child process that is given one request, answers in lines, and may crash, hang or eat memory without harm
// to us.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace maskbench {

inline constexpr int kAnswerDescriptor =
    3;  // where the child writes its lines; its stdout and stderr are kept apart

struct ChildRun {
  std::vector<std::string> arguments;    // of this very program
  std::vector<std::string> environment;  // NAME=VALUE, besides or instead of ours
  std::string request;                   // its standard input
  std::function<void(const std::string&)> on_line;
  // Asked several times a second. The child gets SIGTERM at this moment and SIGKILL `grace` later, unless the
  // moment has been put off meanwhile. Empty: no limit.
  std::function<std::chrono::steady_clock::time_point()> deadline;
  std::chrono::duration<double> grace{5.0};
  std::function<bool()> cancelled;  // true: kill it now
};

struct ChildExit {
  int code = 0;                  // meaningful where signal is 0
  int signal = 0;                // what ended it, or 0
  bool deadline_passed = false;  // it was sent SIGTERM
  bool killed = false;           // and then SIGKILL
  bool cancelled = false;
  std::int64_t peak_bytes = 0;  // getrusage's ru_maxrss
  std::string said;             // the end of what it printed
};

// std::runtime_error where no process can be started.
ChildExit run_child(const ChildRun& run);

// In the child: dies when the parent dies, and leaves Ctrl-C to the parent.
void become_child();

}  // namespace maskbench
