// Facility location's 16-bit bounds, its exact neighbours, its relaxation and the dual solver.
#include <omp.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "algorithms/core/registry.hpp"
#include "algorithms/kernels/exact_neighbours.hpp"
#include "algorithms/kernels/rows.hpp"
#include "algorithms/objectives/facility_location/similarity_codes.hpp"
#include "algorithms/relaxation/polyak.hpp"
#include "tests/unit/random_rows.hpp"

namespace maskbench {
namespace {

using namespace test;

double dot_of(const Dataset& data, Index a, Index b) {
  return dot(data.features().row(a), data.features().row(b), data.features().cols);
}

TEST_CASE("a similarity code is never below the similarity, and not far above it") {
  for (const Index d : {3, 40, 131}) {
    const auto data =
        random_rows(static_cast<std::uint64_t>(d), 600, d, {.shared_mean = 0.1, .duplicates = true});
    const std::vector<Index> all = all_rows(600), some = random_subset(Stream(1, 2), 0, 600, 290);
    for (const bool symmetric : {true, false}) {
      const std::vector<Index>& rows = symmetric ? all : some;
      const SimilarityCodes codes(data->features(), rows, all);
      double most = 0;
      for (std::size_t r = 0; r < rows.size(); ++r) {
        for (std::size_t c = 0; c < all.size(); ++c) {
          const double over = codes.row(r)[c] * codes.unit() - dot_of(*data, rows[r], all[c]);
          REQUIRE(over >= 0);
          most = std::max(most, over);
        }
      }
      CHECK(most <= 2 * shortlist_margin(d) + 2.1 * codes.unit());
      for (const double similarity : {-1.0, -0.3, 0.0, 0.77, 1.0}) {
        const double below = codes.below(similarity) * codes.unit();
        CHECK((below <= similarity && below >= similarity - 1.1 * codes.unit()));
      }
    }
  }
}

TEST_CASE("sums and places above a floor are those of a plain loop") {
  const Stream stream(3, purpose("codes"));
  for (const std::size_t count : {1u, 31u, 32u, 33u, 1000u, 40000u}) {
    std::vector<std::int16_t> code(count), floor(count);
    for (std::size_t k = 0; k < count; ++k) {
      code[k] = static_cast<std::int16_t>(static_cast<int>(stream.below(64001, k, 1)) - 32000);
      floor[k] = count % 2 == 0
                     ? std::int16_t{-32000}
                     : static_cast<std::int16_t>(static_cast<int>(stream.below(6000, k, 2)) + 26000);
    }
    std::int64_t sum = 0;
    std::vector<std::int32_t> expected;
    for (std::size_t k = 0; k < count; ++k) {
      sum += std::max(0, code[k] - floor[k]);
      if (code[k] > floor[k]) expected.push_back(static_cast<std::int32_t>(k));
    }
    CHECK(sum_above(code.data(), floor.data(), count) == sum);
    std::vector<std::int32_t> places(count);
    places.resize(places_above(code.data(), floor.data(), count, places.data()));
    CHECK(places == expected);
  }
}

TEST_CASE("exact neighbours are those of a full sort, ties to the smaller place") {
  const auto data = random_rows(5, 900, 9, {.duplicates = true, .coarse = true});
  const std::vector<Index> rows = random_subset(Stream(1, 1), 0, 900, 301),
                           cols = random_subset(Stream(1, 2), 0, 900, 700);
  for (const std::size_t k : {1u, 20u, 700u, 2000u}) {
    const ExactNeighbours lists = exact_neighbours(data->features(), rows, cols, k);
    REQUIRE(lists.per_row == std::min<std::size_t>(k, 700));
    for (std::size_t r = 0; r < rows.size(); r += 7) {
      std::vector<std::pair<double, std::int32_t>> all;
      for (std::size_t c = 0; c < cols.size(); ++c)
        all.emplace_back(-dot_of(*data, rows[r], cols[c]), static_cast<std::int32_t>(c));
      std::sort(all.begin(), all.end());
      for (std::size_t c = 0; c < lists.per_row; ++c) {
        REQUIRE(lists.place[r * lists.per_row + c] == all[c].second);
        REQUIRE(lists.similarity[r * lists.per_row + c] == -all[c].first);
      }
    }
  }
}

TEST_CASE("all states of facility location have the same bits, and no gain is above its bound") {
  const std::string kind = GENERATE("compact", "sparse");
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    INFO(kind << ", seed " << seed);
    const auto data =
        random_rows(seed, 130, 5 + static_cast<Index>(seed),
                    {.shared_mean = seed % 2 == 0 ? 0.5 : 0.0, .duplicates = true, .coarse = seed % 3 == 0});
    const std::string reference = seed % 2 == 0 ? "0" : "77";
    const auto compact =
        objective_of(*data, "facility_location[similarity=" + kind + ",reference=" + reference + "]");
    const auto exact = objective_of(*data, "facility_location[similarity=exact,reference=" + reference + "]");
    const std::vector<Index> all = all_rows(130),
                             candidates = random_subset(Stream(seed, 1), 0, 130, seed < 3 ? 130 : 90);
    std::vector<Index> items = some_rows(seed, 130, static_cast<Index>(seed % 4));
    const auto left = compact->start({30, candidates, items}), right = exact->start({30, candidates, items});
    const Stream stream(seed, purpose("moves"));
    for (std::uint64_t step = 0; step < 25; ++step) {
      REQUIRE(left->value() == right->value());
      std::vector<double> gains(130), expected(130), upper(130);
      left->gains(all, gains);
      right->gains(all, expected);
      left->uppers(all, upper);
      REQUIRE(gains == expected);
      for (std::size_t i = 0; i < 130; ++i) {
        REQUIRE(upper[i] >= gains[i]);
        REQUIRE(upper[i] == left->upper(all[i]));
        REQUIRE(upper[i] <= gains[i] + 3e-4);
      }
      const auto row = static_cast<Index>(stream.below(130, step));
      if (std::find(items.begin(), items.end(), row) != items.end()) continue;
      if (step % 3 == 2 && !items.empty()) {
        left->swap(items.front(), row);
        right->swap(items.front(), row);
        items.erase(items.begin());
      } else {
        left->add(row);
        right->add(row);
      }
      items.push_back(row);
    }
  }
}

Problem problem_of(const Dataset& data, const Objective& objective, std::span<const Index> candidates,
                   std::span<const Index> kept, Index rows) {
  return {data, candidates, kept, {}, &objective, {Unit::rows, rows, Fill::at_most}, {}};
}

TEST_CASE("no bound of 1000 small problems is below the best set, and Polyak's is near it") {
  double gaps = 0, room = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    const Stream stream(seed, purpose("small problems"));
    const auto n = static_cast<Index>(4 + stream.below(9, 0));
    const auto data = random_rows(seed, n, static_cast<Index>(2 + stream.below(5, 1)),
                                  {.shared_mean = seed % 2 == 0 ? 0.4 : 0.0, .duplicates = seed % 5 == 0});
    const bool sampled = seed % 3 == 0;
    const auto objective =
        objective_of(*data, sampled ? "facility_location[reference=4]" : "facility_location");
    const std::vector<Index> kept = random_subset(stream, 9, n, static_cast<Index>(seed % 3));
    std::vector<Index> candidates;
    for (Index row = 0; row < n; ++row) {
      if (std::find(kept.begin(), kept.end(), row) == kept.end()) candidates.push_back(row);
    }
    const auto picks = static_cast<Index>(1 + stream.below(candidates.size(), 2));
    double best = -1, sum = 0, sets = 0;
    for_each_subset(static_cast<Index>(candidates.size()), picks, [&](const std::vector<Index>& places) {
      std::vector<Index> items(kept);
      for (const Index place : places) items.push_back(candidates[place]);
      const double value = objective->value(items);
      best = std::max(best, value);
      sum += value;
      ++sets;
    });
    const Problem problem =
        problem_of(*data, *objective, candidates, kept, picks + static_cast<Index>(kept.size()));
    const auto relaxation = objective->relax(problem);
    std::vector<double> dual =
        relaxation->dual(std::vector<double>(candidates.size(), problem.expected_share()));
    REQUIRE(relaxation->bound(dual) >= best);
    for (std::size_t i = 0; i < dual.size(); ++i) dual[i] = 2.4 * stream.uniform(i, 7) - 1.2;
    REQUIRE(relaxation->bound(dual) >= best);
    const auto polyak = polyak_bound(*relaxation, best, {.iterations = 200}, [] { return false; });
    REQUIRE(polyak->bound >= best);
    REQUIRE(polyak->bound == relaxation->bound(polyak->dual));
    gaps += polyak->bound - best;
    room += polyak->bound - sum / sets;
  }
  CHECK(gaps <= 0.01 * room);
}

