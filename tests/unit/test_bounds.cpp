// Methods that skip work by bounds against those that do not, and bounds against brute force.
#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <limits>
#include <numeric>

#include "algorithms/core/registry.hpp"
#include "algorithms/core/selector.hpp"
#include "algorithms/greedy/gain_bounds.hpp"
#include "algorithms/greedy/swap_search.hpp"
#include "algorithms/kernels/rows.hpp"
#include "algorithms/relaxation/frank_wolfe.hpp"
#include "experiments/scoring/certificate.hpp"

using namespace maskbench;

namespace {

// Rows with a shared mean of weight `mean`, quality on a coarse grid, so that ties come up; every fourth row
// is a copy.
struct Made {
  std::shared_ptr<const Dataset> data;
  std::vector<Index> candidates, kept;
  std::vector<Quota> quotas;
  std::vector<std::string> columns{"q"};
  std::unique_ptr<Objective> objective;
  Budget budget;

  Made(std::uint64_t seed, Index n, Index d, double mean, bool unit_rows, const std::string& text, Index size)
      : budget{Unit::rows, size} {
    const Stream stream(seed, purpose("bounds data"));
    std::vector<float> features, quality;
    std::vector<std::int32_t> topic;
    for (Index i = 0; i < n; ++i) {
      const Index from = i % 4 == 3 ? i - 2 : i;
      for (Index k = 0; k < d; ++k) {
        features.push_back(static_cast<float>(stream.uniform(static_cast<std::uint64_t>(from * d + k)) - 0.5 +
                                              (k == 0 ? mean : 0.0)));
      }
      quality.push_back(
          std::round(static_cast<float>(stream.uniform(static_cast<std::uint64_t>(from), 1)) * 8));
      topic.push_back(static_cast<std::int32_t>(i % 3));
    }
    DatasetBuilder builder("made", n);
    builder.features("x", std::move(features), d, unit_rows);
    builder.score("q", std::move(quality));
    builder.label("topic", std::move(topic));
    builder.quality_columns({"q"});
    data = builder.build();
    for (Index i = 0; i < n; ++i) candidates.push_back(i);
    objective = make_objective(text, {*data, columns, size});
  }

  Problem problem() const {
    return {*data, candidates, kept, objective->quality(), objective.get(), budget, quotas};
  }
  Selection answer(const std::string& selector, std::uint64_t seed = 0) const {
    RunContext context(seed);
    const auto made = selectors().make(selector);
    made->prepare(problem());
    return made->select(problem(), context);
  }
};

double value_of(const Made& made, std::vector<Index> items) {
  items.insert(items.end(), made.kept.begin(), made.kept.end());
  return made.objective->value(items);
}

}  // namespace

TEST_CASE("bounded greedy makes the picks of greedy, in their order, ties included") {
  std::uint64_t seed = 0;
  for (const std::string text : {"joint[lambda=0.5]", "joint[lambda=0.02]", "joint[lambda=1]",
                                 "pairwise_similarity", "quality", "joint[scaling=sd]"}) {
    for (const Index d : {3, 17, 64}) {
      for (const double mean : {0.0, 0.6, 4.0}) {
        INFO(text << " d=" << d << " mean=" << mean);
        ++seed;
        Made made(seed, 700, d, mean, seed % 3 != 0, text, 90);
        if (seed % 2 == 0) {
          made.kept = {5, 6, 300};
          for (const Index row : made.kept) std::erase(made.candidates, row);
        }
        if (seed % 5 == 0) made.quotas = {{"topic", 1, 10}};
        const Selection plain = made.answer("greedy"), bounded = made.answer("bounded_greedy");
        REQUIRE(bounded.items == plain.items);
        REQUIRE(bounded.score == plain.score);
        REQUIRE(bounded.why == plain.why);
      }
    }
  }
}

