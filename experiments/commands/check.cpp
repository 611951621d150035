// maskbench check: the gate.

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>

#include "algorithms/core/plugin.hpp"
#include "datasets/core/source_registry.hpp"
#include "datasets/core/whole_file.hpp"
#include "experiments/commands/as_child.hpp"
#include "experiments/commands/claims.hpp"
#include "experiments/commands/commands.hpp"
#include "experiments/commands/data_options.hpp"
#include "experiments/commands/progress_bar.hpp"
#include "experiments/commands/terminal.hpp"
#include "experiments/gate/gate_report.hpp"
#include "experiments/gate/speed_gate.hpp"
#include "experiments/gate/table_gate.hpp"
#include "experiments/gate/value_gate.hpp"
#include "experiments/machine/outputs.hpp"
#include "experiments/machine/provenance.hpp"
#include "experiments/records/ledger.hpp"

namespace maskbench {
namespace {

constexpr const char* kCheckExamples =
    "Examples:\n"
    "  maskbench check values                         every method's answers, against "
    "results/baselines/values.jsonl\n"
    "  maskbench check speed --against OLD/maskbench  two builds in turn on this machine\n"
    "  maskbench check all --plugin mine.so --only mine --baseline mine/\n"
    "Exit codes: 0 nothing failed (`too noisy` and `no baseline` of speed are counted, not passed), 1 "
    "something failed, 2 bad\n"
    "input. Where GITHUB_ACTIONS=true, annotations go to standard error.";

struct CheckRequest {
  std::string what = "all";
  std::string baseline, against, only, junit;
  std::vector<std::string> plugins;
  std::string write_why;  // not "": write the baseline instead of checking it
  bool json = false, serve = false, overwrite = false;
  GateProgress progress;
};

void make_folder_of(const std::string& file) {
  const std::filesystem::path folder = std::filesystem::path(file).parent_path();
  if (!folder.empty()) std::filesystem::create_directories(folder);
}

void write_text(const std::string& file, const std::string& text) {
  make_folder_of(file);
  write_whole(file, text);
}

// The file that --baseline means for a part: itself, or the one of this name in the folder that it is.
std::string baseline_file(const CheckRequest& request, const std::string& name) {
  if (request.baseline.empty()) return repository_root() + "/results/baselines/" + name;
  const bool folder = request.baseline.ends_with("/") || std::filesystem::is_directory(request.baseline);
  return folder ? (std::filesystem::path(request.baseline) / name).string() : request.baseline;
}

std::vector<GateVerdict> check_values(const CheckRequest& request) {
  const std::string file = baseline_file(request, "values.jsonl");
  const bool writing = !request.write_why.empty();
  if (!writing && !std::filesystem::exists(file)) throw UserError("there is no baseline " + file);
  std::vector<Json> baseline = std::filesystem::exists(file) ? read_records(file) : std::vector<Json>();
  std::string text;  // of the next baseline: lines of other selectors stay
  if (!request.only.empty()) {
    std::erase_if(baseline, [&](const Json& line) {
      const bool other = selector_of_case(line.at("case")) != request.only;
      if (other) text += write_json(line) + "\n";
      return other;
    });
  }
  const std::vector<Json> measured = measure_values(request.only, request.progress);
  if (writing) {
    for (const Json& line : rebaselined(baseline, measured, request.write_why))
      text += write_json(line) + "\n";
    write_text(file, text);
  }
  return compare_values(baseline, measured);
}

std::vector<GateVerdict> check_speed(const CheckRequest& request) {
  const std::string file = baseline_file(request, "speed.json");
  const bool writing = !request.write_why.empty(), exists = std::filesystem::exists(file);
  if (!writing && !exists && !request.baseline.empty()) throw UserError("there is no baseline " + file);
  const Json baseline = exists ? read_json(file).json : Json{{"machines", Json::array()}};
  SpeedRequest wanted;
  wanted.only = request.only;
  wanted.against = request.against;
  wanted.plugins = request.plugins;
  wanted.progress = request.progress;
  if (!writing) return check_speed(wanted, baseline);
  std::vector<GateVerdict> verdicts;
  write_text(file, write_json(rebaselined_speed(wanted, baseline, request.write_why, verdicts), 1) + "\n");
  return verdicts;
}

// One line a part; `all` runs them in this order, with --only, --baseline or --write-why those that are about
// selectors.
struct Part {
  const char* name;
  std::vector<GateVerdict> (*check)(const CheckRequest&);
  bool of_selectors;
  const char* advice;  // where not all passed
};
constexpr Part kParts[] = {
    {"values", check_values, true, "if the change is meant: scripts/rebaseline --why \"...\""},
    {"speed", check_speed, true,
     "`slower` stands after 41 fresh pairs: mend it, or, if it is meant, scripts/rebaseline --speed --why "
     "\"...\"; without a "
     "baseline of this CPU and build, or where it is too noisy: check speed --against BUILD"},
    {"tables", [](const CheckRequest&) { return check_tables(repository_root()); }, false,
     "tables are made of records alone: scripts/reproduce DESCRIPTOR, or `maskbench render` after a change "
     "of the renderer"},
    {"claims", [](const CheckRequest&) { return check_claims(); }, false,
     "if the records are right: scripts/claims --accept; without records: scripts/reproduce --all"},
};

std::vector<Part> wanted_parts(const CheckRequest& request) {
  std::vector<Part> wanted;
  std::string names;
  const bool narrowed =
      !(request.only + request.baseline + request.write_why).empty();  // to what is about selectors
  for (const Part& part : kParts) {
    if (request.what == part.name || (request.what == "all" && (part.of_selectors || !narrowed)))
      wanted.push_back(part);
    names += std::string(part.name) + ", ";
  }
  if (wanted.empty())
    throw UserError("there is nothing to check called \"" + request.what + "\"; there are: " + names + "all");
  const bool speed = request.what == "speed",
             one_file = !request.baseline.empty() && std::filesystem::is_regular_file(request.baseline);
  if (!request.against.empty() && !speed)
    throw UserError("--against is for `check speed`: it needs no baseline");
  if (!request.against.empty() && !(request.baseline + request.write_why).empty())
    throw UserError("--against takes no baseline: it compares two programs");
  if (wanted.size() > 1 && one_file)
    throw UserError("--baseline " + request.baseline + " is one file; `check " + request.what +
                    "` takes a folder of them");
  if (!request.write_why.empty() && request.baseline.empty() &&
      (wanted.size() > 1 || (!speed && !request.only.empty())))
    throw UserError(
        "the repository's baselines are written one by one, that of values whole (scripts/rebaseline)");
  for (const Part& part : wanted) {
    if (narrowed && !part.of_selectors)
      throw UserError(
          fmt::format("check {}: --only, --baseline and --write-why are for values and speed", part.name));
  }
  if (!request.only.empty()) selectors().find(request.only);
  return wanted;
}

int check(CheckRequest request) {
  for (const std::string& plugin : request.plugins) load_plugin(plugin);
  if (request.serve) {
    become_child();
    serve_speed(std::cin, write_answer);
    return 0;
  }
  Inputs inputs;
  inputs.files("--plugin", request.plugins)
      .file("--against", request.against)
      .file("--baseline", request.baseline);
  make_folder_of(request.junit);
  check_outputs({{"--junit", request.junit, text_kind("a JUnit file", {"<testsuites"})}}, inputs,
                request.overwrite);
  std::vector<GatePart> parts;
  {
    ProgressBar bar;
    for (const Part& part : wanted_parts(request)) {
      request.progress = [&](double done, const std::string& what) {
        bar.show(done, fmt::format("{}: {}", part.name, what));
      };
      bar.restart();
      try {
        parts.push_back({part.name, part.check(request), part.advice});
      } catch (const UserError&) {
        throw;
      } catch (const std::runtime_error& error) {  // a broken method: the other parts have their verdicts
        if (!request.write_why.empty()) throw;
        parts.push_back({part.name, {{"all cases", "broken", error.what()}}, part.advice});
      }
    }
  }
  const bool writing = !request.write_why.empty();
  if (writing) {
    for (GatePart& part : parts) {  // what it says is what was written
      part.advice = "";
      for (GateVerdict& verdict : part.verdicts) verdict.outcome = Outcome::pass;
    }
  }
  if (!request.junit.empty()) write_whole(request.junit, gate_junit(parts));
  const char* github = std::getenv("GITHUB_ACTIONS");
  if (github != nullptr && std::string(github) == "true") print_err("{}", gate_annotations(parts));
  if (request.json)
    print_out("{}\n", write_json(gate_json(parts), 2));
  else
    print_out("{}", gate_text(parts));
  if (writing) return 0;
  return std::any_of(parts.begin(), parts.end(), fails) ? 1 : 0;
}

}  // namespace

void add_check(CLI::App& program, int& exit_code) {
  const auto request = std::make_shared<CheckRequest>();
  CLI::App& command =
      *program.add_subcommand("check", "the gate: answers and speed of every method against a baseline");
  std::string names;
  for (const Part& part : kParts) names += std::string(part.name) + ", ";
  command.add_option("what", request->what, names + "or all")->capture_default_str();
  command.add_option("--baseline", request->baseline,
                     "FILE, or a folder of them; default: results/baselines of this repository");
  command
      .add_option("--against", request->against,
                  "another maskbench program: speed of the two, in turn, without a baseline")
      ->check(CLI::ExistingFile);
  command.add_option("--only", request->only, "KEY: cases of this selector");
  command.add_option("--plugin", request->plugins, "FILE.so with further selectors");
  command.add_flag("--json", request->json, "one JSON object instead of lines");
  command.add_option("--junit", request->junit, "FILE.xml to write besides, for CI");
  add_overwrite_option(command, request->overwrite);
  command.add_option("--write-why", request->write_why,
                     "write the baseline, with this reason on what changed (scripts/rebaseline)");
  command.add_flag("--serve", request->serve, "answer timing requests; started by `check speed`")->group("");
  command.footer(kCheckExamples);
  command.callback([request, &exit_code] { exit_code = check(*request); });
}

}  // namespace maskbench
