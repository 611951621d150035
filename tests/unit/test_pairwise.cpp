// Pairwise similarity and joint: shortcuts against the oracle, the oracle against all pairs, the bound
// against brute force.
#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>

#include "algorithms/core/registry.hpp"
#include "algorithms/core/selector.hpp"
#include "algorithms/datamask/rounded_scorer.hpp"
#include "algorithms/kernels/masked_row_sums.hpp"
#include "algorithms/kernels/random_subset.hpp"
#include "algorithms/kernels/rows.hpp"

using namespace maskbench;

namespace {

std::shared_ptr<const Dataset> made_data(std::uint64_t seed, Index n, Index d, bool unit_rows = true) {
  const Stream stream(seed, purpose("test data"));
  std::vector<float> features;
  std::vector<float> score;
  for (Index i = 0; i < n; ++i) {
    for (Index k = 0; k < d; ++k) {
      features.push_back(
          static_cast<float>(stream.uniform(static_cast<std::uint64_t>(i * d + k)) + (k == 0 ? 0.7 : -0.5)));
    }
    score.push_back(static_cast<float>(stream.uniform(static_cast<std::uint64_t>(i), 1)));
  }
  DatasetBuilder builder("random", n);
  builder.features("x", std::move(features), d, unit_rows);
  builder.score("q", std::move(score));
  builder.quality_columns({"q"});
  return builder.build();
}

double all_pairs(const Dataset& data, const std::vector<Index>& items) {
  double sum = 0;
  for (const Index i : items) {
    for (const Index j : items) {
      if (i == j) continue;
      for (Index k = 0; k < data.features().cols; ++k) {
        sum +=
            static_cast<double>(data.features().row(i)[k]) * static_cast<double>(data.features().row(j)[k]);
      }
    }
  }
  return -sum / (static_cast<double>(items.size()) * static_cast<double>(items.size() - 1));
}

std::vector<Index> bits_of(unsigned set) {
  std::vector<Index> items;
  for (Index i = 0; i < 32; ++i) {
    if ((set >> i & 1u) != 0) items.push_back(i);
  }
  return items;
}

}  // namespace

TEST_CASE("pairwise similarity is the mean over all pairs, for unit rows and others") {
  for (const bool unit : {true, false}) {
    const auto data = made_data(1, 30, 7, unit);
    const std::vector<std::string> none;
    const auto objective = make_objective("pairwise_similarity", {*data, none, 0});
    const std::vector<Index> items{3, 4, 8, 15, 20, 29};
    CHECK(objective->value(items) == Approx(all_pairs(*data, items)).epsilon(1e-12));
    CHECK(objective->value(std::vector<Index>{3}) == 0);
    CHECK(objective->value(items, 10) == Approx(all_pairs(*data, items) * 30 / 90).epsilon(1e-12));
  }
}

TEST_CASE(
    "the bound of joint is never below the best set, at any point, and is tight at the optimum's "
    "relaxation") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const auto data = made_data(seed, 11, 4, seed % 2 == 0);
    const std::vector<std::string> quality{"q"};
    const auto objective = make_objective("joint[lambda=0.3]", {*data, quality, 4});
    std::vector<Index> all(11);
    std::iota(all.begin(), all.end(), Index{0});
    const Problem problem{*data, all, {}, objective->quality(), objective.get(), {Unit::rows, 4}, {}};
    const auto relaxation = objective->relax(problem);
    double best = -1e9, random = 0;
    int sets = 0;
    for (unsigned set = 0; set < (1u << 11); ++set) {
      if (std::popcount(set) != 4) continue;
      const double value = objective->value(bits_of(set));
      best = std::max(best, value);
      random += value;
      ++sets;
      std::vector<double> corner(11, 0.0);
      for (const Index i : bits_of(set)) corner[i] = 1;
      REQUIRE(relaxation->value(corner) == Approx(value).epsilon(1e-10).margin(1e-12));
    }
    CHECK(*objective->random_expectation(4) == Approx(random / sets).epsilon(1e-9));
    const Stream stream(seed, purpose("points"));
    for (std::uint64_t point = 0; point < 20; ++point) {
      std::vector<double> inclusion(11);
      for (std::size_t i = 0; i < 11; ++i) inclusion[i] = stream.uniform(i, point);
      REQUIRE(relaxation->bound(relaxation->dual(inclusion)) >= best);
    }
  }
}

