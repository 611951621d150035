// Child processes that answer in lines, and may crash, hang or eat memory without harm to us: one that is
// given one request, and one that is asked again and again. The child's side:
// experiments/commands/as_child.hpp.
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
  bool little_environment = false;       // of ours only what programs need to start: no secrets
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

// A child that answers one line for each line that it is asked, until it is let go of. `program`: a file.
class AskedChild {
 public:
  AskedChild(const std::string& program, const std::vector<std::string>& arguments,
             const std::vector<std::string>& environment);
  ~AskedChild();  // kills it
  AskedChild(const AskedChild&) = delete;
  AskedChild& operator=(const AskedChild&) = delete;

  // std::runtime_error with its last words where it ends, or says nothing for `patience` seconds.
  std::string ask(const std::string& line, double patience);

 private:
  int question_ = -1, answer_ = -1, said_ = -1;  // our ends of its pipes
  std::int64_t process_ = 0;
  std::string unread_, words_;
};

inline constexpr const char* kThisProgram = "/proc/self/exe";

}  // namespace maskbench
