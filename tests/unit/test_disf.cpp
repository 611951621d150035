// DiSF: the oracle against plain loops, its shortcuts against the oracle, to the last bit where that is
// promised.
#include <omp.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "algorithms/core/registry.hpp"
#include "algorithms/kernels/packed_products.hpp"
#include "algorithms/objectives/disf/correlation.hpp"
#include "tests/unit/random_rows.hpp"

namespace maskbench {
namespace {

using namespace test;

const std::vector<std::string> kForms = {"disf", "disf[standardise=frozen]", "disf[released_scale=true]",
                                         "disf[released_scale=true,standardise=frozen]"};

// The formula, column by column in two passes; size: the S of the frozen form.
double plain_value(const Dataset& data, const std::string& form, std::span<const Index> items, Index size) {
  const bool frozen = form.find("frozen") != std::string::npos,
             released = form.find("true") != std::string::npos;
  const Index d = data.features().cols;
  const auto at = [&](Index row, Index k) { return static_cast<double>(data.features().row(row)[k]); };
  const std::vector<Index> over =
      frozen ? all_rows(data.size()) : std::vector<Index>(items.begin(), items.end());
  std::vector<double> mean(d), scale(mean.size());
  for (Index k = 0; k < d; ++k) {
    double sum = 0, squares = 0;
    for (const Index row : over) sum += at(row, k);
    sum /= static_cast<double>(over.size());
    for (const Index row : over) squares += (at(row, k) - sum) * (at(row, k) - sum);
    mean[k] = sum;
    scale[k] = std::sqrt(squares / static_cast<double>(over.size() - 1) + 1e-8);
  }
  double total = 0;
  for (Index a = 0; a < d; ++a) {
    for (Index b = 0; b < d; ++b) {
      if (a == b) continue;
      double sum = 0;
      for (const Index row : items) {
        sum += (at(row, a) - mean[a]) / scale[a] * (at(row, b) - mean[b]) / scale[b];
      }
      const double correlation =
          sum / static_cast<double>((frozen ? size : static_cast<Index>(items.size())) - 1);
      total += correlation * correlation;
    }
  }
  return -total / (released ? 10000.0 : static_cast<double>(d * (d - 1)));
}

TEST_CASE("DiSF is the mean squared off-diagonal correlation") {
  for (const auto& [n, d] : {std::pair<Index, Index>{40, 2}, {40, 7}, {60, 16}, {60, 33}}) {
    const auto data = random_rows(static_cast<std::uint64_t>(d), n, d, {.duplicates = true});
    for (const std::string& form : kForms) {
      const auto objective = objective_of(*data, form);
      for (const Index size : {Index{2}, Index{3}, d, n}) {
        const std::vector<Index> items = some_rows(static_cast<std::uint64_t>(size), n, size);
        INFO(form << ", d " << d << ", " << size << " rows");
        CHECK(objective->value(items) == Approx(plain_value(*data, form, items, size)).epsilon(1e-10));
        CHECK(objective->value(items, n + 5) ==
              Approx(plain_value(*data, form, items, n + 5)).epsilon(1e-10));
      }
      CHECK(objective->value({}) == 0);
      CHECK(objective->value(std::vector<Index>{3}) == 0);
      CHECK(objective->value(std::vector<Index>{3}, 9) == 0);
    }
  }
  const auto single = random_rows(1, 12, 1, {.unit_rows = false});
  for (const std::string& form : kForms) CHECK(objective_of(*single, form)->value(all_rows(12)) == 0);
}

TEST_CASE("rows of more than one chunk add up to the same bits as one by one") {
  const auto data = random_rows(5, 700, 19);
  const std::vector<Index> all = all_rows(700);
  for (const std::string& form : kForms) {
    const auto objective = objective_of(*data, form);
    const auto state = objective->start({700, all, {}});
    for (const Index row : all) state->add(row);
    CHECK(state->value() == objective->value(all));
    CHECK(objective->value(all) == Approx(plain_value(*data, form, all, 700)).epsilon(1e-10));
  }
}

TEST_CASE("the products kernel is the plain loop, bit for bit") {
  const Stream stream(6, purpose("products"));
  for (const Index width : {16, 32, 48}) {
    const std::size_t side = width;
    constexpr Index kSteps = 137;  // more than are packed at a time
    std::vector<double> left(kSteps * side), right(left.size()), out(side * side), expected(side * side);
    for (std::size_t k = 0; k < left.size(); ++k) {
      left[k] = stream.uniform(k, 1) - 0.5;
      right[k] = stream.uniform(k, 2) - 0.5;
    }
    for (std::size_t k = 0; k < out.size(); ++k) out[k] = expected[k] = stream.uniform(k, 3);
    add_products(left.data(), right.data(), kSteps, width, out.data());
    for (std::size_t k = 0; k < side; ++k) {
      for (std::size_t l = k; l < side; ++l) {
        for (std::size_t t = 0; t < kSteps; ++t)
          expected[k * side + l] += left[t * side + k] * right[t * side + l];
        REQUIRE(out[k * side + l] == expected[k * side + l]);
      }
    }
    double plain = 0;
    for (std::size_t k = 0; k < side; ++k) {
      for (std::size_t l = k + 1; l < side; ++l) {
        const double entry = out[k * side + l] + left[k] * right[l];
        plain += left[side + k] * left[side + l] * entry * entry;
      }
    }
    const RankOne candidate{left.data(), right.data(), left.data() + side};
    double sums[kRankOnes];
    off_diagonal_squares(out.data(), width, {candidate, candidate, candidate, candidate}, sums);
    for (const double sum : sums) CHECK(sum == Approx(plain).epsilon(1e-12));
    CHECK(sums[0] == sums[3]);
  }
}

TEST_CASE("products of rows, in one go, are the plain loop's, bit for bit") {
  for (const Index d : {5, 16, 35}) {
    const auto data = random_rows(8, 300, d);
    const MatrixView x = data->features();
    const std::vector<Index> rows = some_rows(1, 300, 290);
    const std::size_t side = padded(d);
    std::vector<double> packed, out(side * side, 0.25);
    add_moments(x, rows, packed, out.data());
    for (Index k = 0; k < d; ++k) {
      for (Index l = k; l < d; ++l) {
        double sum = 0.25;
        for (const Index row : rows)
          sum += static_cast<double>(x.row(row)[k]) * static_cast<double>(x.row(row)[l]);
        REQUIRE(out[k * side + l] == sum);
      }
    }
  }
}

TEST_CASE("the Gram matrix of standardised rows is the plain loop's, bit for bit") {
  for (const Index d : {7, 150}) {
    const auto data = random_rows(9, 60, d);
    const MatrixView x = data->features();
    for (const Index count : {2, 16, 37}) {
      const std::vector<Index> rows = some_rows(2, 60, count);
      std::vector<double> mean, scale;
      for (Index k = 0; k < d; ++k) {
        mean.push_back(0.01 * static_cast<double>(k) - 0.3);
        scale.push_back(1.0 / static_cast<double>(k + 3));
      }
      const std::size_t side = padded(count);
      std::vector<double> packed, out(side * side);
      add_gram(x, rows, mean.data(), scale.data(), packed, out.data());
      for (std::size_t i = 0; i < rows.size(); ++i) {
        for (std::size_t j = i; j < rows.size(); ++j) {
          double sum = 0;
          for (std::size_t k = 0; k < mean.size(); ++k) {
            const double zi = (static_cast<double>(x.row(rows[i])[k]) - mean[k]) * scale[k];
            sum += zi * ((static_cast<double>(x.row(rows[j])[k]) - mean[k]) * scale[k]);
          }
          REQUIRE(out[i * side + j] == sum);
        }
      }
    }
  }
}

TEST_CASE("DiSF's rewards keep their digits where means dwarf deviations, and where a column is constant") {
  for (const double mean : {0.0, 3.0, 30.0, 1000.0}) {
    const Stream stream(10, purpose("far from zero"));
    std::vector<float> values;
    for (std::uint64_t i = 0; i < 200; ++i) {
      for (std::uint64_t k = 0; k < 6; ++k) {
        values.push_back(static_cast<float>(k == 5 ? mean : mean + stream.uniform(i, k) - 0.5));
      }
    }
    DatasetBuilder builder("far", 200);
    builder.features("x", values, 6);
    const auto data = builder.build();
    const auto objective = objective_of(*data, "disf");
    const std::vector<Index> all = all_rows(200);
    for (const Index picked : {4, 60}) {
      const MaskSet masks = random_masks(11, 5, 200, picked);
      std::vector<double> rewards(5);
      objective->scorer()->score(all, masks, rewards);
      for (Index mask = 0; mask < 5; ++mask) {
        INFO("mean " << mean << ", " << picked << " rows");
        CHECK(rewards[mask] == Approx(objective->value(rows_of(masks, mask, all))).epsilon(1e-9));
      }
    }
  }
}

TEST_CASE("the state's value and gains are the oracle's to the last bit, through adds and swaps") {
  const auto data = random_rows(30, 60, 9, {.duplicates = true});
  const std::vector<Index> all = all_rows(60);
  for (const std::string& form : kForms) {
    const auto objective = objective_of(*data, form);
    const Stream stream(31, purpose("moves"));
    std::vector<Index> items = some_rows(2, 60, 2);
    const auto state = objective->start({25, all, items});
    for (std::uint64_t step = 0; step < 30; ++step) {
      REQUIRE(state->value() == objective->value(items, 25));
      std::vector<Index> outside = all;
      for (const Index row : items) std::erase(outside, row);
      std::vector<double> gains(outside.size());
      state->gains(outside, gains);
      for (std::size_t k = 0; k < outside.size(); ++k) {
        REQUIRE(gains[k] == objective->value(with(items, outside[k]), 25) - objective->value(items, 25));
      }
      const auto row = outside[stream.below(outside.size(), step)];
      REQUIRE(state->gain(row) == objective->value(with(items, row), 25) - objective->value(items, 25));
      if (step % 3 == 2) {
        state->swap(items[step % items.size()], row);
        items.erase(items.begin() + static_cast<std::ptrdiff_t>(step % items.size()));
      } else {
        state->add(row);
      }
      items.push_back(row);
    }
  }
}

TEST_CASE("greedy DiSF picks what naive greedy picks, ties included") {
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const RowsOptions options{.duplicates = true, .coarse = seed % 2 == 0, .unit_rows = seed % 4 != 1};
    const auto data = random_rows(seed, 50, 3 + static_cast<Index>(seed), options);
    const std::vector<Index> kept = random_subset(Stream(seed, 1), 0, 50, static_cast<Index>(seed % 3));
    std::vector<Index> candidates = all_rows(50);
    for (const Index row : kept) std::erase(candidates, row);
    for (const std::string& form : kForms) {
      const auto objective = objective_of(*data, form);
      const std::vector<Index> picks = greedy_picks(*objective, candidates, kept, 12);
      CHECK(picks == naive_picks(*objective, candidates, kept, 12));
      if (kept.empty()) CHECK(picks.front() == 0);  // all first picks tie
    }
  }
}

TEST_CASE("identical rows have no correlations") {
  DatasetBuilder builder("identical", 6);
  builder.features("x", std::vector<float>{1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3}, 3);
  const auto data = builder.build();
  const auto objective = objective_of(*data, "disf");
  CHECK(objective->value(all_rows(6)) == 0);
  CHECK(greedy_picks(*objective, all_rows(6), {}, 6) == all_rows(6));
}

TEST_CASE("DiSF's mask scorer is the oracle, below and above d rows") {
  const auto data = random_rows(40, 90, 21, {.duplicates = true});
  for (const std::string& form : kForms) {
    const auto objective = objective_of(*data, form);
    const auto scorer = objective->scorer();
    for (const Index picked : {1, 2, 5, 20, 21, 22, 40}) {
      const std::vector<Index> batch = random_subset(Stream(1, 2), 0, 90, 50);
      const MaskSet masks = random_masks(7, 6, 50, picked);
      std::vector<double> rewards(6);
      scorer->score(batch, masks, rewards);
      for (Index mask = 0; mask < 6; ++mask) {
        INFO(form << ", " << picked << " rows");
        const double expected = objective->value(rows_of(masks, mask, batch));
        CHECK(expected == objective->batch_value(rows_of(masks, mask, batch), batch));
        CHECK(rewards[mask] == Approx(expected).epsilon(1e-10));
      }
    }
  }
}

TEST_CASE("the frozen form's expectation is the mean over all sets; the in-set form has no formula") {
  const auto data = random_rows(50, 9, 4, {.duplicates = true});
  for (const std::string& form : kForms) {
    const auto objective = objective_of(*data, form);
    for (Index size = 1; size <= 9; ++size) {
      const auto expected = objective->random_expectation(size);
      REQUIRE(expected.has_value() == (form.find("frozen") != std::string::npos));
      if (!expected) continue;
      double sum = 0;
      int sets = 0;
      for_each_subset(9, size, [&](const std::vector<Index>& items) {
        sum += objective->value(items);
        ++sets;
      });
      CHECK(*expected == Approx(sum / sets).epsilon(1e-10).margin(1e-14));
    }
  }
}

TEST_CASE("DiSF warns of sets with no more rows than dimensions") {
  const auto data = random_rows(60, 20, 9);
  const auto objective = objective_of(*data, "disf");
  REQUIRE(objective->warning(9).has_value());
  CHECK(objective->warning(9)->find("9 rows of 9 dimensions") != std::string::npos);
  CHECK_FALSE(objective->warning(10).has_value());
}

TEST_CASE("DiSF does not depend on the thread count") {
  const auto data = random_rows(70, 600, 40);
  for (const std::string& form : kForms) {
    const auto objective = objective_of(*data, form);
    const std::vector<Index> all = all_rows(600);
    const MaskSet masks = random_masks(3, 10, 600, 50);
    const auto outcome = [&](int threads) {
      omp_set_num_threads(threads);
      std::vector<double> numbers(10);
      objective->scorer()->score(all, masks, numbers);
      numbers.push_back(objective->value(all));
      numbers.push_back(objective->random_expectation(60).value_or(0));
      for (const Index row : greedy_picks(*objective, all, {}, 8))
        numbers.push_back(static_cast<double>(row));
      return numbers;
    };
    const int before = omp_get_max_threads();
    const std::vector<double> one = outcome(1), two = outcome(2);
    omp_set_num_threads(before);
    CHECK(one == two);
  }
}

}  // namespace
}  // namespace maskbench
