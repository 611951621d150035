// Every objective against values made by NumPy from the formulas (scripts/make_goldens).
#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "algorithms/core/objective.hpp"
#include "algorithms/core/quality.hpp"
#include "algorithms/core/registry.hpp"

namespace maskbench {
namespace {

using nlohmann::json;

const json& goldens() {
  static const json text =
      json::parse(std::ifstream(std::string(MASKBENCH_SOURCE_DIR) + "/tests/golden/objectives.json"));
  return text;
}

const Dataset& data_of(const std::string& name) {
  static const std::map<std::string, std::shared_ptr<const Dataset>> all = [] {
    std::map<std::string, std::shared_ptr<const Dataset>> made;
    for (const json& given : goldens().at("datasets")) {
      const json& rows = given.at("rows");
      DatasetBuilder builder(given.at("name"), static_cast<Index>(rows.size()));
      std::vector<float> features;
      for (const json& row : rows) {
        for (const json& entry : row) features.push_back(entry.get<float>());
      }
      builder.features("x", std::move(features), static_cast<Index>(rows.at(0).size()));
      for (const auto& [column, values] : given.at("scores").items())
        builder.score(column, values.get<std::vector<float>>());
      made[given.at("name")] = builder.build();
    }
    return made;
  }();
  return *all.at(name);
}

struct Golden {
  const Dataset& data;
  std::vector<std::string> columns;
  std::unique_ptr<Objective> objective;

  explicit Golden(const json& one)
      : data(data_of(one.at("dataset"))),
        columns(one.at("quality").get<std::vector<std::string>>()),
        objective(make_objective(one.at("objective").get<std::string>(), {data, columns, 0})) {}
};

Approx near(const json& value) {
  return Approx(value.get<double>()).epsilon(1e-9).margin(1e-13);
}

TEST_CASE("golden rows are read as they are") {
  for (const json& given : goldens().at("datasets")) {
    const MatrixView features = data_of(given.at("name")).features();
    for (Index i = 0; i < features.rows; ++i) {
      for (Index k = 0; k < features.cols; ++k) {
        REQUIRE(static_cast<double>(features.row(i)[k]) == given["rows"][i][k].get<double>());
      }
    }
  }
}

TEST_CASE("values are NumPy's") {
  REQUIRE(goldens().at("values").size() > 500);
  for (const json& one : goldens().at("values")) {
    INFO(one.dump());
    const Golden golden(one);
    const auto items = one.at("items").get<std::vector<Index>>();
    if (one.contains("batch")) {
      CHECK(golden.objective->batch_value(items, one.at("batch").get<std::vector<Index>>()) ==
            near(one.at("value")));
      continue;
    }
    std::optional<Index> size;
    if (one.contains("size")) size = one.at("size").get<Index>();
    CHECK(golden.objective->value(items, size) == near(one.at("value")));
  }
}

TEST_CASE("expectations over random sets are the means over all sets") {
  REQUIRE(goldens().at("expectations").size() > 50);
  for (const json& one : goldens().at("expectations")) {
    INFO(one.dump());
    const auto expected = Golden(one).objective->random_expectation(one.at("size").get<Index>());
    REQUIRE(expected.has_value());
    CHECK(*expected == near(one.at("value")));
  }
}

TEST_CASE("the relaxation and its gradient are NumPy's") {
  REQUIRE_FALSE(goldens().at("relaxations").empty());
  for (const json& one : goldens().at("relaxations")) {
    INFO(one.dump());
    const Golden golden(one);
    const auto candidates = one.at("candidates").get<std::vector<Index>>(),
               kept = one.at("kept").get<std::vector<Index>>();
    const std::vector<double> quality = merge_quality(golden.data, golden.columns, Merge::minmax);
    const Problem problem{
        golden.data, candidates, kept, quality, golden.objective.get(), {Unit::rows, one.at("size")}, {}};
    const auto relaxation = golden.objective->relax(problem);
    REQUIRE(relaxation != nullptr);
    const auto inclusion = one.at("inclusion").get<std::vector<double>>();
    CHECK(relaxation->value(inclusion) == near(one.at("value")));
    std::vector<double> slope(candidates.size());
    relaxation->gradient(inclusion, slope);
    for (std::size_t c = 0; c < slope.size(); ++c) CHECK(slope[c] == near(one.at("gradient").at(c)));
  }
}

}  // namespace
}  // namespace maskbench
