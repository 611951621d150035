// Specs, parameters, registries, data sets, budgets.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "algorithms/core/problem.hpp"
#include "algorithms/core/quality.hpp"
#include "algorithms/core/registry.hpp"
#include "algorithms/core/selector.hpp"
#include "algorithms/datamask/datamask_params.hpp"
#include "datasets/core/source_registry.hpp"

using namespace maskbench;
using Catch::Matchers::Contains;

namespace {

std::shared_ptr<const Dataset> small_data() {
  DatasetBuilder builder("small", 4);
  builder.features("embedding", {1, 0, 0, 1, 0.6f, 0.8f, 1, 0}, 2);
  builder.score("a", {1, 2, 3, 2});
  builder.score("b", {5, 5, 5, 5});
  builder.label("topic", {0, 1, 0, 1});
  builder.sizes("tokens", "length", {10, 20, 30, 40});
  builder.ids("id", {"w", "x", "y", "z"});
  builder.quality_columns({"a"});
  return builder.build();
}

const std::vector<Index> kAll{0, 1, 2, 3};

Problem problem_of(const Dataset& data, Budget budget) {
  return {data, kAll, {}, {}, nullptr, budget, {}};
}

}  // namespace

TEST_CASE("specs are parsed, nested ones too, and printed canonically") {
  const Spec spec = parse_spec(" blocked[ inner=datamask[group_size=64,eta=2], blocks=10 ] ");
  CHECK(spec.key == "blocked");
  CHECK(spec.arguments.at("inner") == "datamask[group_size=64,eta=2]");
  CHECK(print_spec(spec) == "blocked[blocks=10,inner=datamask[group_size=64,eta=2]]");
  CHECK(print_spec(parse_spec("random")) == "random");
  for (const char* wrong : {"", "a b", "x[", "x[a]", "x[a=1]]", "x[a=1,a=2]", "x[a=1]y", "x[=1]", "[a=1]"}) {
    CHECK_THROWS_AS(parse_spec(wrong), UserError);
  }
  const auto nested = [](int depth) {
    std::string text = "random";
    for (int i = 0; i < depth; ++i) text = "blocked[inner=" + text + "]";
    return text;
  };
  CHECK_NOTHROW(parse_spec(nested(kDeepestSpec)));
  CHECK_THROWS_WITH(parse_spec(nested(kDeepestSpec + 1)), Contains("nested deeper than 8"));
  CHECK_THROWS_WITH(parse_spec(nested(5000)), Contains("nested deeper than 8"));
}

TEST_CASE("parameters: presets, defaults left out, errors that name what is allowed") {
  const auto read = [](const char* text) {
    return read_params<DatamaskParams>("datamask", parse_spec(text).arguments);
  };
  CHECK(read("datamask").prune == 0.5);
  CHECK(read("datamask[preset=ours]").prune == 0);
  CHECK(read("datamask[prune=0.4,preset=ours]").prune == 0.4);
  const auto canonical = [&](const char* text) {
    return print_spec({"datamask", canonical_arguments(read(text))});
  };
  CHECK(canonical("datamask[group_size=128,steps=50]") == "datamask[preset=paper,steps=50]");
  CHECK(canonical("datamask[preset=ours,final=top,prune=0.5]") == "datamask[preset=ours,prune=0.5]");
  CHECK_THROWS_WITH(read("datamask[group_sise=3]"), Contains("did you mean \"group_size\"?"));
  CHECK_THROWS_WITH(read("datamask[group_size=1]"), Contains("\"1\"") && Contains("2 to 65536"));
  CHECK_THROWS_AS(read("datamask[group_size=many]"), UserError);
  CHECK_THROWS_AS(read("datamask[batch=0]"), UserError);
  CHECK_THROWS_AS(read("datamask[batch=nan]"), UserError);
  CHECK_THROWS_AS(read("datamask[steps=1.5]"), UserError);
  CHECK_THROWS_WITH(read("datamask[final=best]"), Contains("sample, top"));
}

