// The harness's own side: what it believes of an answer, its clock, its curve, its floor.
#include <catch2/catch.hpp>

#include <chrono>
#include <thread>

#include "experiments/machine/memory.hpp"
#include "experiments/problem/answer.hpp"
#include "experiments/run/harness_context.hpp"
#include "experiments/run/oracle_greedy_estimate.hpp"
#include "experiments/scoring/evaluate.hpp"
#include "tests/contract/tiny_problem.hpp"

namespace maskbench {
namespace {

using contract::Tiny;
using contract::tiny_data;

Selection picks(std::vector<Index> items, Stop why = Stop::filled) {
  Selection selection;
  selection.items = std::move(items);
  selection.why = why;
  return selection;
}

std::string fault(const Tiny& tiny, const Selection& selection, SelectorTraits traits = {}) {
  return fault_of(tiny.problem(), traits, selection).value_or("");
}

TEST_CASE("an answer is believed only when it is one of the problem") {
  const Tiny tiny(tiny_data(10), {Unit::rows, 3, Fill::at_most});
  CHECK(fault(tiny, picks({7, 0, 3})) == "");
  CHECK_THAT(fault(tiny, picks({7, 0, 10})), Catch::Contains("row 10 is not in 0 to 9"));
  CHECK_THAT(fault(tiny, picks({7, 0, -1})), Catch::Contains("row -1"));
  CHECK_THAT(fault(tiny, picks({7, 0, 7})), Catch::Contains("row 7 is picked twice"));
  CHECK_THAT(fault(tiny, picks({7, 0, 3, 4})), Catch::Contains("beyond the budget"));
  CHECK_THAT(fault(tiny, picks({7, 0})), Catch::Contains("unused"));
  CHECK(fault(tiny, picks({7, 0}, Stop::interrupted)) == "");
  CHECK(fault(tiny, picks({7, 0}), {.may_stop_early = true}) == "");

  Selection odd = picks({7, 0, 3});
  odd.score = {1.0f};
  CHECK_THAT(fault(tiny, odd), Catch::Contains("1 scores for 3 rows"));
  Selection repeated = picks({7, 0});
  repeated.repeats = {2, 1};
  CHECK_THAT(fault(tiny, repeated), Catch::Contains("registration"));
  CHECK(fault(tiny, repeated, {.repeats = true}) == "");
  repeated.repeats = {3, 1};
  CHECK_THAT(fault(tiny, repeated, {.repeats = true}),
             Catch::Contains("pick 2 (row 0) is beyond the budget"));
  repeated.repeats = {1, 1};
  CHECK_THAT(fault(tiny, repeated, {.repeats = true}), Catch::Contains("unused"));
  repeated.repeats = {2, 0};
  CHECK_THAT(fault(tiny, repeated, {.repeats = true}), Catch::Contains("row 0 has 0 repeats"));
}

TEST_CASE("kept rows are no candidates, and quotas count") {
  Tiny tiny(tiny_data(12), {Unit::rows, 5, Fill::at_most});
  tiny.keep({0, 1});
  CHECK(fault(tiny, picks({2, 3, 4})) == "");
  CHECK_THAT(fault(tiny, picks({1, 3, 4})), Catch::Contains("row 1 is not a candidate"));
  tiny.quotas = {{"topic", 0, 1}};  // topic is row % 3: row 0 is kept and has used it up
  CHECK_THAT(fault(tiny, picks({2, 3, 4})), Catch::Contains("quota"));
  CHECK(fault(tiny, picks({2, 4, 5})) == "");
}

TEST_CASE("a budget of tokens is a ceiling or a floor") {
  const auto data = tiny_data(20);
  const auto first_two = data->lengths()[0] + data->lengths()[1];
  const Tiny ceiling(data, {Unit::tokens, first_two, Fill::at_most});
  CHECK(fault(ceiling, picks({0, 1})) == "");
  CHECK_THAT(fault(ceiling, picks({0, 1, 2})), Catch::Contains("beyond the budget"));
  const Tiny floor(data, {Unit::tokens, first_two - 1, Fill::at_least});
  CHECK(fault(floor, picks({0, 1})) == "");
  CHECK_THAT(fault(floor, picks({0})), Catch::Contains("unused"));
}

TEST_CASE("the clock stands still inside checkpoint and the curve depends on the calls only") {
  HarnessOptions options;
  double paused = 0;
  options.on_pause = [&](double seconds) { paused += seconds; };
  options.score = [](const std::vector<Index>& items, PointRecord& point) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    point.value = static_cast<double>(items.size());
    return true;
  };
  HarnessContext context(1, std::move(options));
  context.clock().resume();
  for (Index call = 1; call <= 30; ++call) {
    CHECK(context.checkpoint([call] { return std::vector<Index>(call); }));
  }
  context.clock().pause();
  std::vector<std::int64_t> steps;
  for (const PointRecord& point : context.curve()) {
    steps.push_back(point.step);
    CHECK(point.value == static_cast<double>(point.step));
  }
  CHECK(steps == std::vector<std::int64_t>{1, 2, 3, 4, 6, 8, 11, 15, 20, 26});
  CHECK(paused >= 0.2);
  CHECK(context.clock().seconds() < paused / 4);
}

TEST_CASE("checkpoint says stop once the wall limit is over") {
  HarnessOptions options;
  options.limit_seconds = 0.01;
  HarnessContext context(1, std::move(options));
  CHECK_FALSE(context.stopping());
  context.clock().resume();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  CHECK(context.stopping());
  const std::vector<Index> none;
  CHECK_FALSE(context.checkpoint(none));
}

ProblemRequest request_for(const std::string& objective, std::int64_t rows) {
  ProblemRequest request;
  request.objective = objectives().named(objective);
  request.budget.amount = rows;
  return request;
}

TEST_CASE("the floor is exact where a formula is known and drawn where the problem is not plain") {
  const auto data = tiny_data(40);
  const ProblemSetup plain(data, request_for("joint", 10));
  const auto exact = random_floor(plain, {});
  REQUIRE(exact);
  CHECK(exact->exact);
  CHECK(exact->error == 0);

  ProblemRequest with_kept = request_for("joint", 10);
  with_kept.kept = {39};
  const auto drawn = random_floor(ProblemSetup(data, with_kept), {});
  REQUIRE(drawn);
  CHECK_FALSE(drawn->exact);
  CHECK(drawn->error > 0);
  CHECK(std::abs(drawn->mean - exact->mean) < 10 * drawn->error);
  CHECK(random_floor(ProblemSetup(data, with_kept), {})->mean == drawn->mean);
}

TEST_CASE("a problem that cannot be is refused with what is allowed") {
  const auto data = tiny_data(40);
  const auto refused = [&](const ProblemRequest& request, const std::string& words) {
    CHECK_THROWS_WITH(ProblemSetup(data, request), Catch::Contains(words));
  };
  ProblemRequest request = request_for("joint", 10);
  request.kept = {3, 40};
  refused(request, "kept row 40");
  request.kept = {3, 3};
  refused(request, "twice");
  request.kept = {0, 1, 2};
  request.budget.amount = 2;
  refused(request, "more than the budget");
  request = request_for("joint", 10);
  request.quality = {"third"};
  refused(request, "third");
  request = request_for("joint", 1);
  request.budget.unit = Unit::tokens;
  request.budget.amount = 1'000'000'000;
  refused(request, "tokens of data set");
}

TEST_CASE("the naive greedy's estimate grows with what it has to do") {
  const auto data = tiny_data(400);
  const ProblemSetup small(data, request_for("disf", 20)), large(data, request_for("disf", 200));
  const OracleGreedyEstimate few = estimate_oracle_greedy(small.problem()),
                             many = estimate_oracle_greedy(large.problem());
  std::vector<std::int64_t> sizes;
  for (const auto& [size, seconds] : many.timed) {
    sizes.push_back(size);
    CHECK(seconds > 0);
  }
  CHECK(sizes == std::vector<std::int64_t>{1, 10, 100, 200});
  CHECK(few.seconds > 0);
  // Timed, so that a busy machine may turn it round once.
  bool grows = many.seconds > few.seconds;
  for (int again = 0; again < 5 && !grows; ++again)
    grows = estimate_oracle_greedy(large.problem()).seconds > estimate_oracle_greedy(small.problem()).seconds;
  CHECK(grows);
}

TEST_CASE("amounts of memory are read and printed") {
  CHECK(parse_bytes("800000") == 800000);
  CHECK(parse_bytes("1.5K") == 1536);
  CHECK(parse_bytes("2GiB") == std::int64_t{2} << 30);
  for (const char* wrong : {"", "lots", "-1", "0", "3X", "1e300", "nan"})
    CHECK_THROWS_AS(parse_bytes(wrong), UserError);
  CHECK(print_bytes(512) == "512 B");
  CHECK(print_bytes(std::int64_t{3} << 20) == "3.0 MiB");
}

}  // namespace
}  // namespace maskbench
