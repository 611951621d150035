// Facility location: the oracle against plain loops, its shortcuts against the oracle, to the last bit where
// that is promised.
#include <omp.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "algorithms/core/registry.hpp"
#include "algorithms/kernels/row_block.hpp"
#include "algorithms/kernels/row_products.hpp"
#include "algorithms/kernels/rows.hpp"
#include "algorithms/kernels/similarity.hpp"
#include "tests/unit/random_rows.hpp"

namespace maskbench {
namespace {

using namespace test;

double plain_dot(const Dataset& data, Index i, Index j) {
  double sum = 0;
  for (Index k = 0; k < data.features().cols; ++k) {
    sum += static_cast<double>(data.features().row(i)[k]) * static_cast<double>(data.features().row(j)[k]);
  }
  return sum;
}

double plain_value(const Dataset& data, std::span<const Index> items, std::span<const Index> reference) {
  double total = 0;
  for (const Index i : reference) {
    double best = -1;
    for (const Index j : items) best = std::max(best, plain_dot(data, i, j));
    total += best;
  }
  return total / static_cast<double>(reference.size());
}

const std::vector<std::string> kKernels = {"facility_location", "facility_location[kernel_bytes=0]"};

TEST_CASE("tiles of dot products have the bits of dot(), the float32 ones lie within the margin") {
  for (const Index d : {1, 7, 8, 16, 19, 40, 131}) {
    const auto data = random_rows(static_cast<std::uint64_t>(d), 90, d, {.duplicates = true});
    const std::vector<Index> rows = some_rows(1, 90, 37), cols = some_rows(2, 90, 71);
    std::vector<double> exact(rows.size() * 80, -7.0);
    std::vector<float> rough(rows.size() * 80);
    similarity_tile(data->features(), rows, cols, exact.data(), 80);
    std::vector<float> row_copy, col_copy;
    row_products(row_block(data->features(), rows, row_copy), row_block(data->features(), cols, col_copy),
                 rough.data(), 80);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      for (std::size_t j = 0; j < cols.size(); ++j) {
        const double expected = dot(data->features().row(rows[i]), data->features().row(cols[j]), d);
        REQUIRE(exact[i * 80 + j] == expected);
        REQUIRE(expected == Approx(plain_dot(*data, rows[i], cols[j])).epsilon(1e-13).margin(1e-15));
        REQUIRE(std::abs(static_cast<double>(rough[i * 80 + j]) - expected) <= shortlist_margin(d));
      }
      REQUIRE(exact[i * 80 + 75] == -7.0);  // nothing beyond the columns
    }
  }
}

TEST_CASE("row maxima are the exact maxima, among near-duplicates too") {
  constexpr Index kRows = 700, kDims = 24;
  const Stream stream(3, purpose("close rows"));
  std::vector<float> features;  // rows that float32 dot products can hardly tell apart
  for (Index i = 0; i < kRows; ++i) {
    for (Index k = 0; k < kDims; ++k) {
      const double wide =
          stream.uniform(static_cast<std::uint64_t>(i % 7), static_cast<std::uint64_t>(k)) - 0.4;
      features.push_back(static_cast<float>(
          wide + 2e-7 * stream.uniform(static_cast<std::uint64_t>(i + 10), static_cast<std::uint64_t>(k))));
    }
  }
  DatasetBuilder builder("close", kRows);
  builder.features("x", std::move(features), kDims);
  const auto data = builder.build();
  const std::vector<Index> rows = all_rows(kRows);
  std::size_t surprises = 0;  // rows whose float32 maximum is at another column than the exact one
  for (const Index count : {1, 3, 600}) {
    const std::vector<Index> cols = some_rows(static_cast<std::uint64_t>(count), kRows, count);
    std::vector<double> best(rows.size());
    row_maxima(data->features(), rows, cols, best);
    std::vector<float> rough(cols.size()), row_copy, col_copy;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      double expected = -1;
      std::size_t nearest = 0;
      for (std::size_t j = 0; j < cols.size(); ++j) {
        const double value = dot(data->features().row(rows[i]), data->features().row(cols[j]), kDims);
        if (value > expected) {
          expected = value;
          nearest = j;
        }
      }
      REQUIRE(best[i] == expected);
      row_products(row_block(data->features(), {&rows[i], 1}, row_copy),
                   row_block(data->features(), cols, col_copy), rough.data(), count);
      surprises += rough[nearest] < *std::max_element(rough.begin(), rough.end());
    }
  }
  CHECK(surprises > 100);  // else the test shows nothing
}