TEST_CASE("a second registration throws and names both files; unknown keys list what exists") {
  struct Nothing {};
  Registry<Nothing, int> registry("thing");
  registry.add<Nothing>("one", "", "", "first.cpp", 0);
  CHECK_THROWS_WITH(registry.add<Nothing>("one", "", "", "second.cpp", 0),
                    Contains("first.cpp") && Contains("second.cpp"));
  CHECK_THROWS_WITH(registry.find("oen"), Contains("one"));
  CHECK_THROWS_WITH(selectors().find("data_mask"), Contains("did you mean \"datamask\"?"));
}

TEST_CASE("data sets refuse what is not allowed, and name the row") {
  const auto build = [](const std::vector<float>& features) {
    DatasetBuilder builder("data", 2);
    builder.features("embedding", features, 2);
    return builder.build();
  };
  CHECK_THROWS_WITH(build({1, 0, 0, 0}), Contains("row 1") && Contains("embedding") && Contains("zeros"));
  CHECK_THROWS_WITH(build({1, 0, std::nanf(""), 0}), Contains("row 1") && Contains("not a number"));
  CHECK_THROWS_WITH(build({1, std::numeric_limits<float>::infinity(), 1, 0}),
                    Contains("row 0") && Contains("infinite"));
  CHECK_THROWS_AS(DatasetBuilder("empty", 0), UserError);
  DatasetBuilder builder("data", 2);
  CHECK_THROWS_WITH(builder.score("q", {0, std::nanf("")}), Contains("row 1") && Contains("\"q\""));
  CHECK_THROWS_WITH(builder.sizes("tokens", "length", {1, -5}), Contains("row 1") && Contains("-5"));
  CHECK_THROWS_WITH(builder.ids("id", {"a", "a"}),
                    Contains("\"a\"") && Contains("row 0") && Contains("row 1"));
  CHECK_THROWS_WITH(small_data()->score("c"), Contains("a, b"));
}

TEST_CASE(
    "a label's quota is a prefix too, follows the budget's fill, and counts rows where the budget has no "
    "unit") {
  DatasetBuilder builder("labelled", 6);
  builder.sizes("tokens", "tokens", {10, 30, 10, 10, 10, 10});
  builder.label("topic", {7, 7, 7, 8, 8, 8});
  const auto data = builder.build();
  const std::vector<double> score{6, 5, 4, 3, 2, 1};
  const auto pick = [&](Budget budget, std::int64_t amount) {
    const std::vector<Quota> quotas{{"topic", 7, amount}};
    std::vector<Index> all{0, 1, 2, 3, 4, 5};
    return take_highest({*data, all, {}, {}, nullptr, budget, quotas}, score).items;
  };
  CHECK(pick({Unit::tokens, 60}, 20) == std::vector<Index>{0, 3, 4, 5});  // 1 does not fit, 2 comes too late
  CHECK(pick({Unit::tokens, 60, Fill::at_least}, 20) == std::vector<Index>{0, 1, 3, 4});
  CHECK(pick({Unit::none, 0}, 2) == std::vector<Index>{0, 1, 3, 4, 5});
  CHECK(pick({Unit::none, 0}, 0) == std::vector<Index>{3, 4, 5});
}

TEST_CASE("copies count in the budget and in quotas") {
  const auto data = small_data();
  const std::vector<Quota> quotas{{"topic", 0, 4}};
  std::vector<Index> all{0, 1, 2, 3};
  const Problem problem{*data, all, {}, {}, nullptr, {Unit::rows, 6}, quotas};
  Meter meter(problem);
  CHECK(meter.take(0, 3));
  CHECK(meter.take(1, 2));
  CHECK_FALSE(meter.take(3, 2));  // 5 of 6 are taken
  CHECK(meter.full());
}

TEST_CASE(
    "an oracle that the harness has answers about several rows at once, is counted, also from within a "
    "wrapper") {
  struct Pairs final : RunContext {
    using RunContext::RunContext;
    double answer(std::string_view oracle, std::span<const Index> shown) override {
      if (oracle != "distance") return RunContext::answer(oracle, shown);
      return static_cast<double>(shown[1] - shown[0]);
    }
  } context(1);
  {
    InnerContext inner(context, 2, 0, 1);
    CHECK(inner.ask("distance", std::vector<Index>{3, 8}) == 5);
    CHECK_THROWS_WITH(inner.ask("taste", std::vector<Index>{3}), Contains("no oracle \"taste\""));
  }
  CHECK(context.work(Work::oracle_calls) == 2);
}