TEST_CASE("scaling by deviation makes both terms vary alike over random sets") {
  const auto data = made_data(4, 200, 6);
  const std::vector<std::string> quality{"q"};
  const auto quality_only = make_objective("joint[lambda=1,scaling=sd]", {*data, quality, 20});
  const auto diversity_only = make_objective("joint[lambda=0,scaling=sd]", {*data, quality, 20});
  for (const Objective* term : {quality_only.get(), diversity_only.get()}) {
    double sum = 0, squares = 0;
    for (std::uint64_t draw = 0; draw < 4000; ++draw) {
      const double value = term->value(random_subset(Stream(8, 8), draw, 200, 20));
      sum += value;
      squares += value * value;
    }
    CHECK(std::sqrt(squares / 4000 - (sum / 4000) * (sum / 4000)) ==
          Approx(1.0).epsilon(0.15));  // 256 probes: 4.4 % each
  }
}

TEST_CASE("one walk over the batch gives the masks' sums, row by row in batch order") {
  for (const Index d : {1, 64, 133, 800}) {
    const auto data = made_data(6, 700, d);
    const auto batch = random_subset(Stream(1, 1), 0, 700, 500);
    const MatrixView x = data->features();
    std::vector<Index> all(700);
    std::iota(all.begin(), all.end(), Index{0});
    const RoundedRows halves(x, all, DType::bf16), bytes(x, all, DType::i8);
    const StoredRows stored[] = {x, halves.view(), bytes.view()};
    MaskedRowSums kernel;
    for (const StoredRows& rows : stored) {
      for (const bool shuffled : {false, true}) {
        MaskSet masks{16, 131, {}};
        for (std::uint64_t j = 0; j < 16; ++j) {
          std::vector<Index> positions = random_subset(Stream(2, 2), j, 500, 131);
          if (shuffled) shuffle(Stream(2, 3), j, positions);
          for (const Index position : positions) masks.items.push_back(static_cast<std::int32_t>(position));
        }
        const std::span<const float> sums = kernel.of(rows, batch, masks);
        const std::vector<double> expected = masked_row_sums_reference(rows, batch, masks);
        REQUIRE(sums.size() == expected.size());
        Index off = 0, far = 0;
        for (std::size_t i = 0; i < sums.size(); ++i) {
          far += static_cast<double>(sums[i]) == Approx(expected[i]).epsilon(1e-5).margin(1e-5) ? 0 : 1;
        }
        for (Index j = 0; j < 16; ++j) {
          std::vector<std::int32_t> items(masks.items.begin() + j * 131, masks.items.begin() + (j + 1) * 131);
          std::sort(items.begin(), items.end());
          for (Index k = 0; k < d; ++k) {
            float sum = 0;
            for (const std::int32_t position : items) sum += rows.value(batch[position], k);
            off += sums[j * d + k] == sum ? 0 : 1;
          }
        }
        CHECK(off == 0);
        CHECK(far == 0);
      }
    }
  }
}

