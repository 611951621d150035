// The gate, end to end: what is planted is found, what is the same passes, also on a busy machine.
#include <atomic>
#include <catch2/catch.hpp>

#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <thread>

#include "algorithms/core/plugin.hpp"
#include "experiments/gate/speed_gate.hpp"
#include "experiments/machine/threads.hpp"
#include "tests/folder.hpp"

namespace maskbench {
namespace {

using Catch::Contains;

constexpr const char* kPlain = MASKBENCH_PLANTED_PLAIN;
constexpr const char* kSlow = MASKBENCH_PLANTED_SLOW;
constexpr const char* kWrong = MASKBENCH_PLANTED_WRONG;
constexpr int kTries = 5;
constexpr const char* kUndecided = "skipped:machine-too-noisy";  // tests/CMakeLists.txt knows it

// A process that keeps every core busy until it goes out of scope.
class Load {
 public:
  Load() : process_(fork()) {
    if (process_ != 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    std::vector<std::thread> threads;
    for (int core = 0; core < all_cores(); ++core) {
      threads.emplace_back([] {
        for (std::atomic<unsigned> spin{0};;) spin.fetch_add(1, std::memory_order_relaxed);
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  ~Load() {
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
  }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

 private:
  pid_t process_;
};

struct Said {
  int code;
  std::string text;
};

Said maskbench_check(const std::string& arguments) {
  const std::string command = std::string(MASKBENCH_PROGRAM) + " check " + arguments + " 2>&1";
  std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  REQUIRE(pipe != nullptr);
  Said said{0, ""};
  std::array<char, 4096> buffer;
  for (std::size_t got; (got = fread(buffer.data(), 1, buffer.size(), pipe.get())) > 0;)
    said.text.append(buffer.data(), got);
  said.code = WEXITSTATUS(pclose(pipe.release()));
  return said;
}

// Another build of the program: this one, but where it is given the plug-in `ours` it takes `theirs`.
std::string other_build(const test::Folder& folder, const std::string& ours, const std::string& theirs) {
  std::string file = folder / "other";
  std::ofstream(file) << "#!/bin/sh\nfor word; do shift; [ \"$word\" = '" << ours << "' ] && word='" << theirs
                      << "'; set -- \"$@\" \"$word\"; done\nexec '" << MASKBENCH_PROGRAM << "' \"$@\"\n";
  chmod(file.c_str(), 0755);
  return file;
}

std::string planted(const char* plugin) {
  return std::string(" --only planted --plugin ") + plugin;
}

TEST_CASE("a planted wrong id fails the value gate, and the same plug-in passes it") {
  const test::Folder folder;
  const std::string baseline = " --baseline " + folder / "values.jsonl";
  CHECK(maskbench_check("values --write-why planted" + planted(kPlain) + baseline).code == 0);
  const Said same = maskbench_check("values" + planted(kPlain) + baseline);
  CHECK(same.code == 0);
  CHECK(same.text == "values: 9 same\ngate: passed\n");
  const Said wrong =
      maskbench_check("values" + planted(kWrong) + baseline + " --junit " + folder / "gate.xml");
  CHECK(wrong.code == 1);
  CHECK_THAT(wrong.text, Contains("planted | disf") && Contains("ids: was") && Contains("gate: 9 failed"));
  std::stringstream junit;
  junit << std::ifstream(folder / "gate.xml").rdbuf();
  CHECK_THAT(junit.str(), Contains("failures=\"9\""));
  CHECK_THAT(maskbench_check("values" + planted(kSlow) + baseline).text, Contains("gate: passed"));
}

TEST_CASE("a planted slowdown of 1.5 fails against another build") {
  const test::Folder folder;
  const Said beside =
      maskbench_check("speed" + planted(kSlow) + " --against " + other_build(folder, kSlow, kPlain));
  INFO(beside.text);
  CHECK(beside.code == 1);
  CHECK_THAT(beside.text, Contains("slower") && Contains("41 pairs"));
}

TEST_CASE("a planted slowdown of 1.5 fails against a baseline") {
  const test::Folder folder;
  const std::string baseline = " --baseline " + folder / "speed.json";
  for (int tries = 1; tries <= kTries; ++tries) {  // others may use the machine between or during the two
    CHECK(maskbench_check("speed --write-why planted" + planted(kPlain) + baseline).code == 0);
    const Said later = maskbench_check("speed" + planted(kSlow) + baseline);
    INFO(later.text);
    if (later.text.find("1 same") !=
        std::string::npos) {  // a fault, unless the baseline was taken in a bad moment
      CHECK_THAT(maskbench_check("speed" + planted(kPlain) + baseline).text, Contains("1 faster"));
      continue;
    }
    CHECK_THAT(later.text, Contains("41 pairs"));
    const bool decided = later.text.find("1 not decided") == std::string::npos;
    CHECK(later.code == (decided ? 1 : 0));
    CHECK_THAT(later.text, Contains(decided ? "slower" : "too noisy"));
    if (decided) return;
  }
  std::puts(kUndecided);
}

// Twenty runs of one build against itself, the way `check speed --against` makes them.
void passes_twenty_times() {
  static const bool loaded = (load_plugin(kPlain), true);
  REQUIRE(loaded);
  SpeedRequest request;
  request.program = request.against = MASKBENCH_PROGRAM;
  request.plugins = {kPlain};
  request.only = "planted";
  for (int run = 0; run < 20; ++run) {
    for (const GateVerdict& verdict : check_speed(request, Json())) {
      INFO(run << ": " << verdict.detail);
      CHECK(verdict.verdict == "same");
    }
  }
}

TEST_CASE("one build against itself passes 20 of 20") {
  passes_twenty_times();
}

TEST_CASE("one build against itself passes 20 of 20 while a second process loads every core") {
  const Load load;
  passes_twenty_times();
}

TEST_CASE("a program that cannot be timed, and a case that the other has not") {
  const test::Folder folder;
  const Said other = maskbench_check("speed --only top_k --against /bin/true");
  CHECK(other.code == 2);
  CHECK_THAT(other.text, Contains("/bin/true cannot be timed"));
  const Said unknown =
      maskbench_check("speed" + planted(kPlain) + " --against " + other_build(folder, "--plugin", "--junit"));
  CHECK(unknown.code == 0);
  CHECK_THAT(unknown.text, Contains("no baseline") && Contains("gate: nothing failed, 1 not decided"));
}

TEST_CASE(
    "a method under an objective of its own is timed, and one without a case is not passed in disguise") {
  const test::Folder folder;
  const std::string baseline = " --baseline " + folder / "speed.json";
  CHECK(maskbench_check("speed --write-why own --only lazy_greedy" + baseline).code == 0);
  CHECK_THAT(maskbench_check("speed --only lazy_greedy" + baseline).text, !Contains("no case"));
  const Said none = maskbench_check("speed --only external" + baseline);
  INFO(none.text);
  CHECK(none.code == 0);
  CHECK_THAT(none.text, Contains("no case") && Contains("gate: nothing failed, 1 not decided"));
}

TEST_CASE("the reference kernel is frozen") {
  std::ifstream file(MASKBENCH_SOURCE_DIR "/experiments/gate/reference_kernel.cpp", std::ios::binary);
  std::uint64_t hash = 14695981039346656037u;  // FNV-1a
  for (char c; file.get(c);) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  CHECK(hash ==
        2356660828845304549u);  // if this fails, put the file back: every speed baseline is a ratio to it
}

}  // namespace
}  // namespace maskbench