TEST_CASE("facility location is the mean of the largest similarities") {
  for (const Index d : {3, 8, 21}) {
    const auto data =
        random_rows(10 + static_cast<std::uint64_t>(d), 80, d, {.shared_mean = d == 8 ? 0.0 : 0.5});
    const auto objective = objective_of(*data, "facility_location");
    const std::vector<Index> all = all_rows(80);
    CHECK(objective->value({}) == -1);
    for (const Index size : {1, 2, 9, 80}) {
      const std::vector<Index> items = some_rows(4, 80, size);
      const double expected = plain_value(*data, items, all);
      CHECK(objective->value(items) == Approx(expected).epsilon(1e-12).margin(1e-12));
      CHECK(objective->value(items, 50) == objective->value(items));  // no S in its denominators
      const std::vector<Index> batch = some_rows(5, 80, 23);
      CHECK(objective->batch_value(items, batch) ==
            Approx(plain_value(*data, items, batch)).epsilon(1e-12).margin(1e-12));
    }
  }
}

TEST_CASE("a reference sample is fixed by the data, and every row is nearest to itself") {
  const auto data = random_rows(20, 60, 6), other = random_rows(21, 60, 6);
  const std::vector<Index> items = some_rows(1, 60, 5), all = all_rows(60);
  const auto sampled = objective_of(*data, "facility_location[reference=20]");
  CHECK(sampled->value(items) == objective_of(*data, "facility_location[reference=20]")->value(items));
  CHECK(sampled->value(items) != objective_of(*data, "facility_location")->value(items));
  CHECK(sampled->value(all) == Approx(1).epsilon(1e-4));
  CHECK(objective_of(*data, "facility_location[reference=60]")->value(items) ==
        objective_of(*data, "facility_location")->value(items));
  // The members of the sample are what the value of a one-row set says of the rows that it is made of.
  const auto single = objective_of(*data, "facility_location[reference=1]");
  const auto is_reference = [&](Index row) {
    for (const Index item : all) {
      if (std::abs(single->value(std::vector{item}) - plain_dot(*data, row, item)) > 1e-12) return false;
    }
    return true;
  };
  CHECK(std::count_if(all.begin(), all.end(), is_reference) == 1);
  CHECK_THROWS_AS(objective_of(*data, "facility_location[reference=61]"), UserError);
  CHECK_THROWS_AS(objective_of(*random_rows(1, 9, 3, {.unit_rows = false}), "facility_location"), UserError);
}

TEST_CASE("greedy facility location picks what naive greedy picks, ties included") {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    const RowsOptions options{
        .shared_mean = seed % 2 == 0 ? 0.5 : 0.0, .duplicates = true, .coarse = seed % 3 == 0};
    const auto data = random_rows(seed, 70, 4 + static_cast<Index>(seed), options);
    const std::vector<Index> kept = random_subset(Stream(seed, 1), 0, 70, static_cast<Index>(seed % 3));
    std::vector<Index> candidates;
    for (Index i = 0; i < 70; ++i) {
      if (i % 7 != 3 && std::find(kept.begin(), kept.end(), i) == kept.end()) candidates.push_back(i);
    }
    for (const char* reference : {"0", "31"}) {
      const std::string text = std::string("facility_location[reference=") + reference;
      const auto stored = objective_of(*data, text + "]"),
                 lean = objective_of(*data, text + ",kernel_bytes=0]");
      const std::vector<Index> naive = naive_picks(*stored, candidates, kept, 15);
      CHECK(greedy_picks(*stored, candidates, kept, 15) == naive);
      CHECK(greedy_picks(*lean, candidates, kept, 15) == naive);
    }
  }
}

TEST_CASE("the state's value and gains are the oracle's through adds and swaps") {
  const auto data = random_rows(30, 90, 11, {.duplicates = true});
  const std::vector<Index> all = all_rows(90);
  for (const std::string& text : kKernels) {
    const auto objective = objective_of(*data, text);
    const Stream stream(31, purpose("moves"));
    std::vector<Index> items = some_rows(2, 90, 3);
    const auto state = objective->start({30, all, items});
    for (std::uint64_t step = 0; step < 40; ++step) {
      REQUIRE(state->value() == objective->value(items));
      const auto row = static_cast<Index>(stream.below(90, step));
      if (std::find(items.begin(), items.end(), row) != items.end()) continue;
      const double gain = objective->value(with(items, row)) - objective->value(items);
      REQUIRE(state->gain(row) == Approx(gain).epsilon(1e-12).margin(1e-14));
      REQUIRE(state->gain(row) == objective->start({30, std::span(all).first(1), items})->gain(row));
      if (step % 3 == 2) {
        state->swap(items[step % items.size()], row);
        items.erase(items.begin() + static_cast<std::ptrdiff_t>(step % items.size()));
      } else {
        state->add(row);
      }
      items.push_back(row);
      const auto fresh = objective->start({30, all, items});
      std::vector<double> gains(90), expected(90);
      state->gains(all, gains);
      fresh->gains(all, expected);
      REQUIRE(gains == expected);
      REQUIRE(gains[row] == 0);
    }
  }
}

