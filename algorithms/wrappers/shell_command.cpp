#include "algorithms/wrappers/shell_command.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <thread>

#include "datasets/core/system_error.hpp"
#include "datasets/core/types.hpp"

namespace maskbench {
namespace {

constexpr auto kLook = std::chrono::milliseconds(20);
constexpr int kLooksBeforeKill = 50;

// Holds descriptor 9 open: once we are gone, however that came, reading it ends, the folder goes, and all of
// the group.
constexpr const char* kLifeline = R"(
(read -r _ <&9; rm -rf -- "$1"; kill -KILL 0) &
watch=$!
(eval "$0") 9<&-
status=$?
kill -KILL $watch 2>/dev/null
exit $status)";

// Both ends close on exec; the child gets a copy of the one to read.
class Lifeline {
 public:
  Lifeline() {
    if (pipe2(ends_, O_CLOEXEC) != 0) system_failed("no pipe can be made", errno);
  }
  ~Lifeline() {
    close(ends_[0]);
    close(ends_[1]);
  }
  Lifeline(const Lifeline&) = delete;
  Lifeline& operator=(const Lifeline&) = delete;
  int to_read() const { return ends_[0]; }

 private:
  int ends_[2];
};

pid_t start(const std::string& command, const std::string& log, const std::string& scratch,
            const Lifeline& lifeline) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
  posix_spawn_file_actions_adddup2(&files, lifeline.to_read(), 9);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  std::string shell = "sh", option = "-c", script = kLifeline, text = command, folder = scratch;
  char* arguments[] = {shell.data(), option.data(), script.data(), text.data(), folder.data(), nullptr};
  pid_t child = 0;
  const int failed = posix_spawn(&child, "/bin/sh", &files, &attributes, arguments, environ);
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  if (failed != 0) system_failed("/bin/sh cannot be started", failed);
  return child;
}

bool ended(pid_t child, int& status) {
  return waitpid(child, &status, WNOHANG) == child;
}

}  // namespace

std::optional<int> run_shell(const std::string& command, const std::string& log, const std::string& scratch,
                             const std::function<bool()>& stopping) {
  const Lifeline lifeline;
  const pid_t child = start(command, log, scratch, lifeline);
  int status = 0;
  while (!ended(child, status)) {
    if (stopping()) {
      kill(-child, SIGTERM);
      for (int look = 0; look < kLooksBeforeKill; ++look) {
        if (ended(child, status)) {
          kill(-child, SIGKILL);  // what the shell left behind
          return std::nullopt;
        }
        std::this_thread::sleep_for(kLook);
      }
      kill(-child, SIGKILL);
      waitpid(child, &status, 0);
      return std::nullopt;
    }
    std::this_thread::sleep_for(kLook);
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string shell_quoted(const std::string& text) {
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

}  // namespace maskbench