TEST_CASE("unit rows stay bit for bit, others are divided by their float64 norm once") {
  DatasetBuilder builder("data", 2);
  builder.features("embedding", {0.6f, 0.8f, 3, 4}, 2);
  const auto data = builder.build();
  const MatrixView rows = data->features();
  CHECK(rows.row(0)[0] == 0.6f);
  CHECK(rows.row(1)[0] == static_cast<float>(3.0 / 5.0));
}

TEST_CASE("the digest sees every column and nothing else") {
  const std::string digest = small_data()->digest();
  CHECK(digest.size() == 64);
  CHECK(small_data()->digest() == digest);
  DatasetBuilder builder("another name", 4);
  builder.features("embedding", {1, 0, 0, 1, 0.6f, 0.8f, 1, 0}, 2);
  builder.score("a", {1, 2, 3, 2});
  builder.score("b", {5, 5, 5, 5});
  builder.label("topic", {0, 1, 0, 1});
  builder.sizes("tokens", "length", {10, 20, 30, 40});
  CHECK(builder.build()->digest() != digest);  // no ids
}

TEST_CASE("merged quality: scaled columns, constants give 0") {
  const auto data = small_data();
  const std::vector<std::string> both{"a", "b"};
  CHECK(merge_quality(*data, both, Merge::minmax) == std::vector<double>{0, 0.5, 1, 0.5});
  CHECK(merge_quality(*data, both, Merge::rank) == std::vector<double>{0, 0.5, 1, 0.5});
  CHECK(merge_quality(*data, both, Merge::raw) == std::vector<double>{6, 7, 8, 7});
  CHECK(merge_quality(*data, both, Merge::zscore)[2] == Approx(std::sqrt(2.0)));
}

TEST_CASE("budgets: prefixes at most and at least, quotas, kept rows") {
  const auto data = small_data();
  const std::vector<double> score{4, 3, 2, 1};
  const auto pick = [&](Budget budget) { return take_highest(problem_of(*data, budget), score).items; };
  CHECK(pick({Unit::rows, 2}) == std::vector<Index>{0, 1});
  CHECK(pick({Unit::tokens, 59}) == std::vector<Index>{0, 1});
  CHECK(pick({Unit::tokens, 60}) == std::vector<Index>{0, 1, 2});
  CHECK(pick({Unit::tokens, 31, Fill::at_least}) == std::vector<Index>{0, 1, 2});
  CHECK(pick({Unit::tokens, 30, Fill::at_least}) == std::vector<Index>{0, 1});

  Problem problem = problem_of(*data, {Unit::rows, 3});
  const std::vector<Quota> quotas{{"topic", 0, 1}};
  problem.quotas = quotas;
  CHECK(take_highest(problem, score).items == std::vector<Index>{0, 1, 3});
  CHECK(take_highest(problem, std::vector<double>{1, 1, 1, 1}).items == std::vector<Index>{0, 1, 3});

  const std::vector<Index> kept{0}, rest{1, 2, 3};
  const Problem more{*data, rest, kept, {}, nullptr, {Unit::rows, 2}, {}};
  CHECK(more.rows_to_pick() == 1);
  CHECK(more.expected_rows() == 2);
  CHECK(take_highest(more, std::vector<double>{1, 5, 2}).items == std::vector<Index>{2});
}

TEST_CASE("a mistake carries what it is about") {
  const auto about = [](const auto& ask) {
    try {
      ask();
    } catch (const UserError& error) {
      return error.mistake();
    }
    return Mistake{};
  };
  const Mistake key = about([] { selectors().make("greedi"); });
  CHECK(key.where == "selector");
  CHECK(key.given == "greedi");
  CHECK_THAT(key.allowed, Contains("greedy"));
  const Mistake value = about([] { selectors().make("datamask[group_size=1]"); });
  CHECK(value.where == "selector datamask");
  CHECK(value.column == "group_size");
  CHECK(value.given == "1");
  CHECK(!value.allowed.empty());
  const Mistake name = about([] { selectors().make("datamask[groupsize=8]"); });
  CHECK(name.given == "groupsize");
  CHECK_THAT(name.allowed, Contains("group_size"));
  CHECK(!name.row);
}
