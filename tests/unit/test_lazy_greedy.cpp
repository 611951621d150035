// The greedy family that looks at few gains: lazy_greedy against greedy, stochastic and threshold greedy
// against their rules.
#include <catch2/catch.hpp>

#include "tests/contract/tiny_problem.hpp"

namespace maskbench {
namespace {

using contract::picks;
using contract::Rows;
using contract::Tiny;
using contract::tiny_data;

const std::vector<std::string> kSubmodular = {"facility_location",
                                              "facility_location[similarity=compact]",
                                              "facility_location[similarity=exact]",
                                              "facility_location[reference=31]",
                                              "facility_location[kernel_bytes=0]",
                                              "joint[diversity=facility_location]",
                                              "quality",
                                              "joint[lambda=1]"};

std::int64_t evaluations(const std::string& selector, const Problem& problem) {
  contract::StrictContext context(1);
  contract::answer(selector, problem, context);
  return context.work(Work::gain_evaluations);
}

TEST_CASE("lazy_greedy picks what greedy picks, ties, kept rows, quotas and tokens included") {
  for (const std::string& objective : kSubmodular) {
    for (const Rows rows : {Rows::different, Rows::identical}) {
      INFO(objective << (rows == Rows::identical ? ", identical rows" : ""));
      Tiny tiny(tiny_data(120, rows), {Unit::rows, 40, Fill::at_most});
      tiny.objective_of(objective);
      const auto same = [&] {
        CHECK(picks("lazy_greedy", tiny.problem()) == picks("greedy", tiny.problem()));
      };
      same();
      tiny.quotas = {{"topic", 0, 3}, {"topic", 1, 0}};
      same();
      tiny.quotas.clear();
      tiny.budget = {Unit::tokens, 2500, Fill::at_most};
      same();
      tiny.budget = {Unit::tokens, 2500, Fill::at_least};
      same();
      tiny.budget = {Unit::rows, 40, Fill::at_most};
      tiny.keep({2, 50, 51});
      std::erase_if(tiny.candidates, [](Index row) { return row % 5 == 3; });
      same();
      tiny.budget.amount = 200;  // more than there are
      same();
    }
  }
}

TEST_CASE("lazy_greedy looks at far fewer gains than greedy, and refuses what is not submodular") {
  Tiny tiny(tiny_data(800), {Unit::rows, 100, Fill::at_most});
  tiny.objective_of("facility_location");
  CHECK(10 * evaluations("lazy_greedy", tiny.problem()) < evaluations("greedy", tiny.problem()));
  for (const char* other : {"pairwise_similarity", "disf", "joint"}) {
    tiny.objective_of(other);
    CHECK(selectors().make("lazy_greedy")->refuses(tiny.problem()).has_value());
  }
}

TEST_CASE("stochastic_greedy with samples of all rows is greedy, and smaller samples cost less") {
  Tiny tiny(tiny_data(150), {Unit::rows, 30, Fill::at_most});
  for (const std::string objective : {"facility_location", "joint", "disf"}) {
    INFO(objective);
    tiny.objective_of(objective);
    CHECK(picks("stochastic_greedy[epsilon=1e-12]", tiny.problem()) == picks("greedy", tiny.problem()));
    CHECK(evaluations("stochastic_greedy[epsilon=0.5]", tiny.problem()) <
          evaluations("stochastic_greedy[epsilon=0.001]", tiny.problem()));
  }
  tiny.objective_of("quality");  // a sample of ceil(150 / 30 ln 2) = 4 rows: gains are scores, every pick is
                                 // the best of four
  std::vector<int> rank(150, 0);
  double mean = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const Index first = picks("stochastic_greedy[epsilon=0.5]", tiny.problem(), seed).front();
    for (const double q : tiny.quality) mean += q > tiny.quality[first];
  }
  CHECK(std::abs(mean / 400 - (150.0 - 4) / 5) <
        4);  // rows above the best of 4 of 150: (150 - 4)/5 on average, deviation 1.2
}

// The rule in its plainest words.
std::vector<Index> thresholds_by_hand(const Problem& problem, double epsilon) {
  std::vector<Index> left(problem.candidates.begin(), problem.candidates.end()), items;
  const Objective& f = *problem.objective;
  const auto gain = [&](Index row) {
    std::vector<Index> with = items;
    with.push_back(row);
    return f.value(with, problem.expected_rows()) - f.value(items, problem.expected_rows());
  };
  double d = 0;
  for (const Index row : left) d = std::max(d, gain(row));
  const double end = epsilon * d / static_cast<double>(left.size());
  for (double w = d; w >= end; w *= 1 - epsilon) {
    for (const Index row : problem.candidates) {
      if (static_cast<Index>(items.size()) == problem.rows_to_pick()) return items;
      if (std::find(items.begin(), items.end(), row) == items.end() && gain(row) >= w) items.push_back(row);
    }
  }
  return items;
}

TEST_CASE("threshold_greedy follows its rule and fills the budget") {
  for (const std::string objective : {"facility_location", "facility_location[similarity=exact]"}) {
    for (const std::string epsilon : {"0.02", "0.3"}) {
      Tiny tiny(tiny_data(70), {Unit::rows, 25, Fill::at_most});
      tiny.objective_of(objective);
      const auto expected = thresholds_by_hand(tiny.problem(), std::stod(epsilon));
      const auto given = picks("threshold_greedy[epsilon=" + epsilon + "]", tiny.problem());
      REQUIRE(given.size() == 25);
      CHECK(std::vector<Index>(given.begin(), given.begin() + static_cast<std::ptrdiff_t>(expected.size())) ==
            expected);
    }
  }
  Tiny same(tiny_data(30, Rows::identical), {Unit::rows, 12, Fill::at_most});
  same.objective_of("facility_location");  // all gains are 0 after the first pick
  CHECK(picks("threshold_greedy", same.problem()).size() == 12);
}

}  // namespace
}  // namespace maskbench