TEST_CASE("with neighbours left out F and bounds stay above those of all pairs") {
  const auto data = random_rows(70, 500, 6, {.shared_mean = 0.2});
  const auto objective = objective_of(*data, "facility_location");
  const std::vector<Index> all = all_rows(500), kept = {3, 99};
  std::vector<Index> candidates(all);
  for (const Index row : kept) std::erase(candidates, row);
  const Problem problem = problem_of(*data, *objective, candidates, kept, 252);  // a list holds 64 of 498
  const auto relaxation = objective->relax(problem);
  const Stream stream(1, purpose("neighbours left out"));
  double best = -1;
  for (std::uint64_t draw = 0; draw < 30; ++draw) {
    std::vector<Index> items(kept);
    std::vector<double> inclusion(candidates.size(), 0.0), level(500), slope(candidates.size());
    for (const Index place : random_subset(stream, draw, 498, 250)) {
      inclusion[place] = 1;
      items.push_back(candidates[place]);
    }
    const double value = objective->value(items);
    best = std::max(best, value);
    CHECK(relaxation->value(inclusion) == Approx(value).epsilon(1e-12));
    for (std::size_t i = 0; i < 500; ++i) level[i] = 0.4 + 0.6 * stream.uniform(i, draw);
    // The dual of all pairs, in plain loops, with tau clamped at the nearest kept row and at the 64th
    // neighbour.
    double expected = 0;
    for (std::size_t i = 0; i < 500; ++i) {
      std::vector<double> similarity;
      for (const Index row : candidates) similarity.push_back(dot_of(*data, all[i], row));
      std::vector<double> sorted = similarity;
      std::sort(sorted.rbegin(), sorted.rend());
      double tau = std::max(level[i], sorted[63]);
      for (const Index row : kept) tau = std::max(tau, dot_of(*data, all[i], row));
      expected += tau / 500;
      for (std::size_t c = 0; c < candidates.size(); ++c)
        slope[c] += std::max(0.0, similarity[c] - tau) / 500;
    }
    std::sort(slope.rbegin(), slope.rend());
    for (std::size_t k = 0; k < 250; ++k) expected += slope[k];
    CHECK(relaxation->bound(level) == Approx(expected).epsilon(1e-9));
  }
  const auto first = polyak_bound(*relaxation, best, {.iterations = 1}, [] { return false; });
  const auto polyak = polyak_bound(*relaxation, best, {}, [] { return false; });
  CHECK(polyak->bound >= best);
  CHECK(polyak->bound < first->bound);
  CHECK(polyak_bound(*relaxation, best, {}, [] { return true; })->bound ==
        first->bound);  // stopped at once: still a bound
  const auto linear = make_objective("pairwise_similarity", {*data, {}, 252});
  CHECK_FALSE(polyak_bound(*linear->relax(problem), -2, {}, [] { return false; }).has_value());
}

TEST_CASE("the relaxation and its bound do not depend on the thread count") {
  const auto data = random_rows(71, 700, 20);
  const auto objective = objective_of(*data, "facility_location");
  const std::vector<Index> all = all_rows(700);
  const Problem problem = problem_of(*data, *objective, all, {}, 200);
  const auto outcome = [&](int threads) {
    omp_set_num_threads(threads);
    const auto relaxation = objective->relax(problem);
    return polyak_bound(*relaxation, 0.9, {.iterations = 40}, [] { return false; })->dual;
  };
  const int before = omp_get_max_threads();
  const auto one = outcome(1), two = outcome(2);
  omp_set_num_threads(before);
  CHECK(one == two);
}

}  // namespace
}  // namespace maskbench
