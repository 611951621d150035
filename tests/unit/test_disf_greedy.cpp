// Bounds on DiSF's gains, and the greedy methods that rest on them: the picks of greedy, from few gains.
#include <catch2/catch.hpp>

#include "algorithms/core/registry.hpp"
#include "algorithms/core/selector.hpp"
#include "tests/unit/random_rows.hpp"

namespace maskbench {
namespace {

using namespace test;

std::shared_ptr<const Dataset> with_scores(std::uint64_t seed, Index n, Index d, RowsOptions options = {}) {
  const auto rows = random_rows(seed, n, d, options);
  const MatrixView x = rows->features();
  std::vector<float> features, scores;
  std::vector<std::int32_t> topics;
  for (Index i = 0; i < n; ++i) {
    features.insert(features.end(), x.row(i), x.row(i) + d);
    scores.push_back(
        static_cast<float>(Stream(seed, purpose("scores")).uniform(static_cast<std::uint64_t>(i))));
    topics.push_back(static_cast<std::int32_t>(i % 3));
  }
  DatasetBuilder builder("with_scores", n);
  builder.features("x", std::move(features), d, options.unit_rows);
  builder.score("q", std::move(scores));
  builder.label("topic", std::move(topics));
  return builder.build();
}

struct Answer {
  std::vector<Index> items;
  std::int64_t gains;
};

Answer run(const std::string& text, const Problem& problem, std::uint64_t seed = 1) {
  RunContext context(seed);
  const auto selector = selectors().make(text);
  REQUIRE(selector.refusal(problem) == "");
  selector->prepare(problem);
  std::vector<Index> items = selector->select(problem, context).items;
  return {items, context.work(Work::gain_evaluations)};
}

TEST_CASE("covariance_greedy picks by the covariances of unlike columns") {
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    const Index n = 60, d = 7;
    const auto data = with_scores(seed, n, d, {.shared_mean = 0.5, .duplicates = seed % 2 == 1});
    const MatrixView x = data->features();
    const auto entry = [&](Index i, Index k) { return static_cast<double>(x.row(i)[k]); };
    std::vector<double> scale;
    for (Index k = 0; k < d; ++k) {
      double mean = 0, square = 0;
      for (Index i = 0; i < n; ++i) mean += entry(i, k) / static_cast<double>(n);
      for (Index i = 0; i < n; ++i)
        square += (entry(i, k) - mean) * (entry(i, k) - mean) / static_cast<double>(n);
      scale.push_back(1 / std::sqrt(square + 1e-8));
    }
    const auto form = [&](const std::vector<Index>& set) {  // from the definition
      double sum = 0;
      const auto size = static_cast<double>(set.size());
      for (Index k = 0; k < d; ++k) {
        for (Index l = 0; l < d; ++l) {
          if (k == l) continue;
          double mean_k = 0, mean_l = 0, both = 0;
          for (const Index i : set) mean_k += entry(i, k) / size, mean_l += entry(i, l) / size;
          for (const Index i : set) both += (entry(i, k) - mean_k) * (entry(i, l) - mean_l) / size;
          sum += std::pow(both * scale[k] * scale[l], 2);
        }
      }
      return sum;
    };
    const auto objective = make_objective("disf", {*data, {}, 15});
    const std::vector<Index> all = all_rows(n), kept{3, 9};
    const std::vector<Index> rest = [&] {
      auto left = all;
      std::erase(left, 3);
      std::erase(left, 9);
      return left;
    }();
    const Problem problem{*data, rest, kept, {}, objective.get(), {Unit::rows, 15, Fill::at_most}, {}};
    std::vector<Index> set = kept;
    for (const Index picked : run("covariance_greedy", problem).items) {
      double best = 1e300;
      for (const Index row : rest) {
        if (std::find(set.begin(), set.end(), row) != set.end()) continue;
        auto more = set;
        more.push_back(row);
        best = std::min(best, form(more));
      }
      set.push_back(picked);
      REQUIRE(form(set) <= best + 1e-6);  // float32 rows: near ties may fall either way
    }
    CHECK(set.size() == 15);
  }
}

TEST_CASE("a bound is never below its gain, and is close") {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    const RowsOptions options{.shared_mean = seed == 7 ? 300.0 : 0.5,
                              .duplicates = seed % 2 == 1,
                              .coarse = seed % 3 == 2,
                              .unit_rows = seed % 4 != 3};
    const Index n = 150, d = 20 + static_cast<Index>(seed);
    const auto data = with_scores(seed, n, d, options);
    const std::vector<std::string> quality{"q"};
    for (const std::string text : {"disf", "disf[released_scale=true]", "joint[diversity=disf]"}) {
      const auto objective = make_objective(text, {*data, quality, 12});
      const std::vector<Index> all = all_rows(n);
      const auto state = objective->start({12, all, {}});
      std::vector<double> bounds(all.size()), gains(all.size());
      CHECK(state->uppers(all, bounds));  // the first gains are all alike: nothing is cheaper
      for (const Index row : some_rows(seed, n, d / 2 + 3)) {
        state->add(row);
        const bool exact = state->uppers(all, bounds);
        state->gains(all, gains);
        if (exact) {
          CHECK(bounds == gains);
          break;
        }
        for (std::size_t i = 0; i < all.size(); ++i) {
          INFO(text << ", seed " << seed << ", row " << i);
          REQUIRE(bounds[i] >= gains[i]);
        }
      }
    }
  }
  const auto frozen = objective_of(*random_rows(1, 40, 30), "disf[standardise=frozen]");
  std::vector<double> none(1);
  CHECK(frozen->start({5, {}, std::vector<Index>{1, 2}})->uppers(std::vector<Index>{3}, none));
}

