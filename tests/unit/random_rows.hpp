// Small data sets for the tests of objectives: rows around a few centres beside a shared mean, some of them
// duplicates.
#pragma once

#include <cmath>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "algorithms/core/objective.hpp"
#include "algorithms/core/registry.hpp"
#include "algorithms/kernels/random_subset.hpp"
#include "datasets/core/dataset.hpp"
#include "datasets/core/random.hpp"

namespace maskbench::test {

struct RowsOptions {
  double shared_mean = 0.5;
  bool duplicates = false;  // every fifth row repeats the one four before it
  bool coarse = false;      // coordinates are -1, 0 or 1 before the rows are brought to unit norm: many ties
  bool unit_rows = true;
};

inline std::shared_ptr<const Dataset> random_rows(std::uint64_t seed, Index n, Index d,
                                                  RowsOptions options = {}) {
  const Stream stream(seed, purpose("random rows"));
  std::vector<float> features;
  for (Index i = 0; i < n; ++i) {
    const Index from = options.duplicates && i % 5 == 4 ? i - 4 : i;
    for (Index k = 0; k < d; ++k) {
      const auto at = [&](Index row) {
        return stream.uniform(static_cast<std::uint64_t>(row), static_cast<std::uint64_t>(k));
      };
      double value = options.shared_mean + at(1'000'000 + from % 4) - 0.5 + 0.8 * (at(from) - 0.5);
      if (options.coarse) value = std::floor(3 * at(from)) - (k == 0 ? 2.5 : 1.0);
      features.push_back(static_cast<float>(value));
    }
  }
  DatasetBuilder builder("random_rows", n);
  builder.features("x", std::move(features), d, options.unit_rows);
  return builder.build();
}

inline std::unique_ptr<Objective> objective_of(const Dataset& data, const std::string& text) {
  return make_objective(text, {data, {}, 0});
}

inline std::vector<Index> all_rows(Index n) {
  std::vector<Index> rows(n);
  std::iota(rows.begin(), rows.end(), Index{0});
  return rows;
}

// `count` rows of n in random order.
inline std::vector<Index> some_rows(std::uint64_t seed, Index n, Index count) {
  const Stream stream(seed, purpose("some rows"));
  std::vector<Index> rows = random_subset(stream, 0, n, count);
  shuffle(stream, 1, rows);
  return rows;
}

inline std::vector<Index> with(std::vector<Index> rows, Index row) {
  rows.push_back(row);
  return rows;
}

// `masks` random masks of `picked` positions over a batch of `rows`.
inline MaskSet random_masks(std::uint64_t seed, Index masks, Index rows, Index picked) {
  MaskSet set{masks, picked, {}};
  for (Index mask = 0; mask < masks; ++mask) {
    for (const Index position : some_rows(seed * 1000 + static_cast<std::uint64_t>(mask), rows, picked)) {
      set.items.push_back(static_cast<std::int32_t>(position));
    }
  }
  return set;
}

inline std::vector<Index> rows_of(const MaskSet& masks, Index mask, std::span<const Index> batch) {
  std::vector<Index> rows;
  for (Index k = 0; k < masks.picked; ++k) {
    rows.push_back(batch[masks.items[mask * masks.picked + k]]);
  }
  return rows;
}

// Greedy by the objective's state, `picks` rows after `items`; ties by the smaller id.
inline std::vector<Index> greedy_picks(const Objective& objective, std::span<const Index> candidates,
                                       std::vector<Index> items, Index picks) {
  const Index size = static_cast<Index>(items.size()) + picks;
  const auto state = objective.start({size, candidates, items});
  std::vector<Index> left(candidates.begin(), candidates.end()), picked;
  for (Index k = 0; k < picks; ++k) {
    std::vector<double> gains(left.size());
    state->gains(left, gains);
    const auto best = std::max_element(gains.begin(), gains.end()) - gains.begin();
    picked.push_back(left[best]);
    state->add(picked.back());
    left.erase(left.begin() + best);
  }
  return picked;
}

// The same by the oracle, every candidate from scratch.
inline std::vector<Index> naive_picks(const Objective& objective, std::span<const Index> candidates,
                                      std::vector<Index> items, Index picks) {
  const Index size = static_cast<Index>(items.size()) + picks;
  std::vector<Index> left(candidates.begin(), candidates.end()), picked;
  for (Index k = 0; k < picks; ++k) {
    std::size_t best = 0;
    double most = 0;
    for (std::size_t c = 0; c < left.size(); ++c) {
      const double value = objective.value(with(items, left[c]), size);
      if (c == 0 || value > most) {
        most = value;
        best = c;
      }
    }
    picked.push_back(left[best]);
    items.push_back(left[best]);
    left.erase(left.begin() + static_cast<std::ptrdiff_t>(best));
  }
  return picked;
}

// Calls visit(items) for every subset of `size` rows of {0..n-1}, n at most 20.
template <class Visit>
void for_each_subset(Index n, Index size, Visit&& visit) {
  for (unsigned set = 0; set < (1u << n); ++set) {
    std::vector<Index> items;
    for (Index i = 0; i < n; ++i) {
      if ((set >> i & 1u) != 0) items.push_back(i);
    }
    if (static_cast<Index>(items.size()) == size) visit(items);
  }
}

}  // namespace maskbench::test
