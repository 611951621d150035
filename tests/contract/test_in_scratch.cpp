// Every selector and objective that says it walks tiles: features in a scratch file, whatever the size of a
// tile, change nothing.
#include <omp.h>
#include <catch2/catch.hpp>

#include "algorithms/metrics/metrics.hpp"
#include "tests/contract/in_scratch.hpp"
#include "tests/contract/tiny_problem.hpp"

namespace maskbench::contract {
namespace {

constexpr Index kWalked = 2500;                                     // more than two blocks of a sum
constexpr std::size_t kTiles[] = {1, 100 * 4 * kDims, kTileBytes};  // a row, some rows, all of a block

std::vector<std::string> walking_objectives() {
  std::vector<std::string> texts;
  for (const auto& [key, entry] : objectives().entries()) {
    if (entry.traits.walks_tiles) texts.push_back(key);
  }
  return texts;
}

Tiny problem_on(std::shared_ptr<const Dataset> data, const std::string& objective, bool kept) {
  Tiny tiny(std::move(data), {Unit::rows, 60, Fill::at_most});
  if (kept) tiny.keep({3, 700, 701, 2400});
  tiny.objective_of(objective);
  return tiny;
}

TEST_CASE("what walks tiles gives the same answer from a scratch file") {
  const int before = omp_get_max_threads();
  const auto data = tiny_data(kWalked);
  int compared = 0;
  for (const std::string& objective : walking_objectives()) {
    for (const bool kept : {false, true}) {
      const Tiny tiny = problem_on(data, objective, kept);
      for (const auto& [key, entry] : selectors().entries()) {
        const std::string text = short_text(entry);
        if (!entry.traits.walks_tiles || !selectors().make(text).refusal(tiny.problem()).empty()) continue;
        StrictContext context(5);
        const Selection wanted = answer(text, tiny.problem(), context).value();
        for (const std::size_t tile : kTiles) {
          const Tiny walked = problem_on(in_scratch(*data, tile), objective, kept);
          for (const int threads : {1, 2}) {
            INFO(key << " under " << objective << ", tiles of " << tile << " bytes, threads " << threads);
            StrictContext other(5);
            omp_set_num_threads(threads);
            const auto got = answer(text, walked.problem(), other);
            omp_set_num_threads(before);
            REQUIRE(got.has_value());
            CHECK(got->items == wanted.items);
            CHECK(got->score == wanted.score);
            CHECK(other.work() == context.work());
            ++compared;
          }
        }
      }
    }
  }
  CHECK(compared >= 5 * 3 * 2);
}

TEST_CASE("objectives that walk tiles have the same values, slopes and gains from a scratch file") {
  const auto data = tiny_data(kWalked);
  for (const std::string& objective : walking_objectives()) {
    const Tiny tiny = problem_on(data, objective, true);
    const Problem problem = tiny.problem();
    const std::vector<Index> items = picks("random", problem, 9);
    const auto relaxation = tiny.objective->relax(problem);
    const std::vector<double> inclusion(problem.candidates.size(), problem.expected_share());
    std::vector<double> slopes(inclusion.size()), gains(inclusion.size());
    relaxation->gradient(inclusion, slopes);
    const auto state = tiny.objective->start(GreedyStart::of(problem));
    state->add(items[0]);
    state->gains(problem.candidates, gains);
    for (const std::size_t tile : kTiles) {
      INFO(objective << ", tiles of " << tile << " bytes");
      const Tiny other = problem_on(in_scratch(*data, tile), objective, true);
      CHECK(other.data->digest() == data->digest());
      CHECK(digest_of(other.data->parts()) == data->digest());
      CHECK(other.objective->value(items) == tiny.objective->value(items));
      CHECK(other.objective->random_expectation(60) == tiny.objective->random_expectation(60));
      std::vector<double> walked(inclusion.size());
      const auto its = other.objective->relax(other.problem());
      its->gradient(inclusion, walked);
      CHECK(walked == slopes);
      CHECK(its->bound(its->dual(inclusion)) == relaxation->bound(relaxation->dual(inclusion)));
      const auto its_state = other.objective->start(GreedyStart::of(other.problem()));
      its_state->add(items[0]);
      its_state->gains(other.problem().candidates, walked);
      CHECK(walked == gains);
      CHECK(its_state->value() == state->value());
    }
  }
}

TEST_CASE("metrics are the same from a scratch file, or say why they are missing") {
  const auto data = tiny_data(kWalked);
  const std::vector<Index> items = picks("random", problem_on(data, "joint", false).problem(), 9);
  const auto wanted = evaluate_metrics(*data, items, data->quality_columns());
  const auto got = evaluate_metrics(*in_scratch(*data, 100), items, data->quality_columns());
  REQUIRE(got.size() == wanted.size());
  for (std::size_t k = 0; k < got.size(); ++k) {
    INFO(wanted[k].name);
    CHECK(got[k].name == wanted[k].name);
    if (got[k].name == "facility_location") {
      CHECK((!got[k].value && got[k].left_out));
    } else {
      CHECK(got[k].value == wanted[k].value);
    }
  }
}

TEST_CASE("code that jumps among all rows is told that they lie in a scratch file") {
  const auto data = in_scratch(*tiny_data(30), 100);
  CHECK_THROWS_AS(data->features(), UserError);
  CHECK_THROWS_AS(make_objective("facility_location", {*data, {}, 12}), UserError);
  CHECK_THROWS_AS(make_objective("pairwise_similarity", {*data, {}, 12})->scorer(), UserError);
}

}  // namespace
}  // namespace maskbench::contract
