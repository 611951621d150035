// The gate's cases are data: they fit their schema, and what they name exists.
#include <catch2/catch.hpp>

#include "algorithms/core/selector.hpp"
#include "datasets/core/source_registry.hpp"
#include "experiments/gate/gate_cases.hpp"
#include "experiments/records/schema.hpp"

namespace maskbench {
namespace {

TEST_CASE("the gate's cases name what is registered") {
  const GateCases& cases = gate_cases();
  for (const std::string& text : cases.values.objectives) CHECK_NOTHROW(objectives().named(text));
  for (const std::string& text : cases.speed.objectives) CHECK_NOTHROW(objectives().named(text));
  for (const std::string& text : cases.values.variants) CHECK_NOTHROW(selectors().make(text));
  for (const std::string& text : cases.speed.large.selectors) CHECK_NOTHROW(selectors().make(text));
  for (const std::string& key : cases.speed.on_every_objective) CHECK_NOTHROW(selectors().find(key));
  for (const std::string& text : {cases.values.data, cases.speed.data, cases.speed.large.data})
    CHECK_NOTHROW(sources().canonical(parse_spec(text)));
}

TEST_CASE("a selector stands there with its defaults, but few steps") {
  CHECK(print_spec(gate_cases().short_spec(selectors().find("datamask"))) == "datamask[steps=60]");
  CHECK(print_spec(gate_cases().short_spec(selectors().find("top_k"))) == "top_k");
}

TEST_CASE("a case file with a wrong field is refused with its place") {
  const std::string folder = repository_root() + "/experiments/";
  const Schema schema(read_json(folder + "schema/cases.schema.json"));
  Document document = read_json(folder + "gate/cases.json");
  CHECK_NOTHROW(schema.check(document));
  document.json["speed"]["large"]["rows"] = 0;
  CHECK_THROWS_WITH(schema.check(document),
                    Catch::Contains("cases.json") && Catch::Contains("speed.large.rows"));
}

}  // namespace
}  // namespace maskbench
