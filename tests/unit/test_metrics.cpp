// What the harness reports of every answer, against plain loops and by hand.
#include <omp.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

#include "algorithms/core/registry.hpp"
#include "algorithms/kernels/rows.hpp"
#include "algorithms/metrics/metrics.hpp"
#include "tests/unit/random_rows.hpp"

namespace maskbench {
namespace {

using namespace test;

std::map<std::string, Metric> by_name(const std::vector<Metric>& metrics) {
  std::map<std::string, Metric> found;
  for (const Metric& metric : metrics) REQUIRE(found.emplace(metric.name, metric).second);
  return found;
}

// Ten rows in the plane: rows 0 and 1 lie 10 degrees apart (cosine 0.985), all others 25 degrees or more.
std::shared_ptr<const Dataset> planted() {
  const double degrees[] = {0, 10, 35, 60, 90, 120, 150, 180, 210, 250};
  std::vector<float> features;
  for (const double angle : degrees) {
    features.push_back(static_cast<float>(std::cos(angle * 3.14159265358979 / 180)));
    features.push_back(static_cast<float>(std::sin(angle * 3.14159265358979 / 180)));
  }
  DatasetBuilder builder("planted", 10);
  builder.features("x", std::move(features), 2);
  builder.score("edu", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  builder.score("wiki", {0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
  builder.label("topic", {0, 0, 0, 0, 0, 1, 1, 1, 2, -3});
  builder.label("good", {1, 0, 0, 1, 0, 0, 0, 0, 0, 1});
  builder.label("duplicate_group", {0, 0, 2, 3, 4, 5, 5, 5, 8, 9});
  builder.sizes("tokens", "tokens", {10, 20, 30, 40, 50, 60, 70, 80, 90, 100});
  return builder.build();
}

TEST_CASE("metrics of a planted answer") {
  const auto data = planted();
  const std::vector<std::string> columns{"edu", "wiki"};
  const std::vector<Index> items{9, 1, 0, 6, 5};
  const auto found = by_name(evaluate_metrics(*data, items, columns));
  const auto value = [&](const std::string& name) {
    INFO(name);
    REQUIRE(found.contains(name));
    REQUIRE(found.at(name).value.has_value());
    CHECK(found.at(name).reason.empty());
    return *found.at(name).value;
  };
  CHECK(value("mean_quality.edu") == Approx((10 + 2 + 1 + 7 + 6) / 5.0));
  CHECK(value("mean_quality.wiki") == Approx(0.2));
  CHECK(value("near_duplicate_rate") == Approx(2 / 5.0));
  CHECK(value("clusters_covered.topic") == Approx(3 / 4.0));
  CHECK(value("domain_shift.topic") == Approx((0.1 + 0.1 + 0.1 + 0.1) / 2));
  CHECK(value("length_ratio") == Approx((100 + 20 + 10 + 70 + 60) / 5.0 / 55));
  CHECK(value("good_share") == Approx(2 / 5.0));
  CHECK(value("good_recall") == Approx(2 / 3.0));
  CHECK(value("duplicate_group_rate") == Approx(4 / 5.0));
  std::vector<Index> sorted = items;
  std::sort(sorted.begin(), sorted.end());
  CHECK(value("pairwise_similarity") == -objective_of(*data, "pairwise_similarity")->value(sorted));
  CHECK(value("facility_location") == objective_of(*data, "facility_location")->value(sorted));
  CHECK(value("disf") == objective_of(*data, "disf")->value(sorted));
  CHECK(found.size() == 12);

  const auto all = by_name(evaluate_metrics(*data, all_rows(10), columns));
  CHECK(*all.at("domain_shift.topic").value == 0);
  CHECK(*all.at("clusters_covered.topic").value == 1);
  CHECK(*all.at("length_ratio").value == Approx(1));
  CHECK(*all.at("facility_location").value == Approx(1));
}

TEST_CASE("every metric stands in the catalogue") {
  std::vector<std::string> known;
  for (const MetricInfo& info : metric_catalogue()) {
    CHECK(info.meaning.size() > 20);
    known.push_back(info.name.substr(0, info.name.find(".<column>")));
  }
  const std::vector<std::string> columns{"edu"};
  const std::vector<Metric> metrics = evaluate_metrics(*planted(), std::vector<Index>{2, 3}, columns);
  for (const Metric& metric : metrics) {
    INFO(metric.name);
    CHECK(std::count(known.begin(), known.end(), metric.name.substr(0, metric.name.find('.'))) == 1);
  }
}

TEST_CASE("a choice of metrics has the values that all of them have") {
  const auto data = planted();
  const std::vector<std::string> columns{"edu", "wiki"};
  const std::vector<Index> items{9, 1, 0, 6, 5};
  const std::vector<Metric> all = evaluate_metrics(*data, items, columns);
  for (const std::string& name : metric_names()) {
    INFO(name);
    const std::vector<Metric> chosen = evaluate_metrics(*data, items, columns, {.only = {{name}}});
    CHECK_FALSE(chosen.empty());
    std::size_t found = 0;
    for (const Metric& metric : all) {
      if (metric.name.substr(0, metric.name.find('.')) != name) continue;
      REQUIRE(found < chosen.size());
      CHECK(chosen[found].name == metric.name);
      CHECK(chosen[found++].value == metric.value);
    }
    CHECK(found == chosen.size());
  }
  CHECK(evaluate_metrics(*data, items, columns, {.only = {{"disf", "length_ratio"}}}).size() == 2);
  CHECK(evaluate_metrics(*data, items, columns, {.only = std::vector<std::string>{}}).empty());
  check_metric_choice(std::nullopt, "here");
  check_metric_choice({{"disf"}}, "here");
  CHECK_THROWS_WITH(check_metric_choice({{"disf", "speed"}}, "here"),
                    Catch::StartsWith("here: there is no metric \"speed\"; there are: mean_quality, "));
}

TEST_CASE("what cannot be computed is missing, with the reason") {
  DatasetBuilder bare("bare", 3);
  bare.score("edu", {1, 2, 3});
  bare.sizes("tokens", "tokens", {0, 0, 0});
  const auto data = bare.build();
  const auto found = by_name(evaluate_metrics(*data, std::vector<Index>{1}, std::vector<std::string>{"edu"}));
  CHECK(*found.at("mean_quality.edu").value == 2);
  for (const char* name : {"pairwise_similarity", "facility_location", "disf", "near_duplicate_rate"}) {
    INFO(name);
    CHECK_FALSE(found.at(name).value.has_value());
    CHECK(found.at(name).reason == "the data set has no features");
  }
  CHECK(found.at("length_ratio").reason == "all lengths are 0");
  CHECK_FALSE(found.contains("good_share"));
  CHECK_THROWS_AS(evaluate_metrics(*data, std::vector<Index>{1}, std::vector<std::string>{"wiki"}),
                  UserError);
  CHECK_THROWS_AS(evaluate_metrics(*data, {}, std::vector<std::string>{"edu"}), UserError);

  const auto rows = random_rows(1, 50, 4);
  const auto limited = by_name(evaluate_metrics(*rows, all_rows(50), {}, {.most_work = 50 * 50 * 4 - 1}));
  CHECK(limited.at("facility_location").reason.find("multiply-adds") != std::string::npos);
  CHECK(limited.at("near_duplicate_rate").reason.find("multiply-adds") != std::string::npos);
  CHECK(limited.at("disf").value.has_value());
  CHECK(limited.at("length_ratio").reason.find("no lengths") != std::string::npos);
  CHECK(by_name(evaluate_metrics(*rows, all_rows(50), {}, {.most_work = 50 * 50 * 4}))
            .at("facility_location")
            .value);

  const auto raw = by_name(evaluate_metrics(*random_rows(2, 30, 4, {.unit_rows = false}), all_rows(9), {}));
  CHECK(raw.at("facility_location").reason == "the rows are not of unit norm");
  CHECK(raw.at("disf").value.has_value());
}

TEST_CASE("near-duplicates are what a plain loop finds") {
  for (const Index d : {4, 5}) {
    const auto data =
        random_rows(static_cast<std::uint64_t>(d), 300, d, {.shared_mean = 0.2, .duplicates = d == 5});
    const std::vector<Index> items = some_rows(3, 300, 150);
    int expected = 0;
    for (const Index i : items) {
      expected += std::any_of(items.begin(), items.end(), [&](Index j) {
        return i != j && dot(data->features().row(i), data->features().row(j), d) >= kNearDuplicateCosine;
      });
    }
    CHECK(expected > 0);
    CHECK(expected < 150);
    const auto found = by_name(evaluate_metrics(*data, items, {}));
    CHECK(*found.at("near_duplicate_rate").value == Approx(expected / 150.0));
  }
}

TEST_CASE("metrics do not depend on the order of the rows or the thread count") {
  const auto data = random_rows(9, 500, 12, {.duplicates = true});
  std::vector<Index> items = some_rows(4, 500, 200);
  const auto values = [&](int threads) {
    omp_set_num_threads(threads);
    std::vector<double> numbers;
    for (const Metric& metric : evaluate_metrics(*data, items, {}))
      numbers.push_back(metric.value.value_or(-9));
    return numbers;
  };
  const int before = omp_get_max_threads();
  const std::vector<double> one = values(1);
  std::reverse(items.begin(), items.end());
  const std::vector<double> two = values(2);
  omp_set_num_threads(before);
  CHECK(one == two);
}

}  // namespace
}  // namespace maskbench
