// maskbench claims: what the paper states beside what the committed records say.

#include "experiments/commands/claims.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "datasets/core/source_registry.hpp"
#include "datasets/core/whole_file.hpp"
#include "experiments/claims/claims_file.hpp"
#include "experiments/commands/commands.hpp"

namespace maskbench {
namespace {

struct ClaimsArguments {
  ClaimsRequest files;
  std::string out;
  bool accept = false, json = false;
};

Json json_of(const ClaimResult& result) {
  Json json = {{"id", result.id},           {"text", result.text},
               {"source", result.source},   {"published", result.published},
               {"stated", result.stated},   {"measured", result.measured},
               {"agrees", result.agrees()}, {"why", result.why},
               {"findings", Json::array()}, {"missing", result.missing}};
  for (const Finding& finding : result.findings) {
    Json one = {{"metric", finding.metric},
                {"problem", finding.problem},
                {"left", finding.left},
                {"right", finding.right},
                {"difference", finding.difference},
                {"ratio", finding.ratio},
                {"low", nullptr},
                {"high", nullptr},
                {"pairs", finding.pairs},
                {"verdict", finding.verdict}};
    if (finding.low) {
      one["low"] = *finding.low;
      one["high"] = *finding.high;
    }
    json["findings"].push_back(one);
  }
  return json;
}

void print_json(const std::vector<ClaimResult>& results) {
  Json all = Json::array();
  for (const ClaimResult& result : results) all.push_back(json_of(result));
  fmt::print("{}\n",
             write_json({{"check", "claims"}, {"claims", all}, {"closing", closing_line(results)}}, 2));
}

void print_lines(const ClaimResult& result) {
  fmt::print("{}: {}\n", result.measured, result.id);
  for (const Finding& finding : result.findings) fmt::print("    {}\n", evidence_of(finding));
  for (const std::string& reason : result.missing) fmt::print("    {}\n", reason);
}

int show_claims(const ClaimsArguments& given) {
  JudgedClaims judged = judge_claims_file(given.files);
  if (given.accept) {
    write_whole(judged.file.name, accepted_text(judged));
    judged = judge_claims_file(given.files);
  }
  if (!given.out.empty()) {
    write_whole(given.out,
                given.out.ends_with(".tex") ? claims_latex(judged.results) : claims_page(judged.results));
  }
  if (given.json) {
    print_json(judged.results);
    return 0;
  }
  if (given.out.empty()) {
    for (const ClaimResult& result : judged.results) print_lines(result);
  }
  fmt::print("{}\n", closing_line(judged.results));
  return 0;
}

}  // namespace

std::vector<GateVerdict> check_claims() {
  const std::vector<ClaimResult> results = judge_claims_file({}).results;
  std::vector<GateVerdict> verdicts;
  for (const ClaimResult& result : results) {
    if (!result.agrees()) {
      std::string detail =
          fmt::format("the claims file says {}, the records {}", result.stated, result.measured);
      for (const Finding& finding : result.findings) detail += "; " + evidence_of(finding);
      verdicts.push_back({result.id, "changed", detail});
    } else {
      const bool measured = result.measured != "no records";
      verdicts.push_back({result.id, measured ? "same" : "no records",
                          measured || result.missing.empty() ? "" : result.missing.front(),
                          measured ? Outcome::pass : Outcome::undecided});
    }
  }
  const std::string file = repository_root() + "/results/tables/claims.md";
  const bool page = std::filesystem::exists(file) && read_whole(file) == claims_page(results);
  verdicts.push_back({"results/tables/claims.md", page ? "same" : "changed",
                      page ? "" : "it is not what the records give: scripts/claims",
                      page ? Outcome::pass : Outcome::fail});
  return verdicts;
}

void add_claims(CLI::App& program, int& exit_code) {
  const auto given = std::make_shared<ClaimsArguments>();
  CLI::App& command =
      *program.add_subcommand("claims", "what the paper states, beside what the committed records say");
  command.add_option("--claims", given->files.claims, "FILE; default: paper/claims.json of this repository");
  command.add_option("--current", given->files.current,
                     "FILE that names the records; default: results/runs/current.json");
  command.add_option("--out", given->out,
                     "FILE.md or FILE.tex: the page; without it the evidence is printed");
  command.add_flag("--accept", given->accept, "write the measured statuses into the claims file");
  command.add_flag("--json", given->json, "one JSON object instead of lines");
  command.footer("Example:\n  maskbench claims --out results/tables/claims.md");
  command.callback([given, &exit_code] { exit_code = show_claims(*given); });
}

}  // namespace maskbench
