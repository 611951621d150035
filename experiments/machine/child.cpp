#include "experiments/machine/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "datasets/core/system_error.hpp"

namespace maskbench {
namespace {

using Moment = std::chrono::steady_clock::time_point;

constexpr int kPollMilliseconds = 50;
constexpr std::size_t kSaidBytes = 2000;

[[noreturn]] void fail(const char* what) {
  throw MachineFault(std::string(what) + ": " + std::strerror(errno));
}

class FileDescriptor {
 public:
  explicit FileDescriptor(int number = -1) : number_(number) {}
  FileDescriptor(FileDescriptor&& other) noexcept : number_(other.number_) { other.number_ = -1; }
  FileDescriptor& operator=(FileDescriptor&&) = delete;
  ~FileDescriptor() { close(); }
  int number() const { return number_; }
  void close() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
  }
  int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

struct Pipe {
  FileDescriptor read, write;
};

// Above the numbers that the child will use, closed on exec.
Pipe high_ends(std::array<int, 2> ends) {
  for (int& end : ends) {
    const int high = fcntl(end, F_DUPFD_CLOEXEC, 10);
    if (high < 0) fail("fcntl");
    ::close(end);
    end = high;
  }
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) fail("pipe");
  return high_ends(ends);
}

// Where send() can be told to raise no signal.
Pipe make_socket() {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) fail("socketpair");
  return high_ends(ends);
}

// Paths, languages, and how many threads.
bool is_plain(std::string_view name) {
  constexpr std::array<std::string_view, 8> kNames = {
      "PATH", "HOME", "LANG", "LANGUAGE", "TZ", "TERM", "LD_LIBRARY_PATH", "TMPDIR"};
  constexpr std::array<std::string_view, 5> kBegins = {"LC_", "OMP_", "GOMP_", "OPENBLAS_", "MASKBENCH_"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end() ||
         std::any_of(kBegins.begin(), kBegins.end(),
                     [&](std::string_view begin) { return name.starts_with(begin); });
}

std::vector<std::string> merged_environment(const std::vector<std::string>& ours, bool little) {
  std::vector<std::string> all = ours;
  const auto name_of_entry = [](std::string_view entry) { return entry.substr(0, entry.find('=')); };
  for (char** entry = environ; *entry != nullptr; ++entry) {
    bool replaced = little && !is_plain(name_of_entry(*entry));
    for (const std::string& own : ours) replaced = replaced || name_of_entry(own) == name_of_entry(*entry);
    if (!replaced) all.emplace_back(*entry);
  }
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

pid_t spawn(const std::string& program, std::vector<std::string> arguments,
            const std::vector<std::string>& ours, bool little, int input, int answer, int said) {
  arguments.insert(arguments.begin(), "maskbench");
  std::vector<std::string> environment = merged_environment(ours, little);
  const std::vector<char*> argument_pointers = pointers(arguments);
  const std::vector<char*> environment_pointers = pointers(environment);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, said, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, said, STDERR_FILENO);
  posix_spawn_file_actions_adddup2(&actions, answer, kAnswerDescriptor);
  pid_t child = 0;
  const int error = posix_spawn(&child, program.c_str(), &actions, nullptr, argument_pointers.data(),
                                environment_pointers.data());
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    errno = error;
    fail(("cannot start " + (program == kThisProgram ? "a process for the cell" : program)).c_str());
  }
  return child;
}

// Reads what is there. False at the end of the stream.
bool drain(int from, std::string& into) {
  std::array<char, 65536> buffer;
  const ssize_t got = read(from, buffer.data(), buffer.size());
  if (got > 0) into.append(buffer.data(), static_cast<std::size_t>(got));
  return got > 0 || (got < 0 && (errno == EINTR || errno == EAGAIN));
}

void hand_out_lines(std::string& text, const std::function<void(const std::string&)>& on_line) {
  std::size_t begin = 0;
  for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
    if (on_line) on_line(text.substr(begin, end - begin));
    begin = end + 1;
  }
  text.erase(0, begin);
}

// A request is small, but may be larger than a pipe: a file without a name takes any size at once.
FileDescriptor file_with(const std::string& text) {
  const int number = memfd_create("request", MFD_CLOEXEC);
  if (number < 0) fail("memfd_create");
  FileDescriptor file(number);
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t wrote = write(number, text.data() + done, text.size() - done);
    if (wrote < 0) fail("write");
    done += static_cast<std::size_t>(wrote);
  }
  lseek(number, 0, SEEK_SET);
  return file;
}

}  // namespace