TEST_CASE("screened_greedy picks what greedy picks, whatever the objective, and computes fewer gains") {
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    const RowsOptions options{.duplicates = seed % 2 == 0, .coarse = seed % 3 == 1, .unit_rows = seed != 4};
    const auto data = with_scores(seed, 300, 48, options);
    const std::vector<std::string> quality{"q"};
    std::vector<Index> candidates = all_rows(300);
    const std::vector<Index> kept = seed % 2 == 0 ? std::vector<Index>{} : std::vector<Index>{7, 100};
    for (const Index row : kept) std::erase(candidates, row);
    for (const std::string text :
         {"disf", "disf[standardise=frozen]", "joint[diversity=disf]", "pairwise_similarity"}) {
      const auto objective = make_objective(text, {*data, quality, 30});
      std::vector<Quota> quotas;
      if (seed == 5) quotas = {{"topic", 0, 4}};
      const Problem problem{
          *data, candidates, kept, objective->quality(), objective.get(), {Unit::rows, 30, Fill::at_most},
          quotas};
      const Answer plain = run("greedy", problem), screened = run("screened_greedy", problem);
      INFO(text << ", seed " << seed);
      CHECK(screened.items == plain.items);
      CHECK(screened.gains <= plain.gains);
      if (text == std::string("disf") && seed == 3) CHECK(4 * screened.gains < plain.gains);
    }
  }
}

TEST_CASE("disf_blocks is greedy under disf in each block") {
  const auto data = with_scores(3, 230, 40, {.duplicates = true});
  const auto disf = objective_of(*data, "disf"), other = objective_of(*data, "pairwise_similarity");
  const std::vector<Index> all = all_rows(230);
  const Problem problem{*data, all, {}, {}, other.get(), {Unit::rows, 37, Fill::at_most}, {}};
  for (const std::string order : {"as_given", "shuffled"}) {
    const std::string text = "disf_blocks[first=smallest,order=" + order + ",rows=60]";
    const std::vector<Index> items = run(text, problem, 5).items;
    REQUIRE(items.size() == 37);
    // Blocks of 60, 60, 60, 50 rows: 9.65, 9.65, 9.65 and 8.04 picks, so 10, 10, 9, 8.
    std::size_t at = 0;
    std::vector<Index> rows = all;
    if (order == "shuffled") shuffle(RunContext(5).random(purpose("disf_blocks order")), 0, rows);
    for (const auto& [begin, end, share] :
         {std::tuple<Index, Index, Index>{0, 60, 10}, {60, 120, 10}, {120, 180, 9}, {180, 230, 8}}) {
      std::vector<Index> block(rows.begin() + begin, rows.begin() + end);
      std::sort(block.begin(), block.end());
      const Problem part{*data, block, {}, {}, disf.get(), {Unit::rows, share, Fill::at_most}, {}};
      const std::vector<Index> expected = run("greedy", part).items;
      const auto place = items.begin() + static_cast<std::ptrdiff_t>(at);
      CHECK(std::vector<Index>(place, place + share) == expected);
      at += share;
    }
  }
  // Threads share the blocks, and after some dozens the harness is asked: the same picks, one of each block.
  const Problem many{*data, all, {}, {}, other.get(), {Unit::rows, 115, Fill::at_most}, {}};
  std::vector<Index> firsts;
  for (Index row = 0; row < 230; row += 2) firsts.push_back(row);
  CHECK(run("disf_blocks[first=smallest,rows=2]", many, 5).items == firsts);
  // With a random first row the rest is greedy after it.
  const std::vector<Index> items = run("disf_blocks[rows=230]", problem, 8).items;
  std::vector<Index> left = all;
  std::erase(left, items.front());
  const std::vector<Index> rest = greedy_picks(*disf, left, {items.front()}, 36);
  CHECK(std::vector<Index>(items.begin() + 1, items.end()) == rest);
  CHECK(run("disf_blocks[rows=230]", problem, 9).items.front() != items.front());
}

}  // namespace
}  // namespace maskbench
