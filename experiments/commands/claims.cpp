// maskbench claims: what the paper states beside what the committed records say.

#include "experiments/commands/claims.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "datasets/core/source_registry.hpp"
#include "datasets/core/whole_file.hpp"
#include "experiments/claims/claims_file.hpp"
#include "experiments/commands/commands.hpp"
#include "experiments/commands/data_options.hpp"
#include "experiments/commands/terminal.hpp"
#include "experiments/machine/outputs.hpp"

namespace maskbench {
namespace {

struct ClaimsArguments {
  ClaimsRequest files;
  std::string out;
  bool accept = false, json = false, overwrite = false;
};

Json json_of(const ClaimResult& result) {
  Json json = {{"id", result.id},
               {"topic", result.topic},
               {"title", result.title},
               {"finding", result.finding},
               {"text", result.text},
               {"source", result.source},
               {"published", result.published},
               {"stated", result.stated},
               {"measured", result.measured},
               {"agrees", result.agrees()},
               {"why", result.why},
               {"tests", Json::array()},
               {"outcomes", Json::array()},
               {"missing", result.missing}};
  for (const ClaimTest& test : result.tests) {
    json["tests"].push_back({{"asks", test.asks}, {"records", test.records}, {"argument", test.argument}});
  }
  for (const TestOutcome& outcome : result.outcomes) {
    Json one = {{"test", outcome.test},
                {"metric", outcome.metric},
                {"problem", outcome.problem},
                {"left", outcome.left},
                {"right", outcome.right},
                {"difference", outcome.difference},
                {"ratio", outcome.ratio},
                {"low", nullptr},
                {"high", nullptr},
                {"pairs", outcome.pairs},
                {"verdict", outcome.verdict}};
    if (outcome.low) {
      one["low"] = *outcome.low;
      one["high"] = *outcome.high;
    }
    json["outcomes"].push_back(one);
  }
  return json;
}

void print_json(const std::vector<ClaimResult>& results) {
  Json all = Json::array();
  for (const ClaimResult& result : results) all.push_back(json_of(result));
  print_out("{}\n",
            write_json({{"check", "claims"}, {"claims", all}, {"closing", closing_line(results)}}, 2));
}

// "results/tables/claims-evidence.md" beside "results/tables/claims.md".
std::filesystem::path evidence_beside(const std::filesystem::path& page) {
  return page.parent_path() / (page.stem().string() + "-evidence.md");
}

// The page, or both where it is no page of LaTeX.
std::vector<std::pair<std::filesystem::path, std::string>> pages_of(const std::vector<ClaimResult>& results,
                                                                    const std::filesystem::path& page) {
  if (page.extension() == ".tex") return {{page, claims_latex(results)}};
  const std::filesystem::path evidence = evidence_beside(page);
  return {{page, claims_page(results, evidence.filename().string())}, {evidence, evidence_page(results)}};
}

void check_pages(const ClaimsArguments& given) {
  if (given.out.empty()) return;
  const FileKind kind = text_kind("a page of maskbench claims",
                                  {"# What the paper states", "# The evidence for each claim", "% claims: "});
  std::vector<Output> pages = {{"--out", given.out, kind}};
  if (const std::filesystem::path page = given.out; page.extension() != ".tex")
    pages.push_back({"--out", evidence_beside(page).string(), kind});
  check_outputs(pages, Inputs().file("--claims", given.files.claims).file("--current", given.files.current),
                given.overwrite);
}

int show_claims(const ClaimsArguments& given) {
  check_pages(given);
  JudgedClaims judged = judge_claims_file(given.files);
  if (given.accept) {
    write_whole(judged.file.name, accepted_text(judged));
    judged = judge_claims_file(given.files);
  }
  if (!given.out.empty()) {
    for (const auto& [file, text] : pages_of(judged.results, given.out)) write_whole(file.string(), text);
  }
  if (given.json) {
    print_json(judged.results);
    return 0;
  }
  if (given.out.empty())
    print_out("{}", claims_text(judged.results));
  else
    print_out("{}\n", closing_line(judged.results));
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
      for (const TestOutcome& outcome : result.outcomes) detail += "; " + evidence_of(outcome);
      verdicts.push_back({result.id, "changed", detail});
    } else {
      const bool measured = result.measured != "no records";
      verdicts.push_back({result.id, measured ? "same" : "no records",
                          measured || result.missing.empty() ? "" : result.missing.front(),
                          measured ? Outcome::pass : Outcome::undecided});
    }
  }
  const std::filesystem::path root = repository_root();
  for (const auto& [file, text] : pages_of(results, root / "results/tables/claims.md")) {
    const bool same = std::filesystem::exists(file) && read_whole(file.string()) == text;
    verdicts.push_back({file.lexically_relative(root).string(), same ? "same" : "changed",
                        same ? "" : "it is not what the records give: scripts/claims",
                        same ? Outcome::pass : Outcome::fail});
  }
  return verdicts;
}

void add_claims(CLI::App& program, int& exit_code) {
  const auto given = std::make_shared<ClaimsArguments>();
  CLI::App& command =
      *program.add_subcommand("claims", "what the paper states, beside what the committed records say");
  command.add_option("--claims", given->files.claims, "FILE; default: paper/claims.json of this repository");
  command.add_option("--current", given->files.current,
                     "FILE that names the records; default: results/runs/current.json");
  command.add_option(
      "--out", given->out,
      "FILE.md, with FILE-evidence.md beside it, or FILE.tex; without it the table is printed");
  add_overwrite_option(command, given->overwrite);
  command.add_flag("--accept", given->accept, "write the measured statuses into the claims file");
  command.add_flag("--json", given->json, "one JSON object instead of lines");
  command.footer("Examples:\n  maskbench claims\n  maskbench claims --out results/tables/claims.md");
  command.callback([given, &exit_code] { exit_code = show_claims(*given); });
}

}  // namespace maskbench
