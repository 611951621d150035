#include "experiments/gate/gate_cases.hpp"

#include "datasets/core/source_registry.hpp"
#include "experiments/records/json.hpp"
#include "experiments/records/schema.hpp"

namespace maskbench {
namespace {

std::vector<std::string> texts_of(const Json& list) {
  return list.get<std::vector<std::string>>();
}

GateCases read_cases() {
  const std::string folder = repository_root() + "/experiments/";
  const Document document = read_json(folder + "gate/cases.json");
  Schema(read_json(folder + "schema/cases.schema.json")).check(document);
  const Json& values = document.json.at("values");
  const Json& speed = document.json.at("speed");
  const Json& large = speed.at("large");
  GateCases cases;
  for (const auto& [name, value] : document.json.at("short").items()) cases.shorter[name] = value.dump();
  cases.values = {values.at("data").get<std::string>(), values.at("rows").get<std::int64_t>(),
                  texts_of(values.at("objectives")), texts_of(values.at("variants"))};
  cases.speed.data = speed.at("data").get<std::string>();
  cases.speed.rows = speed.at("rows").get<std::int64_t>();
  cases.speed.objectives = texts_of(speed.at("objectives"));
  cases.speed.on_every_objective = texts_of(speed.at("on_every_objective"));
  cases.speed.large = {large.at("data").get<std::string>(), large.at("objective").get<std::string>(),
                       large.at("rows").get<std::int64_t>(), texts_of(large.at("selectors"))};
  return cases;
}

}  // namespace

Spec GateCases::short_spec(const SelectorRegistry::Entry& entry) const {
  Spec spec{entry.key, {}};
  for (const FieldInfo& field : entry.fields) {
    const auto found = shorter.find(field.name);
    if (found != shorter.end()) spec.arguments.insert(*found);
  }
  return spec;
}

const GateCases& gate_cases() {
  static const GateCases cases = read_cases();
  return cases;
}

}  // namespace maskbench
