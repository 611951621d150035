#include "experiments/gate/gate_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace maskbench {
namespace {

constexpr std::size_t kShownCases = 20;  // of a part, in the table for people

const char* name_of(Outcome outcome) {
  return outcome == Outcome::pass ? "pass" : outcome == Outcome::fail ? "fail" : "undecided";
}

std::size_t number_of(const GatePart& part, Outcome outcome) {
  return static_cast<std::size_t>(
      std::count_if(part.verdicts.begin(), part.verdicts.end(),
                    [&](const GateVerdict& one) { return one.outcome == outcome; }));
}

std::map<std::string, int> verdict_counts(const GatePart& part) {
  std::map<std::string, int> counts;
  for (const GateVerdict& one : part.verdicts) ++counts[one.verdict];
  return counts;
}

std::string counts_text(const GatePart& part) {
  std::string text;
  for (const auto& [verdict, number] : verdict_counts(part))
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", number, verdict);
  return text.empty() ? "no cases" : text;
}

std::size_t number_of(const std::vector<GatePart>& parts, Outcome outcome) {
  std::size_t number = 0;
  for (const GatePart& part : parts) number += number_of(part, outcome);
  return number;
}

// tests/CMakeLists.txt knows the words: what is undecided is a skipped test there, not a passed one.
std::string summary(const std::vector<GatePart>& parts) {
  const std::size_t failed = number_of(parts, Outcome::fail),
                    undecided = number_of(parts, Outcome::undecided);
  if (failed + undecided == 0) return "gate: passed\n";
  return fmt::format("gate: {} failed{}\n", failed == 0 ? "nothing" : std::to_string(failed),
                     undecided == 0 ? "" : fmt::format(", {} not decided", undecided));
}

std::string replaced(std::string_view text, std::initializer_list<std::pair<char, const char*>> by) {
  std::string out;
  for (const char c : text) {
    const auto found = std::find_if(by.begin(), by.end(), [&](const auto& pair) { return pair.first == c; });
    if (found == by.end())
      out += c;
    else
      out += found->second;
  }
  return out;
}

std::string xml(std::string_view text) {
  return replaced(text, {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\n', "&#10;"}});
}
std::string command_text(std::string_view text) {
  return replaced(text, {{'%', "%25"}, {'\r', "%0D"}, {'\n', "%0A"}});
}
std::string command_property(std::string_view text) {
  return replaced(text, {{'%', "%25"}, {'\r', "%0D"}, {'\n', "%0A"}, {':', "%3A"}, {',', "%2C"}});
}

}  // namespace

bool fails(const GatePart& part) {
  return number_of(part, Outcome::fail) > 0;
}

std::string gate_text(const std::vector<GatePart>& parts) {
  std::string table, counts, advice;
  for (const GatePart& part : parts) {
    std::vector<const GateVerdict*> shown;
    for (const Outcome outcome : {Outcome::fail, Outcome::undecided, Outcome::pass}) {
      for (const GateVerdict& one : part.verdicts) {
        if (one.outcome == outcome && one.verdict != "same") shown.push_back(&one);
      }
    }
    for (std::size_t i = 0; i < std::min(shown.size(), kShownCases); ++i) {
      table += fmt::format("{:<18} {:<7} {}\n", shown[i]->verdict, part.name, shown[i]->name);
      if (!shown[i]->detail.empty()) table += fmt::format("{:<26} {}\n", "", shown[i]->detail);
    }
    if (shown.size() > kShownCases)
      table += fmt::format("{:<18} {:<7} and {} more; --json lists all\n", "...", part.name,
                           shown.size() - kShownCases);
    counts += fmt::format("{}: {}\n", part.name, counts_text(part));
    if (!part.advice.empty() && number_of(part, Outcome::pass) < part.verdicts.size())
      advice += fmt::format("{}: {}\n", part.name, part.advice);
  }
  return table + counts + (advice.empty() ? "" : "What to do\n" + advice) + summary(parts);
}

Json gate_json(const std::vector<GatePart>& parts) {
  Json list = Json::array();
  for (const GatePart& part : parts) {
    Json cases = Json::array();
    for (const GateVerdict& one : part.verdicts) {
      cases.push_back({{"case", one.name},
                       {"verdict", one.verdict},
                       {"outcome", name_of(one.outcome)},
                       {"detail", one.detail}});
    }
    list.push_back(
        {{"check", part.name}, {"passed", !fails(part)}, {"counts", verdict_counts(part)}, {"cases", cases}});
  }
  return {{"passed", number_of(parts, Outcome::fail) == 0},
          {"undecided", number_of(parts, Outcome::undecided)},
          {"parts", list}};
}

std::string gate_junit(const std::vector<GatePart>& parts) {
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
  for (const GatePart& part : parts) {
    text +=
        fmt::format("  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\">\n",
                    xml(part.name), part.verdicts.size(), number_of(part, Outcome::fail),
                    number_of(part, Outcome::undecided));
    for (const GateVerdict& one : part.verdicts) {
      text += fmt::format("    <testcase classname=\"{}\" name=\"{}\"", xml(part.name), xml(one.name));
      const std::string message = xml(one.verdict + (one.detail.empty() ? "" : ": " + one.detail));
      if (one.outcome == Outcome::pass)
        text += "/>\n";
      else
        text += fmt::format("><{} message=\"{}\"/></testcase>\n",
                            one.outcome == Outcome::fail ? "failure" : "skipped", message);
    }
    text += "  </testsuite>\n";
  }
  return text + "</testsuites>\n";
}

std::string gate_annotations(const std::vector<GatePart>& parts) {
  std::string text;
  for (const GatePart& part : parts) {
    for (const GateVerdict& one : part.verdicts) {
      if (one.outcome != Outcome::fail) continue;
      text +=
          fmt::format("::error title={}::{}\n", command_property("check " + part.name + ": " + one.verdict),
                      command_text(one.name + (one.detail.empty() ? "" : "\n" + one.detail)));
    }
    if (number_of(part, Outcome::undecided) > 0)
      text += fmt::format("::warning title={}::{}\n", command_property("check " + part.name),
                          command_text(counts_text(part)));
  }
  return text;
}

}  // namespace maskbench
