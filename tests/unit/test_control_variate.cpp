// The control variate, the warm starts and the step size of DATAMASK, and the inclusion probabilities below
// them.
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>

#include "algorithms/core/selector.hpp"
#include "algorithms/datamask/block.hpp"
#include "algorithms/datamask/control_variate.hpp"
#include "algorithms/datamask/inclusion.hpp"
#include "algorithms/datamask/logits.hpp"
#include "algorithms/kernels/gumbel_topk.hpp"
#include "tests/unit/random_rows.hpp"

using namespace maskbench;
using namespace maskbench::test;

namespace {

std::vector<double> some_weights(Index n) {
  const Stream stream(4, purpose("weights"));
  std::vector<double> weight;
  for (Index i = 0; i < n; ++i)
    weight.push_back(std::exp(2 * stream.uniform(static_cast<std::uint64_t>(i)) - 2));
  return weight;
}

double scored_inclusion(const std::vector<double>& weight, Index picked, const std::vector<double>& score) {
  std::vector<double> inclusion(weight.size());
  inclusion_probabilities(weight, clock_time(weight, picked), inclusion);
  return std::inner_product(inclusion.begin(), inclusion.end(), score.begin(), 0.0);
}

Problem rows_problem(const Dataset& data, std::span<const Index> rows, const Objective& objective,
                     Index budget) {
  return {data, rows, {}, {}, &objective, {Unit::rows, budget, Fill::at_most}, {}};
}

// Mean and summed variance of a step's gradient, for groups of 16 masks.
struct Spread {
  std::vector<double> mean;
  double variance = 0;
};
Spread spread_of(const Problem& problem, const BlockSlopes* slopes, std::span<const double> logits,
                 std::uint64_t groups) {
  const Index n = static_cast<Index>(logits.size()), picked = problem.budget.amount;
  const std::vector<Index> places = all_rows(n);
  std::vector<double> weight, reward(16), gradient(logits.size()), squares(logits.size(), 0.0);
  batch_weights(logits, places, weight);
  const auto scorer = problem.objective->scorer();
  Spread spread{std::vector<double>(logits.size(), 0.0)};
  for (std::uint64_t number = 0; number < groups; ++number) {
    MaskSet masks;
    MaskSampler().draw(Stream(2, purpose("groups")), number * 16, weight, 16, picked, true, masks);
    scorer->score(problem.candidates, masks, reward);
    const double mean = std::accumulate(reward.begin(), reward.end(), 0.0) / 16;
    for (double& entry : reward)
      entry -= mean;  // not divided by their deviation: that would bend the expectation a little
    std::optional<ControlVariate> variate;
    if (slopes != nullptr) variate.emplace(*slopes);
    if (variate) variate->explain(logits, places, masks, reward);
    log_prob_gradient({.log_prob = datamask::LogProb::pl_ordered}, masks, weight, reward, gradient);
    if (variate) variate->add_expectation(logits, places, 16, gradient);
    for (std::size_t i = 0; i < gradient.size(); ++i) {
      spread.mean[i] += gradient[i] / static_cast<double>(groups);
      squares[i] += gradient[i] * gradient[i] / static_cast<double>(groups);
    }
  }
  for (std::size_t i = 0; i < squares.size(); ++i)
    spread.variance += squares[i] - spread.mean[i] * spread.mean[i];
  return spread;
}

}  // namespace

TEST_CASE("inclusion probabilities sum to the rows picked, from any guess") {
  const std::vector<double> weight = some_weights(203);
  for (const Index picked : {1, 20, 150, 202}) {
    for (const double guess : {0.0, 1e-3, 50.0}) {
      std::vector<double> inclusion(weight.size());
      inclusion_probabilities(weight, clock_time(weight, picked, guess), inclusion);
      CHECK(std::accumulate(inclusion.begin(), inclusion.end(), 0.0) ==
            Approx(static_cast<double>(picked)).epsilon(1e-8));
    }
  }
}

TEST_CASE("inclusion probabilities are those of drawn masks") {
  const std::vector<double> weight = some_weights(200);
  std::vector<double> inclusion(weight.size()), seen(weight.size(), 0.0);
  inclusion_probabilities(weight, clock_time(weight, 40), inclusion);
  constexpr Index kDraws = 20000;
  MaskSet masks;
  MaskSampler().draw(Stream(1, purpose("inclusion")), 0, weight, kDraws, 40, false, masks);
  for (const std::int32_t item : masks.items) seen[item] += 1.0 / kDraws;
  for (std::size_t i = 0; i < weight.size(); ++i)
    CHECK(std::abs(seen[i] - inclusion[i]) < 0.004 + 4.5 * std::sqrt(0.25 / kDraws));
}