TEST_CASE("rounded rows are the nearest that their type has") {
  const std::vector<float> numbers{1.0f, 1 + 0x1p-8f, 1 + 0x3p-8f, -1 - 0x1.02p-8f,
                                   3.0f, 0.0f,        -0.0f,       1e-30f,  // ties go to even
                                   0.0f, 0.0f,        0.0f,        0.0f,
                                   0.0f, 0.0f,        0.0f,        0.0f};
  const MatrixView x{numbers.data(), 2, 8, 8};
  const std::vector<Index> both{1, 0};  // row k of the copy is both[k]
  const RoundedRows halves(x, both, DType::bf16), bytes(x, both, DType::i8);
  const float expected[] = {1.0f, 1.0f, 1 + 0x4p-8f, -1 - 0x2p-8f, 3.0f, 0.0f, 0.0f};
  for (Index k = 0; k < 7; ++k) CHECK(halves.view().value(1, k) == expected[k]);
  CHECK(halves.view().value(1, 7) == Approx(1e-30f).epsilon(0x1p-8));
  for (Index k = 0; k < 8; ++k) {
    CHECK(halves.view().value(0, k) == 0.0f);
    CHECK(bytes.view().value(0, k) == 0.0f);  // a row of zeros has no scale
    CHECK(std::abs(bytes.view().value(1, k) - x.row(0)[k]) <= 3.0f / 254 * 1.0001f);
  }
  CHECK(bytes.view().value(1, 4) == Approx(3.0f).epsilon(1e-6));
  CHECK(RoundedRows::bytes(10, 6, DType::bf16) == 120);
  CHECK(RoundedRows::bytes(10, 6, DType::i8) == 100);
}

TEST_CASE("rewards of rounded rows are those of an objective over them") {
  const auto data = made_data(9, 90, 40);
  const std::vector<std::string> quality{"q"};
  for (const char* text : {"pairwise_similarity", "joint[lambda=0.3]"}) {
    const auto objective = make_objective(text, {*data, quality, 20});
    const Problem problem{*data, {}, {}, {}, objective.get(), {Unit::rows, 20, Fill::at_most}, {}};
    const Stream stream(1, 1);
    Block block{0, 1, {}, {}, 20, {30, 7}, 1, stream, stream, stream};
    for (Index row = 1; row < 90; row += 2) block.rows.push_back(row);  // place k is row 2k + 1
    for (const auto storage : {datamask::Storage::bfloat16, datamask::Storage::int8}) {
      DatamaskParams params;
      params.storage = storage;
      const std::vector<Index> batch = random_subset(Stream(3, 3), 0, 45, 30);
      MaskSet masks{5, 7, {}};
      for (std::uint64_t j = 0; j < 5; ++j) {
        for (const Index at : random_subset(Stream(3, 4), j, 30, 7))
          masks.items.push_back(static_cast<std::int32_t>(at));
      }
      std::vector<double> rewards(5);
      RoundedScorer(problem, block, params).score(batch, masks, rewards);

      // The same rows as a data set of their own.
      const RoundedRows rounded(data->features(), block.rows,
                                storage == datamask::Storage::int8 ? DType::i8 : DType::bf16);
      std::vector<float> values;
      for (Index k = 0; k < 45; ++k) {
        for (Index c = 0; c < 40; ++c) values.push_back(rounded.view().value(k, c));
      }
      DatasetBuilder builder("rounded", 45);
      builder.features("x", values, 40, false);
      const auto other = builder.build();
      const auto pairs = make_objective("pairwise_similarity", {*other, {}, 20});
      const double lambda = objective->quadratic_form()->quality_weight;
      for (Index j = 0; j < 5; ++j) {
        std::vector<Index> places;
        double mean = 0;
        for (Index k = 0; k < 7; ++k) {
          places.push_back(batch[masks.items[7 * j + k]]);
          if (lambda > 0) mean += objective->quality()[2 * places.back() + 1] / 7;
        }
        const double expected =
            lambda * mean + objective->quadratic_form()->pair_weight * pairs->value(places);
        CHECK(rewards[j] == Approx(expected).epsilon(1e-6).margin(1e-7));
      }
    }
  }
}

TEST_CASE("dot products in eight lanes are those of the plain loop") {
  const auto data = made_data(5, 4, 37);
  const float* x = data->features().row(0);
  const float* y = data->features().row(1);
  double sum = 0;
  for (Index k = 0; k < 37; ++k) sum += static_cast<double>(x[k]) * static_cast<double>(y[k]);
  CHECK(dot(x, y, 37) == Approx(sum).epsilon(1e-14));
}
