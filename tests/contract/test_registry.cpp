// What registrations promise: parameters, citations, files, descriptors.
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>

#include "datasets/core/source_registry.hpp"
#include "tests/contract/tiny_problem.hpp"

namespace maskbench::contract {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

const fs::path kRoot = repository_root();

// Texts that a field has to refuse.
std::vector<std::string> wrong_values(const FieldInfo& field) {
  std::vector<std::string> wrong;
  if (field.type == "bool") wrong = {"maybe", "", "2"};
  if (field.type == "integer") wrong = {"many", "", "1.5", "99999999999999999999"};
  if (field.type == "number") wrong = {"much", "", "nan", "inf"};
  if (field.type == "string" && !field.bounds.choices.empty()) wrong = {"no_such_choice", ""};
  const bool number = field.type == "integer" || field.type == "number";
  if (number && !field.bounds.any_number) {
    const double low = field.bounds.low, high = field.bounds.high;
    const double step = field.type == "integer" ? 1.0 : std::max(1.0, std::abs(high));
    wrong.push_back(print_number(field.bounds.open_low ? low : low - step));
    if (field.type == "number" || high < 1e15) wrong.push_back(print_number(high + step));
  }
  return wrong;
}

// The same checks for selectors, objectives and data sources.
template <class Registry, class Check>
void check_parameters(const Registry& registry, Check&& canonical) {
  for (const auto& [key, entry] : registry.entries()) {
    CHECK_THROWS_AS(canonical(Spec{key, {{"no_such_parameter", "1"}}}), UserError);
    for (const FieldInfo& field : entry.fields) {
      INFO(key << ", parameter " << field.name);
      CHECK_FALSE(field.meaning.empty());
      if (field.type != "string") CHECK_NOTHROW(canonical(Spec{key, {{field.name, field.standard}}}));
      for (const std::string& value : wrong_values(field)) {
        INFO("value \"" << value << "\"");
        CHECK_THROWS_AS(canonical(Spec{key, {{field.name, value}}}), UserError);
        CHECK_THROWS_WITH(canonical(Spec{key, {{field.name, value}}}), Catch::Contains(field.name));
      }
      for (const std::string& choice : field.bounds.choices)
        CHECK_NOTHROW(canonical(Spec{key, {{field.name, choice}}}));
    }
    const std::string text = canonical(Spec{key, {}});
    INFO(text);
    CHECK(canonical(parse_spec(text)) == text);
  }
}

TEST_CASE("unknown, mistyped and out-of-range parameters are refused") {
  check_parameters(selectors(), [](const Spec& spec) { return selectors().canonical(spec); });
  check_parameters(objectives(), [](const Spec& spec) { return objectives().canonical(spec); });
  check_parameters(sources(), [](const Spec& spec) { return sources().canonical(spec); });
}

TEST_CASE("making a component checks its parameters as well") {
  const auto data = tiny_data(10);
  for (const auto& [key, entry] : selectors().entries()) {
    INFO(key);
    CHECK_THROWS_AS(selectors().make(key + "[no_such_parameter=1]"), UserError);
  }
  for (const auto& [key, entry] : objectives().entries()) {
    INFO(key);
    CHECK_THROWS_AS(make_objective(key + "[no_such_parameter=1]", {*data, data->quality_columns(), 3}),
                    UserError);
  }
  CHECK_THROWS_AS(selectors().make("no_such_selector"), UserError);
  CHECK_THROWS_AS(make_objective("no_such_objective", {*data, data->quality_columns(), 3}), UserError);
}

TEST_CASE("every citation stands in references.bib") {
  const std::string bibliography = read(kRoot / "paper" / "references.bib");
  const auto check = [&](const auto& registry) {
    for (const auto& [key, entry] : registry.entries()) {
      INFO(key << " cites " << entry.citation);
      CHECK(bibliography.find("{" + entry.citation + ",") != std::string::npos);
      CHECK(is_sentence(entry.summary));
    }
  };
  check(selectors());
  check(objectives());
  check(sources());
}

TEST_CASE("every method file is registered, under its own name", "[tree]") {
  std::set<std::string> files;
  for (const auto& [key, entry] : selectors().entries()) {
    INFO(key);
    CHECK(fs::path(entry.file).stem() == key);
    files.insert(fs::path(entry.file).filename());
  }
  for (const auto& family : fs::directory_iterator(kRoot / "algorithms")) {
    const std::string name = family.path().filename();
    if (!family.is_directory() || name == "core" || name == "objectives" || name == "kernels") continue;
    for (const auto& file : fs::directory_iterator(family.path())) {
      if (file.path().extension() != ".cpp") continue;
      INFO(file.path());
      const bool method = read(file.path()).find("MASKBENCH_SELECTOR(") != std::string::npos;
      CHECK(method == files.contains(file.path().filename()));
    }
  }
}

TEST_CASE("every objective advises a selector that exists, and one of each kind is the standard one") {
  std::map<std::pair<bool, bool>, int> standard;  // by whether it needs a quality, and features
  for (const auto& [key, entry] : objectives().entries()) {
    INFO(key << " advises " << entry.traits.advised);
    CHECK_NOTHROW(selectors().make(entry.traits.advised));
    standard[{entry.traits.needs_quality, entry.traits.needs_features}] += entry.traits.standard ? 1 : 0;
  }
  for (const bool quality : {false, true}) {
    for (const bool features : {false, true}) CHECK(standard[{quality, features}] == 1);
  }
  CHECK_NOTHROW(selectors().make(kGeneralSelector));
  CHECK_NOTHROW(selectors().make(kLastSelector));
  CHECK_NOTHROW(selectors().make(on_device(parse_spec(kDeviceSelector), "cuda")));
  CHECK_FALSE(selectors().entries().contains("auto"));  // what a user writes for the advised one
}

TEST_CASE("every selector and objective is in a descriptor", "[tree]") {
  std::string all;
  for (const auto& file : fs::directory_iterator(kRoot / "experiments" / "descriptors")) {
    if (file.path().extension() == ".json") all += read(file.path());
  }
  const auto used = [&](const std::string& key) {  // as a name, or inside another's parameters
    return std::regex_search(all, std::regex("[\"=]" + key + "[\"\\[\\],]"));
  };
  for (const auto& [key, entry] : selectors().entries()) {
    INFO(key);
    CHECK(used(key));
  }
  const auto data = tiny_data(10);
  for (const auto& [key, entry] : objectives().entries()) {
    INFO(key);
    const bool valueless = make_objective(key, {*data, data->quality_columns(), 3})->traits().valueless;
    CHECK((valueless || used(key)));  // what has no value is in no table
  }
}

}  // namespace
}  // namespace maskbench::contract
