#include "experiments/gate/table_gate.hpp"

#include <algorithm>
#include <filesystem>
#include <set>
#include <sstream>

#include <fmt/core.h>

#include "experiments/records/ledger.hpp"
#include "experiments/tables/render.hpp"

namespace maskbench {
namespace {

namespace fs = std::filesystem;
constexpr const char* kFormats[] = {"md", "tex", "csv"};

// "line 12: "| greedy | 1 |", now "| greedy | 2 |"".
std::string first_difference(const std::string& before, const std::string& now) {
  std::istringstream old_lines(before), new_lines(now);
  for (int line = 1;; ++line) {
    std::string was, is;
    const bool more_old = static_cast<bool>(std::getline(old_lines, was)),
               more_new = static_cast<bool>(std::getline(new_lines, is));
    if (!more_old && !more_new) return "the end of the last line";
    if (was != is || more_old != more_new)
      return fmt::format("line {}: {}, now {}", line, more_old ? '"' + was + '"' : "no line",
                         more_new ? '"' + is + '"' : "no line");
  }
}

GateVerdict compare(const std::string& name, const fs::path& table, const std::string& now) {
  if (!fs::is_regular_file(table)) return {name, "missing", "the records have it, the file is not there"};
  const std::string before = read_whole(table.string());
  if (before == now) return {name, "same", "", Outcome::pass};
  return {name, "changed", first_difference(before, now)};
}

}  // namespace

std::vector<GateVerdict> check_tables(const std::string& root) {
  const fs::path results = fs::path(root) / "results", tables = results / "tables",
                 current = results / "runs" / "current.json";
  std::vector<GateVerdict> verdicts;
  std::set<std::string> named;
  const Document document =
      fs::exists(current) ? read_json(current.string()) : Document{Json::object(), current.string(), {}};
  if (!document.json.is_object())
    throw UserError(document.at("") + ": is no object, table to file of records");
  for (const auto& [table, file] : document.json.items()) {
    if (!file.is_string()) throw UserError(document.at(table) + ": is not the name of a file of records");
    const fs::path records = fs::path(root) / file.get<std::string>();
    const bool there = fs::is_regular_file(records);
    try {
      const std::vector<Json> lines = there ? read_records(records.string()) : std::vector<Json>();
      for (const char* format : kFormats) {
        const std::string name = table + "." + format;
        named.insert(name);
        if (!there)
          verdicts.push_back({name, "missing", "its records " + file.get<std::string>() + " are not there"});
        else
          verdicts.push_back(compare(name, tables / name, render(lines, {table_format(format)})));
      }
    } catch (const UserError& error) {
      for (const char* format : kFormats) named.insert(table + "." + format);
      verdicts.push_back({table, "broken", file.get<std::string>() + ": " + error.what()});
    }
  }
  std::set<std::string> others;
  if (fs::is_directory(tables)) {
    for (const auto& entry : fs::directory_iterator(tables)) {
      const std::string name = entry.path().filename().string(), format = entry.path().extension().string();
      const std::string stem = entry.path().stem().string();
      const bool table = std::any_of(std::begin(kFormats), std::end(kFormats),
                                     [&](const char* known) { return format == std::string(".") + known; });
      const bool of_run = stem.ends_with("-ci") || stem.ends_with("-quick") || stem.ends_with("-paper");
      if (table && of_run && !named.contains(name)) others.insert(name);
    }
  }
  for (const std::string& name : others)
    verdicts.push_back({name, "no records", "results/runs/current.json names no records for it"});
  return verdicts;
}

}  // namespace maskbench
