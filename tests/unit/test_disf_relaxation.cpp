// Frozen DiSF on inclusion probabilities: against plain loops, and its bound against every set.
#include <bit>
#include <catch2/catch.hpp>

#include "algorithms/core/registry.hpp"
#include "algorithms/core/selector.hpp"
#include "algorithms/objectives/disf/correlation.hpp"
#include "tests/unit/random_rows.hpp"

namespace maskbench {
namespace {

using namespace test;

struct DisfProblem {
  std::shared_ptr<const Dataset> data;
  std::unique_ptr<Objective> objective;
  std::vector<Index> candidates, kept;
  Index size;

  DisfProblem(std::shared_ptr<const Dataset> of, const std::string& text, Index rows,
              std::vector<Index> before = {})
      : data(std::move(of)),
        objective(objective_of(*data, text)),
        candidates(all_rows(data->size())),
        kept(std::move(before)),
        size(rows) {
    for (const Index row : kept) std::erase(candidates, row);
  }
  Problem problem() const {
    return {*data, candidates, kept, {}, objective.get(), {Unit::rows, size, Fill::at_most}, {}};
  }
};

Selection answer_of(const std::string& text, const Problem& problem, std::uint64_t seed = 1) {
  RunContext context(seed);
  const auto selector = selectors().make(text);
  REQUIRE(selector.refusal(problem) == "");
  selector->prepare(problem);
  return selector->select(problem, context);
}

// A point near the maximum of F by plain Frank-Wolfe with steps 2/(t+2).
std::vector<double> good_point(const Relaxation& relaxation, int steps) {
  const std::size_t n = relaxation.candidates().size();
  std::vector<double> point(n, static_cast<double>(relaxation.picks()) / static_cast<double>(n)), slope(n);
  for (int t = 0; t < steps; ++t) {
    relaxation.gradient(point, slope);
    std::vector<double> order = slope;
    std::sort(order.rbegin(), order.rend());
    const double least = order[relaxation.picks() - 1];
    Index left = relaxation.picks();
    for (std::size_t c = 0; c < n; ++c) {
      const bool in = slope[c] >= least && left-- > 0;
      point[c] += 2.0 / (t + 2) * ((in ? 1.0 : 0.0) - point[c]);
    }
  }
  return point;
}

TEST_CASE("the bound of frozen DiSF is never below the best set, in 1000 random instances") {
  double closest = 1;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    const Stream stream(seed, purpose("instances"));
    const auto n = static_cast<Index>(4 + stream.below(9, 0)), d = static_cast<Index>(2 + stream.below(6, 1));
    const auto size = static_cast<Index>(2 + stream.below(static_cast<std::uint64_t>(n) - 2, 2));
    const auto before = static_cast<Index>(stream.below(static_cast<std::uint64_t>(size), 3));
    const RowsOptions options{
        .duplicates = seed % 3 == 0, .coarse = seed % 5 == 0, .unit_rows = seed % 2 == 0};
    const DisfProblem one(random_rows(seed, n, d, options), "disf[standardise=frozen]", size,
                          random_subset(stream, 7, n, before));
    const Problem problem = one.problem();
    const auto relaxation = one.objective->relax(problem);
    const auto free = static_cast<Index>(one.candidates.size());
    double best = -1e300, worst = 0;
    for_each_subset(free, size - before, [&](const std::vector<Index>& places) {
      std::vector<Index> items = one.kept;
      for (const Index place : places) items.push_back(one.candidates[place]);
      const double value = one.objective->value(items);
      best = std::max(best, value);
      worst = std::min(worst, value);
    });
    std::vector<double> point(free);
    for (std::uint64_t draw = 0; draw < 5; ++draw) {
      for (std::size_t c = 0; c < point.size(); ++c) point[c] = stream.uniform(c, 100 + draw);
      REQUIRE(relaxation->bound(relaxation->dual(point)) >= best);
    }
    const double bound = relaxation->bound(relaxation->dual(good_point(*relaxation, 60)));
    INFO("instance " << seed);
    REQUIRE(bound >= best);
    if (best < 0) closest = std::min(closest, (bound - best) / -best);
  }
  CHECK(closest < 1e-3);  // tight somewhere
}

TEST_CASE("the relaxation of frozen DiSF is its formula at inner points, kept rows as 1") {
  for (const Index d : {1, 2, 17, 33}) {
    const DisfProblem one(
        random_rows(static_cast<std::uint64_t>(d), 70, d, {.duplicates = true, .unit_rows = d > 1}),
        "disf[released_scale=true,standardise=frozen]", 20, {3, 11, 40});
    const Problem problem = one.problem();
    const auto relaxation = one.objective->relax(problem);
    const Stream stream(3, purpose("inner"));
    std::vector<double> point(one.candidates.size()), slope(point.size());
    for (std::size_t c = 0; c < point.size(); ++c) point[c] = c % 4 == 0 ? 0.0 : stream.uniform(c);
    std::vector<std::vector<double>> z;  // standardised over all rows
    const MatrixView x = one.data->features();
    for (Index i = 0; i < 70; ++i) z.emplace_back(x.row(i), x.row(i) + d);
    for (Index k = 0; k < d; ++k) {
      double mean = 0, squares = 0;
      for (const auto& row : z) mean += row[k] / 70;
      for (const auto& row : z) squares += (row[k] - mean) * (row[k] - mean);
      for (auto& row : z) row[k] = (row[k] - mean) / std::sqrt(squares / 69 + 1e-8);
    }
    std::vector<double> weight(70, 0.0);
    for (std::size_t c = 0; c < point.size(); ++c) weight[one.candidates[c]] = point[c];
    for (const Index row : one.kept) weight[row] = 1;
    double squares = 0;
    std::vector<double> expected(70, 0.0);
    const double scale = 1 / (19.0 * 19.0 * 10000);
    for (Index a = 0; a < d; ++a) {
      for (Index b = 0; b < d; ++b) {
        if (a == b) continue;
        double entry = 0;
        for (std::size_t i = 0; i < 70; ++i) entry += weight[i] * z[i][a] * z[i][b];
        squares += entry * entry;
        for (std::size_t i = 0; i < 70; ++i) expected[i] -= 2 * scale * entry * z[i][a] * z[i][b];
      }
    }
    CHECK(relaxation->value(point) == Approx(-squares * scale).epsilon(1e-10).margin(1e-15));
    relaxation->gradient(point, slope);
    for (std::size_t c = 0; c < point.size(); ++c) {
      CHECK(slope[c] == Approx(expected[one.candidates[c]]).epsilon(1e-9).margin(1e-13));
    }
    // Along a line F is the parabola that curvature() says.
    std::vector<double> there = point;
    for (std::size_t c = 0; c < there.size(); ++c) there[c] = stream.uniform(c, 1);
    std::vector<double> step = relaxation->dual(there), at = relaxation->dual(point);
    for (std::size_t k = 0; k < step.size(); ++k) step[k] -= at[k];
    double along = 0;
    for (std::size_t c = 0; c < there.size(); ++c) along += slope[c] * (there[c] - point[c]);
    CHECK(
        relaxation->value(there) ==
        Approx(relaxation->value(point) + along - *relaxation->curvature(step)).epsilon(1e-9).margin(1e-13));
  }
}

TEST_CASE("triangular forms are plain double sums") {
  const Stream stream(9, purpose("forms"));
  for (const Index dims : {2, 16, 17, 40}) {
    const Index width = padded(dims);
    std::vector<double> upper(dims * (dims - 1) / 2), rows(8 * width, 0.0);
    for (std::size_t k = 0; k < upper.size(); ++k) upper[k] = stream.uniform(k, 1) - 0.5;
    for (Index i = 0; i < 8; ++i) {
      for (Index k = 0; k < dims; ++k) {
        rows[i * width + k] = stream.uniform(static_cast<std::uint64_t>(i * dims + k), 2) - 0.5;
      }
    }
    double out[8];
    TrianglePanels(upper, dims).forms(rows.data(), 8, out);
    for (Index i = 0; i < 8; ++i) {
      const double* z = rows.data() + i * width;
      double sum = 0;
      std::size_t at = 0;
      for (Index k = 0; k < dims; ++k) {
        for (Index l = k + 1; l < dims; ++l) sum += upper[at++] * z[k] * z[l];
      }
      CHECK(out[i] == Approx(sum).epsilon(1e-12).margin(1e-14));
    }
  }
}

TEST_CASE("in-set DiSF has a surrogate and no bound; other objectives have neither") {
  const DisfProblem in_set(random_rows(1, 30, 5), "disf", 8),
      pairwise(random_rows(1, 30, 5), "pairwise_similarity", 8);
  CHECK(in_set.objective->relax(in_set.problem()) == nullptr);
  CHECK_FALSE(in_set.objective->traits().concave_relaxation);
  REQUIRE(in_set.objective->surrogate(in_set.problem()) != nullptr);
  CHECK(pairwise.objective->surrogate(pairwise.problem()) == nullptr);
  const DisfProblem frozen(random_rows(1, 30, 5), "disf[standardise=frozen]", 8);
  const std::vector<double> point(30, 0.3);
  CHECK(in_set.objective->surrogate(in_set.problem())->value(point) ==
        frozen.objective->relax(frozen.problem())->value(point));
  const auto selector = selectors().make("frank_wolfe_disf");
  CHECK(selector->refuses(pairwise.problem()).value_or("").find("DiSF") != std::string::npos);
}

TEST_CASE("the in-set extension is DiSF at sets, and its slopes are its derivative along the budget") {
  for (const bool joint : {false, true}) {
    const auto rows = random_rows(8, 50, 19, {.duplicates = true});
    DatasetBuilder builder("scored", 50);
    const MatrixView x = rows->features();
    std::vector<float> features, scores;
    for (Index i = 0; i < 50; ++i) {
      features.insert(features.end(), x.row(i), x.row(i) + x.cols);
      scores.push_back(static_cast<float>(i * i % 17));
    }
    builder.features("x", std::move(features), x.cols);
    builder.score("q", std::move(scores));
    const auto data = builder.build();
    const std::vector<std::string> quality{"q"};
    const auto objective = make_objective(
        joint ? "joint[diversity=disf,lambda=0.4]" : "disf[released_scale=true]", {*data, quality, 20});
    std::vector<Index> candidates = all_rows(50);
    const std::vector<Index> kept{2, 30};
    for (const Index row : kept) std::erase(candidates, row);
    const Problem problem{*data, candidates, kept, {}, objective.get(), {Unit::rows, 20, Fill::at_most}, {}};
    const auto extension = objective->extension(problem);
    REQUIRE(extension != nullptr);
    const Stream stream(4, purpose("extension"));
    for (std::uint64_t draw = 0; draw < 20; ++draw) {
      std::vector<double> vertex(48, 0.0);
      std::vector<Index> items = kept;
      for (const Index place : random_subset(stream, draw, 48, 18)) {
        vertex[place] = 1;
        items.push_back(candidates[place]);
      }
      CHECK(extension->value(extension->moments(vertex)) == Approx(objective->value(items)).epsilon(1e-9));
      std::vector<double> point(48), slope(48);  // inside, sum 18
      double sum = 0;
      for (std::size_t c = 0; c < 48; ++c) sum += point[c] = 0.2 + 0.3 * stream.uniform(c, 50 + draw);
      for (double& p : point) p *= 18 / sum;
      extension->slopes(extension->moments(point), slope);
      double along = 0;
      for (std::size_t c = 0; c < 48; ++c) along += slope[c] * (vertex[c] - point[c]);
      const auto at = [&](double length) {
        std::vector<double> there = point;
        for (std::size_t c = 0; c < 48; ++c) there[c] += length * (vertex[c] - point[c]);
        return extension->value(extension->moments(there));
      };
      CHECK(along == Approx((at(1e-5) - at(-1e-5)) / 2e-5).epsilon(1e-5).margin(1e-9));
    }
  }
  const DisfProblem frozen(random_rows(1, 30, 5), "disf[standardise=frozen]", 8);
  CHECK(frozen.objective->extension(frozen.problem()) == nullptr);
}

TEST_CASE("frank_wolfe_disf: refining helps the in-set form, swaps never harm, and it is far above random") {
  const DisfProblem one(random_rows(21, 600, 24), "disf", 120);
  const auto value = [&](const std::string& text) {
    return one.objective->value(answer_of(text, one.problem()).items);
  };
  const double frozen = value("frank_wolfe_disf[refine=0]"), refined = value("frank_wolfe_disf");
  CHECK(refined > frozen);
  CHECK(refined > 0.5 * value("random"));
  CHECK(value("frank_wolfe_disf[swaps=40]") >= refined - 1e-12);
  CHECK(refined >= 1.1 * value("greedy"));  // values are negative: at most a tenth behind
}

TEST_CASE("the steps of frank_wolfe_disf close the gap: its relaxation is solved") {
  const DisfProblem one(random_rows(22, 200, 10), "disf[standardise=frozen]", 40, {5, 6});
  const auto relaxation = one.objective->relax(one.problem());
  const std::vector<Index> items = answer_of("frank_wolfe_disf[gap=0,steps=2000]", one.problem()).items;
  CHECK(items.size() == 38);
  std::vector<Index> all = one.kept;
  all.insert(all.end(), items.begin(), items.end());
  const double bound = relaxation->bound(relaxation->dual(good_point(*relaxation, 3000)));
  const double random = *one.objective->random_expectation(40), value = one.objective->value(all);
  CHECK(value <= bound);
  CHECK((value - random) / (bound - random) > 0.9);
}

}  // namespace
}  // namespace maskbench
