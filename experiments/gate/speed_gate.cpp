#include "experiments/gate/speed_gate.hpp"

#include <algorithm>
#include <istream>
#include <map>

#include <fmt/core.h>

#include "experiments/machine/provenance.hpp"

namespace maskbench {
namespace {

constexpr double kRunSeconds = 0.02;  // what a timed run lasts, by repetition
// Freed memory stays in the process: otherwise luck in where the heap ends decides whether every answer asks
// the system for its pages anew (half of a short answer's time).
constexpr const char* kKeepMemory =
    "GLIBC_TUNABLES=glibc.malloc.trim_threshold=1073741824:glibc.malloc.mmap_threshold=1073741824";
constexpr double kPatience = 300;  // seconds until a process that says nothing has failed

enum class Half { select, reference };

// A process that has one case ready.
class Timer {
 public:
  Timer(const std::string& program, const std::vector<std::string>& plugins, const std::string& name)
      : child_(program, arguments(plugins),
               {"OMP_NUM_THREADS=1", "OMP_DYNAMIC=false", "OMP_WAIT_POLICY=passive", "OPENBLAS_NUM_THREADS=1",
                kKeepMemory}) {
    try {
      const Json ready = ask({{"case", name}});
      if (ready.contains("refused")) refusal_ = ready.at("refused").get<std::string>();
    } catch (const std::runtime_error& error) {
      if (program == kThisProgram) throw;
      throw UserError(program +
                      " cannot be timed; it has to be a maskbench with `check speed`: " + error.what());
    }
  }
  const std::string& refusal() const { return refusal_; }

  // CPU seconds of one answer, or of one pass of the kernel.
  double seconds(Half half, int times) {
    const char* what = half == Half::select ? "select" : "reference";
    return std::max(1e-9, ask({{what, times}}).at("seconds").get<double>()) / times;
  }

  // How often to repeat it so that a run lasts long enough; the second run is warm.
  int repetitions(Half half) {
    int times = 1;
    for (int round = 0; round < 8; ++round) {
      const double each = seconds(half, times);
      const int needed = static_cast<int>(std::clamp(kRunSeconds / each, 1.0, 1e6));
      if (round > 0 && needed <= 2 * times) return needed;
      times = needed;
    }
    return times;
  }

 private:
  static std::vector<std::string> arguments(const std::vector<std::string>& plugins) {
    std::vector<std::string> all = {"check", "speed", "--serve"};
    for (const std::string& plugin : plugins) all.insert(all.end(), {"--plugin", plugin});
    return all;
  }
  Json ask(const Json& request) {
    return parse_json(child_.ask(write_json(request), kPatience), "answer").json;
  }

  AskedChild child_;
  std::string refusal_;
};

struct TimedHalf {
  Timer& timer;
  Half half;
  int times;
  double seconds() const { return timer.seconds(half, times); }
};

std::vector<TimedPair> timed_pairs(int pairs, const TimedHalf& subject, const TimedHalf& reference) {
  std::vector<TimedPair> timed;
  for (int i = 0; i < pairs; ++i) {
    TimedPair pair;
    if (i % 2 == 0) pair.subject = subject.seconds();
    pair.reference = reference.seconds();
    if (i % 2 != 0) pair.subject = subject.seconds();
    timed.push_back(pair);
  }
  return timed;
}

// Of time_some(pairs), which starts its own processes, some at a time.
template <class TimeSome>
std::vector<TimedPair> in_new_processes(int pairs, TimeSome time_some) {
  std::vector<TimedPair> timed;
  for (int left = pairs; left > 0; left -= kFirstPairs) {
    const std::vector<TimedPair> some = time_some(std::min(kFirstPairs, left));
    timed.insert(timed.end(), some.begin(), some.end());
  }
  return timed;
}

std::vector<TimedPair> pairs_with_kernel(const SpeedRequest& request, const std::string& name, int pairs) {
  return in_new_processes(pairs, [&](int some) {
    Timer ours(request.program, request.plugins, name);
    if (!ours.refusal().empty()) throw std::runtime_error(name + ": " + ours.refusal());
    return timed_pairs(some, {ours, Half::select, ours.repetitions(Half::select)},
                       {ours, Half::reference, ours.repetitions(Half::reference)});
  });
}

GateVerdict decide_against(const SpeedRequest& request, const std::string& name) {
  std::string missing;
  const auto time_some = [&](int some) {
    Timer ours(request.program, request.plugins, name), theirs(request.against, request.plugins, name);
    missing = theirs.refusal();
    if (!missing.empty()) return std::vector<TimedPair>(static_cast<std::size_t>(some), {1, 1});
    const int times = std::max(ours.repetitions(Half::select), theirs.repetitions(Half::select));
    return timed_pairs(some, {ours, Half::select, times}, {theirs, Half::select, times});
  };
  const auto measure = [&](int pairs) { return in_new_processes(pairs, time_some); };
  GateVerdict verdict = decide_speed(name, SpeedBaseline{}, measure);
  if (missing.empty()) return verdict;
  return {name, "no baseline", "the other program: " + missing, Outcome::undecided};
}

Json this_machine() {
  const BuildRecord build = this_build();
  return {{"cpu", cpu_identity()}, {"compiler", build.compiler}, {"flags", build.flags}};
}

// The entry of this machine and build, or null.
const Json* machine_entry(const Json& baseline) {
  const Json here = this_machine();
  for (const Json& machine : baseline.at("machines")) {
    const bool same = std::all_of(here.items().begin(), here.items().end(),
                                  [&](const auto& item) { return machine.at(item.key()) == item.value(); });
    if (same) return &machine;
  }
  return nullptr;
}

const Json* line_of(const Json& baseline, const std::string& name) {
  const Json* machine = machine_entry(baseline);
  if (machine == nullptr) return nullptr;
  for (const Json& line : machine->at("cases")) {
    if (line.at("case") == name) return &line;
  }
  return nullptr;
}

GateVerdict decide_with_kernel(const SpeedRequest& request, const Json& baseline, const std::string& name) {
  return decide_speed(name, speed_baseline(baseline, name),
                      [&](int pairs) { return pairs_with_kernel(request, name, pairs); });
}

// A baseline is of a quiet core, whose kernel runs at one speed; else every later run is on "a machine in
// another state".
SpeedChange quietest(const SpeedRequest& request, const std::string& name) {
  constexpr int kTries = 5;
  constexpr double kQuiet = 1.1;  // median time of the kernel over its least
  SpeedChange best;
  double least = 0;
  for (int i = 0; i < kTries && (i == 0 || best.reference > kQuiet * least); ++i) {
    const std::vector<TimedPair> pairs = pairs_with_kernel(request, name, kDecidingPairs);
    for (const TimedPair& pair : pairs) least = least == 0 ? pair.reference : std::min(least, pair.reference);
    const SpeedChange now = change_of(pairs, 1);
    if (i == 0 || now.reference < best.reference) best = now;
  }
  return best;
}

SpeedCase case_named(const std::string& name) {
  for (SpeedCase& one : speed_cases(selector_of_case(name))) {
    if (one.name == name) return one;
  }
  throw UserError("has no case \"" + name + "\"");
}

template <class Visit>
void for_each_case(const SpeedRequest& request, Visit visit) {
  const std::vector<SpeedCase> cases = speed_cases(request.only);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    if (request.progress)
      request.progress(static_cast<double>(i) / static_cast<double>(cases.size()), cases[i].name);
    visit(cases[i].name);
  }
}

}  // namespace