TEST_CASE("facility location is monotone and submodular, and greedy keeps its guarantee") {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const auto data = random_rows(seed, 11, 3, {.shared_mean = 0.0});
    const auto objective = objective_of(*data, "facility_location");
    for (std::uint64_t draw = 0; draw < 60; ++draw) {
      const std::vector<Index> order = some_rows(100 * seed + draw, 11, 8);
      const std::vector<Index> few(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(draw % 4));
      const std::vector<Index> many(order.begin(), order.end() - 1);
      const double early = objective->value(with(few, order.back())) - objective->value(few);
      const double late = objective->value(order) - objective->value(many);
      REQUIRE(late >= 0);
      REQUIRE(early >= late - 1e-15);
    }
    double best = -1;
    for_each_subset(11, 4,
                    [&](const std::vector<Index>& items) { best = std::max(best, objective->value(items)); });
    const double greedy = objective->value(greedy_picks(*objective, all_rows(11), {}, 4));
    CHECK(greedy <= best);
    CHECK(greedy + 1 >= (1 - std::exp(-1.0)) * (best + 1));  // of f + 1, which is 0 for the empty set
  }
}

TEST_CASE("facility location's mask scorer is its oracle of a step") {
  const auto data = random_rows(40, 400, 13);
  const auto objective = objective_of(*data, "facility_location");
  const auto scorer = objective->scorer();
  for (const auto& [rows, picked] : {std::pair<Index, Index>{300, 20}, {128, 1}, {5, 5}, {257, 64}}) {
    const std::vector<Index> batch = random_subset(Stream(1, 2), static_cast<std::uint64_t>(rows), 400, rows);
    const MaskSet masks = random_masks(7, 9, rows, picked);
    std::vector<double> rewards(9);
    scorer->score(batch, masks, rewards);
    for (Index mask = 0; mask < 9; ++mask) {
      const double expected = objective->batch_value(rows_of(masks, mask, batch), batch);
      CHECK(std::abs(rewards[mask] - expected) <= 1e-7);
    }
  }
}

TEST_CASE("facility location's expectation is the mean over all sets") {
  const auto data = random_rows(50, 9, 4, {.shared_mean = 0.1, .duplicates = true});
  for (const std::string text : {"facility_location", "facility_location[reference=4]"}) {
    const auto objective = objective_of(*data, text);
    for (Index size = 0; size <= 9; ++size) {
      double sum = 0;
      int sets = 0;
      for_each_subset(9, size, [&](const std::vector<Index>& items) {
        sum += objective->value(items);
        ++sets;
      });
      REQUIRE(objective->random_expectation(size).has_value());
      CHECK(*objective->random_expectation(size) == Approx(sum / sets).epsilon(1e-12));
    }
  }
}

TEST_CASE("facility location does not depend on the thread count") {
  const auto data = random_rows(60, 900, 17, {.duplicates = true});
  const auto objective = objective_of(*data, "facility_location");
  const std::vector<Index> all = all_rows(900), items = some_rows(1, 900, 40);
  const MaskSet masks = random_masks(3, 10, 900, 30);
  struct Outcome {
    double value, expectation;
    std::vector<Index> picks;
    std::vector<double> rewards;
    bool operator==(const Outcome&) const = default;
  };
  const auto outcome = [&](int threads) {
    omp_set_num_threads(threads);
    Outcome result{objective->value(items),
                   *objective->random_expectation(90),
                   greedy_picks(*objective, all, {}, 30),
                   {}};
    result.rewards.resize(10);
    objective->scorer()->score(all, masks, result.rewards);
    return result;
  };
  const int before = omp_get_max_threads();
  const Outcome one = outcome(1), two = outcome(2);
  omp_set_num_threads(before);
  CHECK(one == two);
}

}  // namespace
}  // namespace maskbench