TEST_CASE("a bound on a gain is never below the gain, alone or in a group") {
  for (const Index d : {5, 48, 200}) {
    const Made made(77, 400, d, 0.8, false, "pairwise_similarity", 50);
    const MatrixView x = made.data->features();
    constexpr double c = 2.0 / (50 * 49);
    GainBounds bounds(x, made.candidates, c);
    std::vector<double> sum(d, 0.0), gains(400), bound(400), known(400);
    const auto gains_at = [&] {
      for (std::size_t i = 0; i < 400; ++i) gains[i] = -c * dot(x.row(static_cast<Index>(i)), sum.data(), d);
    };
    std::vector<std::int32_t> places(400);
    std::iota(places.begin(), places.end(), 0);
    gains_at();
    known = gains;
    bounds.move_to(sum);
    GainBounds::Base base = bounds.base(1e-15);
    GainBounds::Group group = bounds.group(base);
    for (Index pick = 0; pick < 60; ++pick) {
      for (std::size_t k = 0; k < sum.size(); ++k) sum[k] += static_cast<double>(x.row(pick * 5)[k]);
      gains_at();
      bounds.move_to(sum);
      bounds.follow(base);
      bounds.of(base, places, known, bound);
      for (std::size_t i = 0; i < 400; ++i) REQUIRE(bound[i] >= gains[i]);
      if (pick % 20 == 3) {
        group = bounds.group(base);
        for (std::size_t i = 100; i < 300; ++i) bounds.join(group, static_cast<std::int32_t>(i), bound[i]);
      }
      if (pick < 3) continue;
      for (std::size_t i = 100; i < 300; ++i) REQUIRE(bounds.of(base, group) >= gains[i]);
    }
    CHECK(bounds.of(base, bounds.group(base)) == -std::numeric_limits<double>::infinity());
  }
}

TEST_CASE(
    "bounded greedy's picks are greedy's where its lists have several levels, and where they run empty") {
  for (const std::string text :
       {"joint[lambda=0.5]", "joint[lambda=0.05]", "joint[lambda=1]", "pairwise_similarity"}) {
    for (const double mean : {0.0, 2.0}) {
      INFO(text << " mean=" << mean);
      const Made made(91, 6000, 40, mean, true, text, 1500);
      const Selection plain = made.answer("greedy"), bounded = made.answer("bounded_greedy");
      REQUIRE(bounded.items == plain.items);
      REQUIRE(bounded.score == plain.score);
    }
  }
  Made all(92, 1500, 20, 1.0, true, "joint[lambda=0.3]", 1500);  // everybody is picked
  REQUIRE(all.answer("bounded_greedy").items == all.answer("greedy").items);
}

TEST_CASE("bounds save most of the work where rows share a mean") {
  const Made made(3, 4000, 64, 3.0, true, "joint[lambda=0.5]", 400);
  RunContext plain(0), bounded(0);
  selectors().make("greedy")->select(made.problem(), plain);
  selectors().make("bounded_greedy")->select(made.problem(), bounded);
  CHECK(20 * bounded.work(Work::gain_evaluations) < plain.work(Work::gain_evaluations));
}

TEST_CASE("after swap no single swap improves, and the value is not below the start's") {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    Made made(seed, 60, 5, 0.3, seed % 2 == 0, seed % 3 == 0 ? "pairwise_similarity" : "joint[lambda=0.2]",
              12);
    if (seed % 4 == 1) {
      made.kept = {1, 20};
      for (const Index row : made.kept) std::erase(made.candidates, row);
    }
    const Selection start = made.answer("random", seed);
    const Selection end = made.answer("swap[start=random]", seed);
    const double value = value_of(made, end.items);
    CHECK(end.items.size() == start.items.size());
    for (std::size_t out = 0; out < end.items.size(); ++out) {
      for (const Index in : made.candidates) {
        if (std::find(end.items.begin(), end.items.end(), in) != end.items.end()) continue;
        std::vector<Index> other = end.items;
        other[out] = in;
        REQUIRE(value_of(made, other) <= value + 1e-11);
      }
    }
  }
}