ChildExit run_child(const ChildRun& run) {
  const FileDescriptor request = file_with(run.request);
  Pipe answer = make_pipe();
  Pipe said = make_pipe();
  const pid_t child = spawn(kThisProgram, run.arguments, run.environment, run.little_environment,
                            request.number(), answer.write.number(), said.write.number());
  answer.write.close();
  said.write.close();

  ChildExit result;
  Moment kill_at = Moment::max();
  std::string lines;
  bool answer_open = true, said_open = true;
  rusage usage{};
  int status = 0;
  for (bool alive = true; alive;) {
    std::array<pollfd, 2> waiting{{{answer_open ? answer.read.number() : -1, POLLIN, 0},
                                   {said_open ? said.read.number() : -1, POLLIN, 0}}};
    poll(waiting.data(), waiting.size(), answer_open || said_open ? kPollMilliseconds : 1);
    if (waiting[0].revents != 0) answer_open = drain(answer.read.number(), lines);
    if (waiting[1].revents != 0) said_open = drain(said.read.number(), result.said);
    if (result.said.size() > 2 * kSaidBytes) result.said.erase(0, result.said.size() - kSaidBytes);
    hand_out_lines(lines, run.on_line);

    const Moment now = std::chrono::steady_clock::now();
    if (run.cancelled && !result.cancelled && run.cancelled()) {
      result.cancelled = true;
      kill(child, SIGKILL);
    }
    const Moment deadline = run.deadline ? run.deadline() : Moment::max();
    if (!result.deadline_passed && now >= deadline) {
      result.deadline_passed = true;
      kill(child, SIGTERM);
      kill_at = now + std::chrono::duration_cast<Moment::duration>(run.grace);
    }
    if (!result.killed && now >= kill_at && now >= deadline) {  // it may have moved on meanwhile
      result.killed = true;
      kill(child, SIGKILL);
    }
    alive = wait4(child, &status, WNOHANG, &usage) != child;
  }
  // What it still wrote before it ended. A grandchild that holds the pipe open must not hold us up.
  for (pollfd rest{answer.read.number(), POLLIN, 0}; answer_open && poll(&rest, 1, 0) > 0;) {
    answer_open = drain(answer.read.number(), lines);
  }
  for (pollfd rest{said.read.number(), POLLIN, 0}; said_open && poll(&rest, 1, 0) > 0;) {
    said_open = drain(said.read.number(), result.said);
  }
  hand_out_lines(lines, run.on_line);
  if (result.said.size() > kSaidBytes) result.said.erase(0, result.said.size() - kSaidBytes);
  result.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  result.code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
  result.peak_bytes = static_cast<std::int64_t>(usage.ru_maxrss) * 1024;
  return result;
}

AskedChild::AskedChild(const std::string& program, const std::vector<std::string>& arguments,
                       const std::vector<std::string>& environment) {
  Pipe question = make_socket(), answer = make_pipe(), said = make_pipe();
  process_ = spawn(program, arguments, environment, false, question.read.number(), answer.write.number(),
                   said.write.number());
  question_ = question.write.release();
  answer_ = answer.read.release();
  said_ = said.read.release();
}

AskedChild::~AskedChild() {
  kill(static_cast<pid_t>(process_), SIGKILL);
  waitpid(static_cast<pid_t>(process_), nullptr, 0);
  for (const int end : {question_, answer_, said_}) ::close(end);
}

std::string AskedChild::ask(const std::string& line, double patience) {
  const auto give_up = [&](const std::string& why) {
    throw std::runtime_error(why + (words_.empty() ? "" : ": " + words_));
  };
  const std::string text = line + "\n";
  const ssize_t wrote = send(question_, text.data(), text.size(), MSG_NOSIGNAL);  // it may have ended
  const auto until = std::chrono::steady_clock::now() + std::chrono::duration<double>(patience);
  bool answer_open = wrote == static_cast<ssize_t>(text.size()), said_open = true;
  while (unread_.find('\n') == std::string::npos) {
    if (!answer_open && !said_open) give_up("the process ended");
    if (std::chrono::steady_clock::now() > until) give_up("the process gave no answer");
    std::array<pollfd, 2> waiting{
        {{answer_open ? answer_ : -1, POLLIN, 0}, {said_open ? said_ : -1, POLLIN, 0}}};
    poll(waiting.data(), waiting.size(), kPollMilliseconds);
    if (waiting[0].revents != 0) answer_open = drain(answer_, unread_);
    if (waiting[1].revents != 0) said_open = drain(said_, words_);
    if (words_.size() > kSaidBytes) words_.erase(0, words_.size() - kSaidBytes);
  }
  const std::size_t end = unread_.find('\n');
  std::string answered = unread_.substr(0, end);
  unread_.erase(0, end + 1);
  return answered;
}

}  // namespace maskbench
