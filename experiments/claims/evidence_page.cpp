#include <algorithm>
#include <cmath>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "experiments/claims/claims.hpp"
#include "experiments/tables/table.hpp"

namespace maskbench {
namespace {

// "-61 %", "-99.9904 %", "x 16.2", "+0.0123": of a ratio near -100 % the digits in which it differs from
// that.
std::string text_of_difference(const TestOutcome& outcome, double value) {
  if (!outcome.ratio) return fmt::format("{:+.4g}", std::abs(value) < 1e-12 ? 0.0 : value);
  if (value > 9) return fmt::format("x {:.3g}", value + 1);
  if (value < -0.9)
    return fmt::format("-{:.{}f} %", -100 * value,
                       static_cast<int>(1 - std::floor(std::log10(100 * std::max(1 + value, 1e-12)))));
  return fmt::format("{:+.3g} %", 100 * value);
}

// "-61 % [-63 %, -59 %], 5 seeds"
std::string difference_of(const TestOutcome& outcome) {
  std::string text = text_of_difference(outcome, outcome.difference);
  if (outcome.low) {
    text += fmt::format(" [{}, {}]", text_of_difference(outcome, *outcome.low),
                        text_of_difference(outcome, *outcome.high));
  }
  if (outcome.pairs > 0) {
    const bool equal = outcome.pairs > 1 && outcome.low == outcome.high;
    text += fmt::format(", {} seed{}{}", outcome.pairs, outcome.pairs == 1 ? "" : "s",
                        equal ? ", all the same" : "");
  }
  return text;
}

constexpr const char* kEvidence =
    "What each test compares, on each problem that has records: the means of both sides, the mean difference "
    "of the first from the second over paired seeds with its 95 % interval by Student's t, and whether the "
    "test holds with its margin. A claim is reproduced where all of its tests hold on every problem that has "
    "records (on some problem, where that is claimed); it differs where that is not shown. paper/claims.json "
    "has the tests.";

std::string table_of(const ClaimResult& result, std::size_t test) {
  std::string rows;
  for (const TestOutcome& outcome : result.outcomes) {
    if (outcome.test != test) continue;
    rows += fmt::format("| {} | {} | {} | {} | {} |\n", md_text(outcome.problem), md_text(outcome.left),
                        md_text(outcome.right), md_text(difference_of(outcome)), outcome.verdict);
  }
  return rows.empty()
             ? "No records.\n\n"
             : "| problem | first | second | difference | test |\n| --- | --- | --- | --- | --- |\n" + rows +
                   "\n";
}

std::string section_of(const ClaimResult& result) {
  std::string text = fmt::format("### {}\n\n**{}.** {} ({}{}).\n\n", md_text(result.id),
                                 md_text(result.title), md_text(result.text), md_text(result.source),
                                 result.published.empty() ? "" : "; published: " + md_text(result.published));
  text += fmt::format("We find: {} Verdict: {}.\n\n", md_text(result.finding), result.measured);
  if (!result.why.empty()) text += fmt::format("Why, and how far it carries: {}.\n\n", md_text(result.why));
  for (std::size_t i = 0; i < result.tests.size(); ++i) {
    const ClaimTest& test = result.tests[i];
    text += fmt::format(
        "{}{} The margin: {}.\n\n", md_text(test.asks),
        test.records.empty() ? ", by the paper's own numbers." : "; records: " + md_text(test.records) + ".",
        md_text(test.argument));
    text += table_of(result, i);
  }
  for (const std::string& reason : result.missing) text += fmt::format("- {}\n\n", md_text(reason));
  return text;
}

}  // namespace

std::string evidence_of(const TestOutcome& outcome) {
  return fmt::format("{}{}{}: {}: {}", outcome.metric, outcome.metric.empty() ? "" : ", ", outcome.problem,
                     difference_of(outcome), outcome.verdict);
}

std::string evidence_page(const std::vector<ClaimResult>& results) {
  std::string text = fmt::format("# The evidence for each claim\n\n{}\n\n", md_text(kEvidence));
  for (const auto& [topic, claims] : by_topic(results)) {
    text += fmt::format("## {}\n\n", topic);
    for (const ClaimResult* claim : claims) text += section_of(*claim);
  }
  return text + closing_line(results) + "\n";
}

}  // namespace maskbench
