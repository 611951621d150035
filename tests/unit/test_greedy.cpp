// greedy against naive_greedy, and both against what greedy means.
#include <catch2/catch.hpp>

#include "tests/contract/tiny_problem.hpp"

namespace maskbench {
namespace {

using contract::Tiny;
using contract::tiny_data;

// The rule in its plainest words.
std::vector<Index> by_hand(const Problem& problem) {
  std::vector<Index> items(problem.kept.begin(), problem.kept.end()), picks;
  while (static_cast<Index>(picks.size()) < problem.rows_to_pick()) {
    Index best = -1;
    double most = 0;
    for (const Index row : problem.candidates) {
      if (std::find(picks.begin(), picks.end(), row) != picks.end()) continue;
      std::vector<Index> with = items;
      with.push_back(row);
      const double value = problem.objective->value(with, problem.expected_rows());
      if (best < 0 || value > most) {
        best = row;
        most = value;
      }
    }
    items.push_back(best);
    picks.push_back(best);
  }
  return picks;
}

TEST_CASE("greedy and naive_greedy pick the same rows in the same order, under every objective") {
  for (const auto& [key, entry] : objectives().entries()) {
    INFO(key);
    Tiny tiny(tiny_data(90), {Unit::rows, 25, Fill::at_most});
    tiny.objective_of(key);
    if (tiny.objective->traits().valueless) continue;  // nothing to be greedy for
    const std::vector<Index> picks = by_hand(tiny.problem());
    CHECK(contract::picks("naive_greedy", tiny.problem()) == picks);
    CHECK(contract::picks("greedy", tiny.problem()) == picks);
    tiny.keep({2, 50, 51});
    CHECK(contract::picks("naive_greedy", tiny.problem()) == by_hand(tiny.problem()));
    CHECK(contract::picks("greedy", tiny.problem()) == by_hand(tiny.problem()));
  }
}

TEST_CASE("greedy and naive_greedy give each pick its gain as score") {
  for (const std::string key : {"disf", "facility_location", "joint"}) {
    INFO(key);
    Tiny tiny(tiny_data(40), {Unit::rows, 8, Fill::at_most});
    tiny.objective_of(key);
    const Selection naive = contract::answer("naive_greedy", tiny.problem()).value();
    const Selection fast = contract::answer("greedy", tiny.problem()).value();
    REQUIRE(naive.score.size() == fast.score.size());
    for (std::size_t k = 0; k < fast.score.size(); ++k)
      CHECK(naive.score[k] == Approx(fast.score[k]).margin(1e-12));
  }
}

TEST_CASE("greedy's ties go to the smaller id") {
  const Tiny tiny = std::move(Tiny(tiny_data(12, contract::Rows::identical), {Unit::rows, 4, Fill::at_most})
                                  .objective_of("pairwise_similarity"));
  CHECK(contract::picks("greedy", tiny.problem()) == std::vector<Index>{0, 1, 2, 3});
  CHECK(contract::picks("naive_greedy", tiny.problem()) == std::vector<Index>{0, 1, 2, 3});
}

TEST_CASE("greedy reaches 1 - 1/e of the best set under facility location") {
  constexpr Index n = 12, picks = 4;
  const Tiny tiny =
      std::move(Tiny(tiny_data(n), {Unit::rows, picks, Fill::at_most}).objective_of("facility_location"));
  const double empty = tiny.objective->value({});
  double best = empty;
  for (unsigned set = 0; set < (1u << n); ++set) {
    if (__builtin_popcount(set) != picks) continue;
    std::vector<Index> items;
    for (Index row = 0; row < n; ++row) {
      if ((set >> row & 1u) != 0) items.push_back(row);
    }
    best = std::max(best, tiny.objective->value(items));
  }
  const double reached = tiny.objective->value(contract::picks("greedy", tiny.problem()));
  CHECK(reached <= best + 1e-12);
  CHECK(reached - empty >= (1 - std::exp(-1.0)) * (best - empty));
}

TEST_CASE("both greedy methods stop at a prefix of a budget in tokens and pass over full quotas") {
  Tiny tiny(tiny_data(60), {Unit::tokens, 1700, Fill::at_most});
  tiny.objective_of("joint");
  const auto all = contract::picks("greedy", tiny.problem());
  CHECK(all == contract::picks("naive_greedy", tiny.problem()));
  tiny.budget = {Unit::rows, 10, Fill::at_most};
  tiny.quotas = {{"topic", 0, 1}};
  const auto few = contract::picks("greedy", tiny.problem());
  CHECK(few == contract::picks("naive_greedy", tiny.problem()));
  CHECK(std::count_if(few.begin(), few.end(), [](Index row) { return row % 3 == 0; }) == 1);
}

TEST_CASE("greedy counts one evaluation a candidate and pick, and checks in at every pick") {
  const Tiny tiny = std::move(Tiny(tiny_data(30), {Unit::rows, 5, Fill::at_most}).objective_of("joint"));
  for (const std::string key : {"greedy", "naive_greedy"}) {
    contract::StrictContext context(1);
    const auto selection = contract::answer(key, tiny.problem(), context);
    CHECK(context.work(Work::gain_evaluations) == 30 + 29 + 28 + 27 + 26);
    CHECK(context.checkpoints == 5);
    CHECK(context.last == selection->items);
  }
}

}  // namespace
}  // namespace maskbench