TEST_CASE(
    "in 1,000 problems each, no set of 10 rows is above the bound of Frank-Wolfe, which is near the best") {
  for (const std::string text :
       {"joint[lambda=0.3]", "pairwise_similarity", "quality", "joint[lambda=0.6,scaling=sd]"}) {
    INFO(text);
    double worst = 0;
    for (std::uint64_t seed = 0; seed < 1000; ++seed) {
      Made made(seed, 10, 4, 0.5, seed % 2 == 0, text, 4);
      if (seed % 3 == 0) {
        made.kept = {2};
        std::erase(made.candidates, 2);
      }
      const Problem problem = made.problem();
      double best = -1e300, mean = 0;
      int sets = 0;
      for (unsigned set = 0; set < 1u << 10; ++set) {
        if (std::popcount(set) != 4 || (!made.kept.empty() && (set >> 2 & 1u) == 0)) continue;
        std::vector<Index> items;
        for (Index i = 0; i < 10; ++i) {
          if ((set >> i & 1u) != 0) items.push_back(i);
        }
        const double value = made.objective->value(items);
        best = std::max(best, value);
        mean += value;
        ++sets;
      }
      mean /= sets;
      const FractionalOptimum optimum = frank_wolfe(*made.objective->relax(problem));
      REQUIRE(optimum.bound >= best);
      REQUIRE(optimum.bound >= optimum.value - 1e-12 * std::abs(optimum.value));
      REQUIRE(optimum.bound >= mean);
      for (const char* selector : {"relaxation", "bounded_greedy", "one_shot"}) {
        REQUIRE(value_of(made, made.answer(selector).items) <= best + 1e-12 * std::abs(best));
      }
      if (text == "quality") worst = std::max(worst, optimum.bound - best);
    }
    CHECK(worst < 1e-11);  // linear: the bound is the optimum
  }
}

TEST_CASE("a certificate survives its file, and a wrong one is refused with what is wrong") {
  Made made(9, 300, 16, 1.0, true, "joint", 30);
  ProblemRequest request;
  request.objective = objectives().named("joint");
  request.budget.amount = 30;
  const ProblemSetup setup(made.data, request);
  const double reached = value_of(made, made.answer("relaxation").items);
  const UpperBound found = search_bound(setup, made.answer("relaxation").items, reached);
  REQUIRE(found.certificate);
  CHECK(found.certificate->bound >= reached);
  const std::string file = "/tmp/maskbench_certificate_" + std::to_string(getpid()) + ".json";
  write_certificate(*found.certificate, file);
  CHECK(verified_bound(setup, {}, read_certificate(file), file) ==
        Approx(found.certificate->bound).epsilon(1e-12));
  const auto refused = [&](auto change) {
    Certificate wrong = read_certificate(file);
    change(wrong);
    try {
      verified_bound(setup, {}, wrong, file);
    } catch (const UserError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(refused([&](Certificate& c) { c.bound = reached - 0.01; }).find("proves") != std::string::npos);
  CHECK(refused([](Certificate& c) { c.rows = 31; }).find("number of rows is 31, here it is 30") !=
        std::string::npos);
  CHECK(refused([](Certificate& c) { c.data_digest = "0"; }).find("data digest") != std::string::npos);
  CHECK(refused([](Certificate& c) { c.objective = "quality"; }).find("objective") != std::string::npos);
  CHECK(refused([](Certificate& c) { c.dual.pop_back(); }).find("15 numbers") != std::string::npos);
  Certificate loose = read_certificate(file);  // any dual proves something, and what it proves is what counts
  loose.dual.assign(16, 0.0);
  loose.bound = 1e9;
  const double proved = verified_bound(setup, {}, loose, file);
  CHECK(proved >= found.certificate->bound);
  CHECK(proved < 1e6);
  std::ofstream(file) << "{\"kind\": \"certificate\", \"rows\": \"many\"}";
  CHECK_THROWS_AS(read_certificate(file), UserError);
  std::remove(file.c_str());
}