TEST_CASE("the inclusion gradient is that of the scored inclusion probabilities by the logits") {
  const std::vector<double> weight = some_weights(30);
  std::vector<double> score, rate(30), gradient;
  for (int i = 0; i < 30; ++i) score.push_back(std::sin(3.0 * i));
  inclusion_rates(weight, clock_time(weight, 9), rate);
  const double mean = std::inner_product(rate.begin(), rate.end(), score.begin(), 0.0) /
                      std::accumulate(rate.begin(), rate.end(), 0.0);
  for (std::size_t i = 0; i < 30; ++i) gradient.push_back(rate[i] * (score[i] - mean));
  for (std::size_t i = 0; i < 30; ++i) {
    auto up = weight, down = weight;
    up[i] *= std::exp(1e-4);
    down[i] *= std::exp(-1e-4);
    const double slope = (scored_inclusion(up, 9, score) - scored_inclusion(down, 9, score)) / 2e-4;
    CHECK(gradient[i] == Approx(slope).epsilon(1e-5).margin(1e-7));
  }
}

TEST_CASE("the control variate keeps the gradient's direction and takes most of its variance") {
  const auto data = random_rows(5, 48, 6);
  const std::vector<Index> rows = all_rows(48);
  std::vector<double> logits;
  for (Index i = 0; i < 48; ++i) logits.push_back(std::sin(0.7 * static_cast<double>(i)));
  for (const char* text : {"pairwise_similarity", "facility_location", "disf", "disf[standardise=frozen]"}) {
    INFO(text);
    const auto objective = objective_of(*data, text);
    const Problem problem = rows_problem(*data, rows, *objective, 12);
    const BlockSlopes slopes(problem, rows, 12);
    REQUIRE(slopes.known());
    constexpr std::uint64_t kGroups = 600;
    const Spread plain = spread_of(problem, nullptr, logits, kGroups),
                 with = spread_of(problem, &slopes, logits, kGroups);
    double apart = 0, length = 0;
    for (std::size_t i = 0; i < logits.size(); ++i) {
      apart += std::pow(plain.mean[i] - with.mean[i], 2);
      length += std::pow(plain.mean[i], 2);
    }
    CHECK(apart < 2 * (plain.variance + with.variance) / kGroups + 0.01 * length);  // noise, and O(1/G) of b
    CHECK(with.variance < 0.75 * plain.variance);
    if (std::string(text) == "pairwise_similarity") CHECK(with.variance < 0.25 * plain.variance);
  }
}

TEST_CASE("a warm start from one_shot answers, without a step, what one_shot does") {
  const auto data = random_rows(6, 90, 10);
  const std::vector<Index> rows = all_rows(90);
  const auto objective = objective_of(*data, "pairwise_similarity");
  const Problem problem = rows_problem(*data, rows, *objective, 12);
  const BlockSlopes slopes(problem, rows, 12);
  const auto logits = initial_logits(
      problem, rows, {.initialisation = datamask::Initialisation::one_shot, .warmth = 3}, &slopes);
  RunContext context(0);
  std::vector<Index> one_shot = selectors().make("one_shot")->select(problem, context).items;
  std::sort(one_shot.begin(), one_shot.end());
  CHECK(highest(rows, logits, 12) == one_shot);
  double squares = 0;
  for (const double logit : logits) squares += logit * logit / 90;
  CHECK(squares == Approx(9.0));

  const auto optimum =
      initial_logits(problem, rows, {.initialisation = datamask::Initialisation::relaxation}, &slopes);
  CHECK(objective->value(highest(rows, optimum, 12)) >= objective->value(one_shot));
  CHECK(initial_logits(problem, rows, {.initialisation = datamask::Initialisation::one_shot}, nullptr) ==
        std::vector<double>(90, 0.0));
}

TEST_CASE("step sizes: as given, by the batch, by the travel; leave-one-out is a factor") {
  CHECK(step_size({.eta = 3}, {50, 5}, 1000) == 3);
  CHECK(step_size({}, {10000, 5}, 1000) == 4);
  CHECK(step_size({}, {10001, 5}, 1000) == 8);
  CHECK(step_size({.steps = 100, .travel = 2}, {50, 16}, 1000) == Approx(5));  // 2 * 1000 / (100 * 4)
  CHECK(step_size({.group_size = 5, .eta = 4, .baseline = datamask::Baseline::leave_one_out}, {50, 5},
                  1000) == Approx(5));
  CHECK(schedule_at({.steps = 10, .schedule = datamask::Schedule::linear}, 4) == Approx(0.6));
  CHECK(schedule_at({.steps = 10}, 4) == 1);
}

// Masks of two or three rows, as small batches of small problems have, teach `ours` no more than `paper`:
// batches of half here.
TEST_CASE("preset ours reaches more than preset paper in a tenth of its steps") {
  const auto data = random_rows(8, 200, 12);
  const std::vector<Index> rows = all_rows(200);
  for (const char* text : {"pairwise_similarity", "facility_location", "disf"}) {
    INFO(text);
    const auto objective = objective_of(*data, text);
    const Problem problem = rows_problem(*data, rows, *objective, 24);
    const auto value_of = [&](const std::string& selector) {
      RunContext context(3);
      std::vector<Index> items = selectors().make(selector)->select(problem, context).items;
      std::sort(items.begin(), items.end());
      return objective->value(items);
    };
    CHECK(value_of("datamask[preset=ours,steps=40]") > value_of("datamask[preset=paper,steps=400]"));
  }
}
