// maskbench list: what there is, and one thing's parameters.

#include <fmt/format.h>

#include <memory>

#include "algorithms/core/plugin.hpp"
#include "experiments/commands/commands.hpp"
#include "experiments/commands/terminal.hpp"
#include "experiments/jobs/listing.hpp"

namespace maskbench {
namespace {

constexpr const char* kListExamples =
    "Examples:\n"
    "  maskbench list selectors\n"
    "  maskbench list selectors KEY\n"
    "  maskbench list datasets --json";

struct ListArguments {
  std::string kind, key;
  std::vector<std::string> plugins;
  bool json = false;
};

void print_short(const Json& entry) {
  std::string line =
      fmt::format("  {:<28} {}", entry["key"].get<std::string>(), entry["summary"].get<std::string>());
  if (const auto refuses = entry.find("refuses"); refuses != entry.end() && refuses->is_string())
    line += " [not on this machine]";
  print_out("{}\n", line);
}

void print_card(const Json& card) {
  for (const auto& [name, value] : card.items()) {
    if (name == "name" || value.is_null()) continue;
    if (!value.is_array()) {
      print_out("  {:<12} {}\n", name, value.is_string() ? value.get<std::string>() : value.dump());
      continue;
    }
    print_out("  {}\n", name);
    for (const Json& item : value) {
      if (item.is_object() && item.contains("name")) {
        print_out("    {:<18} {:<10} {}\n", item.value("name", ""), item.value("type", ""),
                  item.value("meaning", ""));
      } else {
        print_out("    {}\n", item.is_string() ? item.get<std::string>() : item.dump());
      }
    }
  }
}

void print_long(const Json& entry) {
  print_out("{}: {}\n", entry["key"].get<std::string>(), entry["summary"].get<std::string>());
  if (entry.contains("citation"))
    print_out("  source       {}\n  file         {}\n", entry["citation"].get<std::string>(),
              entry["file"].get<std::string>());
  if (entry.contains("shows")) print_out("  shows        {}\n", entry["shows"].dump());
  if (entry.contains("card") && entry["card"].is_object()) print_card(entry["card"]);
  if (entry.contains("refuses") && entry["refuses"].is_string())
    print_out("  not on this machine: {}\n", entry["refuses"].get<std::string>());
  if (!entry.contains("parameters")) return;
  print_out("  parameters{}\n", entry["parameters"].empty() ? "   none" : "");
  for (const Json& field : entry["parameters"]) {
    const std::string standard = field["default"].get<std::string>();
    print_out("    {:<18} {}\n{:<23}default {}; {}\n", field["name"].get<std::string>(),
              field["meaning"].get<std::string>(), "", standard.empty() ? "none" : standard,
              field["allowed"].get<std::string>());
  }
}

int list(const ListArguments& given) {
  for (const std::string& plugin : given.plugins) load_plugin(plugin);
  const bool all = given.kind.empty();
  Json kinds = Json::object();
  for (const char* kind : kListKinds) {
    if (all || given.kind == kind) kinds[kind] = listing(kind, given.key);
  }
  if (kinds.empty()) kinds[given.kind] = listing(given.kind);  // says what there is
  if (given.json) {
    print_out("{}\n", write_json(all ? kinds : kinds.front(), 2));
    return 0;
  }
  for (const auto& [kind, entries] : kinds.items()) {
    if (all) print_out("{}\n", kind);
    for (const Json& entry : entries) given.key.empty() ? print_short(entry) : print_long(entry);
  }
  return 0;
}

}  // namespace

void add_list(CLI::App& program, int& exit_code) {
  const auto given = std::make_shared<ListArguments>();
  CLI::App& command =
      *program.add_subcommand("list", "selectors, objectives, data sets, descriptors, metrics");
  command.add_option("kind", given->kind,
                     "selectors, objectives, datasets, descriptors or metrics; default: all");
  command.add_option("key", given->key,
                     "one of them, with its parameters, their defaults, bounds and meaning");
  command.add_flag("--json", given->json, "JSON instead of text");
  command.add_option("--plugin", given->plugins, "FILE.so with further selectors");
  command.footer(kListExamples);
  command.callback([given, &exit_code] { exit_code = list(*given); });
}

}  // namespace maskbench
