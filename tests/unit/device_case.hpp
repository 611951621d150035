// Rewards, products and gains by a device's kernels against the objectives' own, for the host's run of the
// kernels' bodies and for a device's.
#pragma once

#include <catch2/catch.hpp>

#include "algorithms/core/registry.hpp"
#include "algorithms/kernels/cuda/rewards.hpp"
#include "algorithms/kernels/rows.hpp"
#include "tests/unit/random_rows.hpp"

namespace maskbench::test {

// `Kernels` has pairwise, disf, products and gains, as rewards.hpp has them.
template <class Kernels>
void check_rewards_products_and_gains() {
  constexpr double kWithin = 1e-5;
  for (const Index d : {1, 7, 64, 131}) {
    for (const Index picked : {1, 2, 17, 90}) {
      INFO("d " << d << ", " << picked << " picked");
      const auto data = random_rows(9, 300, d);
      const MatrixView x = data->features();
      const std::vector<Index> batch = some_rows(1, 300, 203);
      const MaskSet masks = random_masks(2, 37, 203, picked);
      const cuda::GivenSets sets{masks.items, masks.masks, masks.picked};
      const auto compare = [&](const char* objective, const std::vector<double>& found) {
        std::vector<double> expected(37);
        objective_of(*data, objective)->scorer()->score(batch, masks, expected);
        for (std::size_t j = 0; j < expected.size(); ++j)
          REQUIRE(found[j] == Approx(expected[j]).epsilon(kWithin).margin(1e-6));
      };
      compare("pairwise_similarity", Kernels::pairwise(x, batch, sets));
      if (d > 1) compare("disf", Kernels::disf(x, batch, sets));
    }
    const auto data = random_rows(10, 333, d);
    const MatrixView x = data->features();
    const std::vector<Index> rows = some_rows(3, 333, 301), items = some_rows(4, 333, 5), all = all_rows(333);
    std::vector<double> y(d), expected(rows.size());
    for (std::size_t k = 0; k < y.size(); ++k) y[k] = std::sin(static_cast<double>(k));
    row_dots(x, rows, y.data(), expected);
    const std::vector<double> products = Kernels::products(x, rows, y);
    for (std::size_t k = 0; k < rows.size(); ++k) REQUIRE(products[k] == Approx(expected[k]).margin(1e-12));

    const auto objective = objective_of(*data, "facility_location");
    const auto state = objective->start({6, all, items});
    std::vector<double> best;
    for (const Index row : all) {
      double nearest = -1;
      for (const Index item : items) nearest = std::max(nearest, dot(x.row(row), x.row(item), d));
      best.push_back(nearest);
    }
    state->gains(rows, expected);
    const std::vector<double> gains = Kernels::gains(x, all, rows, best);
    for (std::size_t k = 0; k < rows.size(); ++k)
      REQUIRE(gains[k] == Approx(expected[k]).epsilon(kWithin).margin(1e-6));
  }
}

}  // namespace maskbench::test
