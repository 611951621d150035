// maskbench check: the gate.

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>

#include "algorithms/core/plugin.hpp"
#include "datasets/core/source_registry.hpp"
#include "experiments/commands/claims.hpp"
#include "experiments/commands/commands.hpp"
#include "experiments/core/value_gate.hpp"
#include "results/core/gate.hpp"
#include "results/core/ledger.hpp"

namespace maskbench {
namespace {

struct CheckRequest {
  std::string what = "values";
  std::string baseline;
  std::vector<std::string> plugins;
  std::string write_why;  // not "": write the baseline instead of checking it
  bool json = false;
};

void write_lines(const std::string& file, const std::vector<Json>& lines) {
  const std::string partial = file + ".partial";
  {
    std::ofstream out(partial, std::ios::binary);
    for (const Json& line : lines) out << write_json(line) << '\n';
    if (!out.flush()) throw UserError("cannot write " + partial);
  }
  std::filesystem::rename(partial, file);
}

int check(const CheckRequest& request) {
  if (request.what == "claims") return check_claims(request.baseline, request.json);
  for (const std::string& plugin : request.plugins) load_plugin(plugin);
  const std::string file =
      request.baseline.empty() ? repository_root() + "/results/baselines/values.jsonl" : request.baseline;
  const bool exists = std::filesystem::exists(file);
  if (!exists && request.write_why.empty()) throw UserError("there is no baseline " + file);
  const std::vector<Json> baseline = exists ? read_records(file) : std::vector<Json>();
  const std::vector<Json> measured = measure_values();
  const std::vector<GateVerdict> verdicts = compare_values(baseline, measured);
  std::map<std::string, int> counts;
  for (const GateVerdict& verdict : verdicts) ++counts[verdict.verdict];

  if (request.json) {
    Json cases = Json::array();
    for (const GateVerdict& verdict : verdicts) {
      cases.push_back({{"case", verdict.name}, {"verdict", verdict.verdict}, {"detail", verdict.detail}});
    }
    fmt::print("{}\n", write_json({{"check", "values"}, {"cases", cases}}, 2));
  } else {
    for (const GateVerdict& verdict : verdicts) {
      if (verdict.verdict != "same") fmt::print("{:<18} {}\n{:<18}   {}\n", verdict.verdict, verdict.name, "", verdict.detail);
    }
    fmt::print("values:");
    for (const auto& [verdict, count] : counts) fmt::print(" {} {}", count, verdict);
    fmt::print("\n");
  }
  if (!request.write_why.empty()) {
    write_lines(file, rebaselined(baseline, measured, request.write_why));
    if (!request.json) fmt::print("written: {}\n", file);
    return 0;
  }
  if (counts["same"] == static_cast<int>(verdicts.size())) return 0;
  if (!request.json) fmt::print("If the change is meant: scripts/rebaseline --why \"...\"\n");
  return 1;
}

}  // namespace

void add_check(CLI::App& program, int& exit_code) {
  const auto request = std::make_shared<CheckRequest>();
  CLI::App& command = *program.add_subcommand("check", "the gate: answers of every method against a baseline");
  command.add_option("what", request->what, "values | claims")->check(CLI::IsMember({"values", "claims"}))->capture_default_str();
  command.add_option("--baseline", request->baseline, "FILE; default: results/baselines/values.jsonl of this repository; of claims: paper/claims.json");
  command.add_option("--plugin", request->plugins, "FILE.so with further selectors");
  command.add_option("--write-why", request->write_why, "write the baseline, with this reason on what changed (scripts/rebaseline)");
  command.add_flag("--json", request->json, "one JSON object instead of lines");
  command.callback([request, &exit_code] { exit_code = check(*request); });
}

}  // namespace maskbench
