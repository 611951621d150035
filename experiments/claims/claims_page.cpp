#include <algorithm>
#include <array>
#include <sstream>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "experiments/claims/claims.hpp"
#include "experiments/tables/table.hpp"

namespace maskbench {
namespace {

// As the schema of claims has them.
constexpr const char* kTopics[] = {"speed",          "value", "ablations",
                                   "what is chosen", "scale", "training proxy"};

constexpr const char* kReading =
    "Verdicts are measured, findings are written by hand. reproduced: every test of the claim holds; "
    "differs: that "
    "is not shown; no control: measured through a stand-in that has not yet shown that it can tell good from "
    "bad, "
    "so that nothing follows; not runnable here: the reason stands with the evidence. A claim's title leads "
    "to its "
    "evidence.";

int count_of(const std::vector<ClaimResult>& results, const std::string& status) {
  return static_cast<int>(std::count_if(
      results.begin(), results.end(), [&](const ClaimResult& result) { return result.measured == status; }));
}

bool is_digit(char letter) {
  return letter >= '0' && letter <= '9';
}

// The statement, and what was published where that has a number which the statement lacks.
std::string stated(const ClaimResult& result) {
  const std::string& published = result.published;
  for (std::size_t at = 0; at < published.size();) {
    std::size_t end = at;
    while (end < published.size() && (is_digit(published[end]) || (end > at && published[end] == '.'))) ++end;
    if (result.text.find(published.substr(at, end - at)) == std::string::npos)
      return result.text + " (" + published + ")";
    at = std::max(end, at + 1);
  }
  return result.text;
}

// The words in lines of at most `width` letters; a longer word has a line of its own.
std::vector<std::string> wrapped(const std::string& text, std::size_t width) {
  std::vector<std::string> lines = {""};
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (!lines.back().empty() && lines.back().size() + 1 + word.size() > width) lines.emplace_back();
    lines.back() += (lines.back().empty() ? "" : " ") + word;
  }
  return lines;
}

// Cells side by side, each wrapped to its width; no blanks at the ends of lines.
template <std::size_t N>
std::string row_of(const std::array<std::string, N>& cells, const std::array<std::size_t, N>& widths) {
  std::array<std::vector<std::string>, N> columns;
  std::size_t height = 0;
  for (std::size_t i = 0; i < N; ++i) {
    columns[i] = wrapped(cells[i], widths[i]);
    height = std::max(height, columns[i].size());
  }
  std::string text;
  for (std::size_t line = 0; line < height; ++line) {
    std::string out;
    for (std::size_t i = 0; i < N; ++i)
      out += fmt::format("{:<{}}  ", line < columns[i].size() ? columns[i][line] : "", widths[i]);
    text += out.substr(0, out.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

}  // namespace

std::vector<std::pair<std::string, std::vector<const ClaimResult*>>> by_topic(
    const std::vector<ClaimResult>& results) {
  std::vector<std::pair<std::string, std::vector<const ClaimResult*>>> topics;
  for (const std::string topic : kTopics) {
    std::vector<const ClaimResult*> claims;
    for (const ClaimResult& result : results) {
      if (result.topic == topic) claims.push_back(&result);
    }
    std::string heading = topic;
    heading[0] = static_cast<char>(std::toupper(heading[0]));
    if (!claims.empty()) topics.emplace_back(heading, claims);
  }
  return topics;
}

std::string closing_line(const std::vector<ClaimResult>& results) {
  std::string line =
      fmt::format("claims: {} reproduced, {} differ, {} not runnable", count_of(results, "reproduced"),
                  count_of(results, "differs"), count_of(results, "not runnable here"));
  if (const int blind = count_of(results, "no control"); blind > 0)
    line += fmt::format(", {} without control", blind);
  if (const int open = count_of(results, "no records"); open > 0)
    line += fmt::format(", {} without records", open);
  return line;
}

std::string claims_page(const std::vector<ClaimResult>& results, const std::string& evidence) {
  std::string text = fmt::format("# What the paper states, and what we find\n\n{}\n\n", md_text(kReading));
  for (const auto& [topic, claims] : by_topic(results)) {
    text += fmt::format("## {}\n\n| claim | paper says | we find | verdict |\n| --- | --- | --- | --- |\n",
                        topic);
    for (const ClaimResult* claim : claims) {
      text += fmt::format("| [{}]({}#{}) | {} | {} | {} |\n", md_text(claim->title), evidence, claim->id,
                          md_text(stated(*claim)), md_text(claim->finding), claim->measured);
    }
    text += "\n";
  }
  return text + closing_line(results) + "\n";
}

std::string claims_latex(const std::vector<ClaimResult>& results) {
  std::string text = fmt::format("% {}\n{{\\footnotesize\n", closing_line(results)), columns;
  for (const char* share : {"0.2", "0.3", "0.3", "0.1"})
    columns += fmt::format(">{{\\raggedright\\arraybackslash}}p{{{}\\linewidth}}", share);
  const std::string head = "\\toprule\nclaim & paper says & we find & verdict \\\\\n\\midrule\n";
  text += "\\begin{longtable}{" + columns + "}\n";
  text += fmt::format("\\caption{{What the paper states, and what we find. {}}}\\\\\n", tex_text(kReading));
  text += head + "\\endfirsthead\n" + head + "\\endhead\n\\bottomrule\n\\endfoot\n";
  for (const auto& [topic, claims] : by_topic(results)) {
    text += fmt::format("\\multicolumn{{4}}{{l}}{{\\textbf{{{}}}}} \\\\\n\\addlinespace\n", tex_text(topic));
    for (const ClaimResult* claim : claims) {
      text += fmt::format("{} & {} & {} & {} \\\\\n\\addlinespace\n", tex_text(claim->title),
                          tex_text(stated(*claim)), tex_text(claim->finding), claim->measured);
    }
  }
  return text + "\\end{longtable}\n}\n" + tex_text(closing_line(results)) + "\n";
}

std::string claims_text(const std::vector<ClaimResult>& results) {
  constexpr std::array<std::size_t, 3> kWidths = {29, 50, 17};  // 100 with two blanks between
  std::string text;
  for (const auto& [topic, claims] : by_topic(results)) {
    text += row_of<3>({topic, "we find", "verdict"}, kWidths) + std::string(100, '-') + "\n";
    for (const ClaimResult* claim : claims)
      text += row_of<3>({claim->title, claim->finding, claim->measured}, kWidths);
    text += "\n";
  }
  return text + closing_line(results) + "\n";
}

}  // namespace maskbench
