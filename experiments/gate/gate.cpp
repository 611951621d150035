#include "experiments/gate/gate.hpp"

#include <cmath>
#include <map>

namespace maskbench {
namespace {

std::map<std::string, const Json*> by_case(const std::vector<Json>& lines) {
  std::map<std::string, const Json*> found;
  for (const Json& line : lines) {
    const auto [place, fresh] = found.emplace(line.at("case").get<std::string>(), &line);
    if (!fresh) throw UserError("the value baseline has the case \"" + place->first + "\" twice");
  }
  return found;
}

// What differs between two lines of one case, or "".
std::string difference(const Json& before, const Json& now) {
  const auto shown = [](const Json& value) {
    return value.is_null() ? std::string("none") : write_json(value);
  };
  const auto field = [](const Json& line, const char* key) {
    return line.contains(key) ? line.at(key) : Json(nullptr);
  };
  const double band = now.value("band", 0.0);
  for (const char* key : {"refused", "count", "ids", "value", "work"}) {
    const Json old_value = field(before, key), new_value = field(now, key);
    if (old_value == new_value) continue;
    if (band > 0 && old_value.is_number() && new_value.is_number()) {
      const double reference = old_value.get<double>();
      if (std::abs(new_value.get<double>() - reference) <= band * std::abs(reference)) continue;
    }
    if (band > 0 && std::string(key) != "value" && std::string(key) != "refused" &&
        std::string(key) != "count")
      continue;
    return std::string(key) + ": was " + shown(old_value) + ", is " + shown(new_value);
  }
  return "";
}

}  // namespace

std::vector<GateVerdict> compare_values(const std::vector<Json>& baseline,
                                        const std::vector<Json>& measured) {
  const auto before = by_case(baseline);
  const auto now = by_case(measured);
  std::vector<GateVerdict> verdicts;
  for (const Json& line : measured) {
    const std::string name = line.at("case");
    const auto found = before.find(name);
    if (found == before.end()) {
      verdicts.push_back({name, "no baseline", ""});
      continue;
    }
    const std::string changed = difference(*found->second, line);
    verdicts.push_back({name, changed.empty() ? "same" : "changed", changed});
  }
  for (const Json& line : baseline) {
    const std::string name = line.at("case");
    if (!now.contains(name)) verdicts.push_back({name, "no longer measured", ""});
  }
  return verdicts;
}

std::vector<Json> rebaselined(const std::vector<Json>& baseline, const std::vector<Json>& measured,
                              const std::string& why) {
  const auto before = by_case(baseline);
  std::vector<Json> next;
  for (Json line : measured) {
    const auto found = before.find(line.at("case").get<std::string>());
    const bool same = found != before.end() && difference(*found->second, line).empty();
    if (same)
      line = *found->second;  // a value inside its band stays as it was
    else
      line["why"] = why;
    next.push_back(std::move(line));
  }
  return next;
}

}  // namespace maskbench