std::optional<SpeedBaseline> speed_baseline(const Json& baseline, const std::string& name) {
  const Json* line = line_of(baseline, name);
  if (line == nullptr) return std::nullopt;
  return SpeedBaseline{line->at("ratio").get<double>(), line->at("reference").get<double>()};
}

std::vector<GateVerdict> check_speed(const SpeedRequest& request, const Json& baseline) {
  std::vector<GateVerdict> verdicts;
  for_each_case(request, [&](const std::string& name) {
    verdicts.push_back(request.against.empty() ? decide_with_kernel(request, baseline, name)
                                               : decide_against(request, name));
  });
  if (verdicts.empty())
    verdicts.push_back({request.only, "no case",
                        "it takes none of the gate's problems without parameters of its own",
                        Outcome::undecided});
  return verdicts;
}

Json rebaselined_speed(const SpeedRequest& request, Json baseline, const std::string& why,
                       std::vector<GateVerdict>& verdicts) {
  const Json* known = machine_entry(baseline);
  std::map<std::string, Json>
      lines;  // by case, so that the file's order does not depend on what was measured when
  if (known != nullptr && !request.only.empty()) {
    for (const Json& line : known->at("cases")) {
      if (selector_of_case(line.at("case")) != request.only) lines[line.at("case")] = line;
    }
  }
  for_each_case(request, [&](const std::string& name) {
    verdicts.push_back(decide_with_kernel(request, baseline, name));
    if (verdicts.back().verdict == "same") {
      lines[name] = *line_of(baseline, name);
      return;
    }
    const SpeedChange now = quietest(request, name);
    const auto rounded = [](double value) { return std::stod(fmt::format("{:.4g}", value)); };
    lines[name] = {
        {"case", name}, {"ratio", rounded(now.median)}, {"reference", rounded(now.reference)}, {"why", why}};
  });
  Json machine = this_machine();
  machine["cases"] = Json::array();
  for (auto& [name, line] : lines) machine["cases"].push_back(std::move(line));
  Json& machines = baseline.at("machines");
  if (known == nullptr)
    machines.push_back(machine);
  else
    machines[static_cast<std::size_t>(known - &machines[0])] = machine;
  return baseline;
}

void serve_speed(std::istream& requests, const std::function<void(const Json&)>& say) {
  std::unique_ptr<SpeedBench> bench;  // of the case that was asked for last
  for (std::string line; std::getline(requests, line);) {
    const Json request = parse_json(line, "request").json;
    if (request.contains("case")) {
      try {
        bench = std::make_unique<SpeedBench>(case_named(request.at("case").get<std::string>()));
        say({{"ready", true}});
      } catch (const UserError& error) {
        say({{"refused", error.what()}});
      }
    } else {
      MASKBENCH_CHECK(bench != nullptr, "a case is asked for first");
      const bool select = request.contains("select");
      const int times = request.at(select ? "select" : "reference").get<int>();
      say({{"seconds", select ? bench->select(times) : bench->reference(times)}});
    }
  }
}

}  // namespace maskbench
