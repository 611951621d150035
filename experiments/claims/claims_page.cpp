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
std::string text_of_difference(const Finding& finding, double value) {
  if (!finding.ratio) return fmt::format("{:+.4g}", std::abs(value) < 1e-12 ? 0.0 : value);
  if (value > 9) return fmt::format("x {:.3g}", value + 1);
  if (value < -0.9)
    return fmt::format("-{:.{}f} %", -100 * value,
                       static_cast<int>(1 - std::floor(std::log10(100 * std::max(1 + value, 1e-12)))));
  return fmt::format("{:+.3g} %", 100 * value);
}

int count_of(const std::vector<ClaimResult>& results, const std::string& status) {
  return static_cast<int>(std::count_if(
      results.begin(), results.end(), [&](const ClaimResult& result) { return result.measured == status; }));
}

// "seconds, quick: web_sample, disf, 10 %"
std::string about(const Finding& finding) {
  return finding.metric + (finding.metric.empty() ? "" : ", ") + finding.problem;
}

// Of each measure and pair of rows a part: "seconds, datamask (paper) against greedy: quick: web_sample,
// disf, 10 %: 2.7 s against 7.8 s; paper: ...".
std::vector<std::string> ours_of(const ClaimResult& result) {
  std::vector<std::string> heads, parts;
  for (const Finding& finding : result.findings) {
    const bool both = !finding.left_row.empty() && !finding.right_row.empty();  // "" is a number's
    const std::string rows = finding.left_row + (both ? " against " : "") + finding.right_row;
    const std::string head = finding.metric + (finding.metric.empty() || rows.empty() ? "" : ", ") + rows;
    const std::string told = finding.problem + ": " + finding.left + " against " + finding.right;
    const auto known = std::find(heads.begin(), heads.end(), head);
    if (known != heads.end()) {
      parts[static_cast<std::size_t>(known - heads.begin())] += "; " + told;
    } else {
      heads.push_back(head);
      parts.push_back(head.empty() ? told : head + ": " + told);
    }
  }
  return parts;
}

// What was found on each problem, what is missing, and what the file says to it.
std::vector<std::string> evidence_of(const ClaimResult& result) {
  std::vector<std::string> parts;
  for (const Finding& finding : result.findings) parts.push_back(evidence_of(finding));
  parts.insert(parts.end(), result.missing.begin(), result.missing.end());
  if (!result.why.empty()) parts.push_back(result.why);
  return parts;
}

constexpr const char* kReading =
    "reproduced: every test of the claim holds on every problem that has records (on some problem, where "
    "that is what is "
    "claimed); differs: that is not shown; not runnable here: the reason stands beside it; no records: not "
    "measured yet. "
    "Evidence, for each problem: the mean difference of the left row from the right one over paired seeds, "
    "its 95 % interval "
    "by Student's t, and whether the test holds with its margin. paper/claims.json has the tests, the "
    "margins and the "
    "arguments for them.";

// The parts, each made safe, with a break between; "-" for none.
template <class Safe>
std::string joined(const std::vector<std::string>& parts, Safe&& safe, const char* between) {
  std::vector<std::string> texts;
  for (const std::string& part : parts) texts.push_back(safe(part));
  return texts.empty() ? "-" : fmt::format("{}", fmt::join(texts, between));
}

}  // namespace

std::string evidence_of(const Finding& finding) {
  std::string text = about(finding) + ": " + text_of_difference(finding, finding.difference);
  if (finding.low) {
    text += fmt::format(" [{}, {}]", text_of_difference(finding, *finding.low),
                        text_of_difference(finding, *finding.high));
  }
  if (finding.pairs > 0) {
    const bool equal = finding.pairs > 1 && finding.low == finding.high;
    text += fmt::format(", {} seed{}{}", finding.pairs, finding.pairs == 1 ? "" : "s",
                        equal ? ", all the same" : "");
  }
  return text + ": " + finding.verdict;
}

std::string closing_line(const std::vector<ClaimResult>& results) {
  std::string line =
      fmt::format("claims: {} reproduced, {} differ, {} not runnable", count_of(results, "reproduced"),
                  count_of(results, "differs"), count_of(results, "not runnable here"));
  if (const int open = count_of(results, "no records"); open > 0)
    line += fmt::format(", {} without records", open);
  return line;
}

std::string claims_page(const std::vector<ClaimResult>& results) {
  std::string text =
      fmt::format("# What the paper states, and what our records say\n\n{}\n\n", md_text(kReading));
  text += "| claim | published | ours | status | evidence |\n| --- | --- | --- | --- | --- |\n";
  for (const ClaimResult& result : results) {
    text += fmt::format("| **{}**: {} ({}) | {} | {} | {} | {} |\n", md_text(result.id), md_text(result.text),
                        md_text(result.source), result.published.empty() ? "-" : md_text(result.published),
                        joined(ours_of(result), md_text, "<br>"), result.measured,
                        joined(evidence_of(result), md_text, "<br>"));
  }
  return text + "\n" + closing_line(results) + "\n";
}

std::string claims_latex(const std::vector<ClaimResult>& results) {
  std::string text = fmt::format("% {}\n{{\\footnotesize\n", closing_line(results)), columns;
  for (const char* share : {"0.25", "0.12", "0.1", "0.46"})
    columns += fmt::format(">{{\\raggedright\\arraybackslash}}p{{{}\\linewidth}}", share);
  text += "\\begin{longtable}{" + columns + "}\n";
  text += fmt::format("\\caption{{What the paper states, and what our records say. {}}}\\\\\n",
                      tex_text(kReading));
  text += "\\toprule\nclaim & published & status & evidence \\\\\n\\midrule\n\\endfirsthead\n";
  text +=
      "\\toprule\nclaim & published & status & evidence "
      "\\\\\n\\midrule\n\\endhead\n\\bottomrule\n\\endfoot\n";
  for (const ClaimResult& result : results) {
    text += fmt::format("{} ({}) & {} & {} & {} \\\\\n\\addlinespace\n", tex_text(result.text),
                        tex_text(result.source), result.published.empty() ? "-" : tex_text(result.published),
                        result.measured, joined(evidence_of(result), tex_text, "\\newline "));
  }
  return text + "\\end{longtable}\n}\n" + tex_text(closing_line(results)) + "\n";
}

}  // namespace maskbench
