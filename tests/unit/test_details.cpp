// Pictures of answers in records, and probes, against plain loops and enumeration.
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <numeric>

#include "algorithms/core/registry.hpp"
#include "algorithms/kernels/rows.hpp"
#include "datasets/core/source_registry.hpp"
#include "experiments/descriptor/descriptor.hpp"
#include "experiments/scoring/details.hpp"
#include "experiments/scoring/probes.hpp"
#include "tests/folder.hpp"

namespace maskbench {
namespace {

std::unique_ptr<ProblemSetup> small_setup(const std::string& objective, Index rows = 12) {
  ProblemRequest request;
  request.objective = objectives().named(objective);
  request.budget.amount = rows;
  return std::make_unique<ProblemSetup>(sources().make(parse_spec("synthetic_web[d=8,n=120,seed=3]"))->load(),
                                        request);
}

std::int64_t total(const Json& grid) {
  std::int64_t sum = 0;
  for (const Json& row : grid) {
    for (const Json& count : row) sum += count.get<std::int64_t>();
  }
  return sum;
}

TEST_CASE(
    "details of an answer fit the schema, count what is there, and are of the first repetition where they "
    "are large") {
  const auto setup = small_setup("joint");
  const std::vector<Index> items = {0, 3, 4, 17, 30, 55, 60, 61, 88, 90, 101, 119};
  CellRecord record;
  record.key = "k";
  record.dataset = "d";
  record.objective = "joint";
  record.selector = "datamask[steps=5]";
  const NamedSelector selector = selectors().make(record.selector);
  const std::vector<std::string> all = {
      "ids", "deciles", "histograms", "map", "spectrum", "quality_correlation", "gradient_cosine"};
  const test::Folder folder;
  const std::string data_file = folder / "data";
  add_details(all, *setup, *selector, items, data_file, record);
  CHECK_FALSE(record_schema().fault(to_json(record)));
  CHECK(record.warnings.empty());
  CHECK(record_of<CellRecord>(to_json(record)).details == record.details);

  std::vector<Index> rows;
  for (const Json& gap : record.details["ids"])
    rows.push_back(gap.get<Index>() + (rows.empty() ? 0 : rows.back()));
  CHECK(rows == items);
  const Json& deciles = record.details["deciles"];
  CHECK(total(deciles["pool"]) == 120);
  CHECK(total(deciles["kept"]) == 12);
  std::int64_t worst = 0;
  for (const Json& count : deciles["pool"][0]) worst += count.get<std::int64_t>();
  CHECK(worst == 12);
  const Json& histograms = record.details["histograms"];
  for (const char* name : {"dclm", "edu", "wiki", "merged_quality", "log10_length"}) {
    INFO(name);
    const Json& one = histograms.at(name);
    CHECK(one["edges"].size() == one["pool"].size() + 1);
    CHECK(std::accumulate(one["pool"].begin(), one["pool"].end(), 0,
                          [](int sum, const Json& x) { return sum + x.get<int>(); }) == 120);
    CHECK(std::accumulate(one["kept"].begin(), one["kept"].end(), 0,
                          [](int sum, const Json& x) { return sum + x.get<int>(); }) == 12);
  }
  const Json& map = record.details["map"];
  CHECK(map["x"].size() == 120);
  CHECK(std::accumulate(map["kept"].begin(), map["kept"].end(), 0,
                        [](int sum, const Json& x) { return sum + x.get<int>(); }) == 12);
  const Json& spectrum = record.details["spectrum"];
  REQUIRE(spectrum["pool"].size() == 8);
  double trace = 0, variance = 0;  // of unit rows: 1 - ||mean||^2
  for (const Json& value : spectrum["pool"]) trace += value.get<double>();
  std::vector<Index> everybody(120);
  std::iota(everybody.begin(), everybody.end(), Index{0});
  variance = 1 - squared_norm(row_sum(setup->data().features(), everybody)) / (120.0 * 120.0);
  CHECK(trace == Approx(variance).epsilon(1e-6));
  CHECK(record.metrics.contains("gradient_cosine"));

  CellRecord second;
  second.repetition = 1;
  second.selector = "greedy";
  add_details(all, *setup, *selector, items, "", second);
  CHECK(second.details.size() == 1);
  CHECK(second.details["deciles"] == deciles);

  REQUIRE(std::filesystem::file_size(data_file + ".densities") == 120 * sizeof(double));
  add_details({"deciles"}, *setup, *selector, items, data_file, second);
  CHECK(second.details["deciles"] == deciles);
  std::vector<double> falling(120);  // what is kept is what is used
  std::iota(falling.rbegin(), falling.rend(), 0.0);
  std::ofstream(data_file + ".densities", std::ios::binary)
      .write(reinterpret_cast<const char*>(falling.data()), 960);
  add_details({"deciles"}, *setup, *selector, items, data_file, second);
  CHECK(second.details["deciles"] != deciles);
  std::ofstream(data_file + ".densities", std::ios::binary) << "cut short";
  add_details({"deciles"}, *setup, *selector, items, data_file, second);
  CHECK(second.details["deciles"] == deciles);
}

TEST_CASE("deciles are tenths of the rows, ties by place") {
  CHECK(deciles_of(std::vector<double>{3, 1, 2, 2, 0, 9, 8, 7, 6, 5}) ==
        std::vector<int>{4, 1, 2, 3, 0, 9, 8, 7, 6, 5});
  std::vector<int> counts(10);
  for (const int decile : deciles_of(std::vector<double>(45, 1.0))) ++counts[decile];
  CHECK(*std::min_element(counts.begin(), counts.end()) == 4);
  CHECK(*std::max_element(counts.begin(), counts.end()) == 5);
}

TEST_CASE("Spearman's correlation, by hand") {
  CHECK(spearman(std::vector<double>{1, 2, 3, 4}, std::vector<double>{10, 20, 25, 90}) == Approx(1));
  CHECK(spearman(std::vector<double>{1, 2, 3, 4}, std::vector<double>{4, 3, 2, 1}) == Approx(-1));
  // ranks 0 1.5 1.5 3 and 0 2 1 3: covariance 4.5 over sqrt(4.5 x 5)
  CHECK(spearman(std::vector<double>{1, 2, 2, 3}, std::vector<double>{1, 3, 2, 4}) ==
        Approx(4.5 / std::sqrt(4.5 * 5)));
  CHECK(spearman(std::vector<double>{1, 1, 1}, std::vector<double>{1, 2, 3}) == 0);
}

TEST_CASE("quality's correlation with the diversity's gains is that of gains by the oracle") {
  for (const char* objective : {"joint", "joint[diversity=facility_location]", "joint[diversity=disf]"}) {
    INFO(objective);
    const auto found = quality_correlation(*small_setup(objective));
    REQUIRE(found);
    CHECK(std::abs(*found) <= 1);
  }
  CHECK_FALSE(quality_correlation(*small_setup("quality")));
}

// With many masks the step points where the exact gradient does; with few, as far off as theory says.
TEST_CASE("the gradient's cosine grows with the group towards 1, as in theory") {
  for (const char* objective : {"pairwise_similarity", "joint", "quality"}) {
    for (const char* form : {"mask", "pl_ordered", "pl_set"}) {
      INFO(objective << " " << form);
      const auto setup = small_setup(objective, 30);
      const auto cosine = [&](const std::string& group) {
        const auto numbers =
            selectors()
                .make("datamask[batch=1,prune=0,group_size=" + group + ",log_prob=" + form + "]")
                ->diagnostics(setup->problem());
        return std::pair(numbers.at("gradient_cosine"), numbers.at("gradient_cosine_theory"));
      };
      const auto [few, theory] = cosine("16");
      const double many = cosine("8192").first;
      CHECK(theory == Approx(std::sqrt(16.0 / 136)));
      CHECK(few == Approx(theory).margin(0.08));
      CHECK(many > 0.985);
      CHECK(many <= 1);
    }
  }
  CHECK(selectors().make("datamask")->diagnostics(small_setup("facility_location")->problem()).empty());
  CHECK(selectors().make("greedy")->diagnostics(small_setup("joint")->problem()).empty());
}

}  // namespace
}  // namespace maskbench
