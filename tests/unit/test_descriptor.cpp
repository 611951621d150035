// Descriptors: what is written is what is run, and every slip is told with its place.
#include <catch2/catch.hpp>

#include <fstream>
#include <set>

#include "experiments/descriptor/descriptor.hpp"
#include "tests/folder.hpp"

namespace maskbench {
namespace {

// A small world to check names against: seeded data `made`, fixed data `real`, a stochastic and a
// deterministic selector.
KnownNames small_world() {
  const auto check = [](const std::set<std::string>& known) {
    return [known](const Spec& spec) {
      if (!known.contains(spec.key)) throw UserError("there is no \"" + spec.key + "\"");
      if (spec.arguments.contains("wrong")) throw UserError(spec.key + ": unknown parameter wrong");
    };
  };
  return {.dataset = check({"made", "real"}),
          .objective = check({"joint", "disf"}),
          .selector = check({"mask", "greedy"}),
          .seeded = [](const std::string& key) { return key == "made"; },
          .stochastic = [](const std::string& key) { return key == "mask"; }};
}

const char* const kText = R"({
  "schema": 1,
  "id": "toy",
  "question": "?",
  "datasets": [{"name": "made", "params": {"n": 2000}}, {"name": "real", "quality": ["edu"]}],
  "objectives": [{"name": "joint",
                  "params": {"lambda": 0.5, "diversity": {"name": "disf", "params": {"eps": 1e-8}}}}],
  "budgets": [{"fraction": 0.1}],
  "selectors": [
    {"name": "greedy"},
    {"name": "mask", "params": {"preset": "paper"}, "sweep": {"group": [32, 64], "eta": [0.5]},
     "only": {"dataset": "made"}}
  ],
  "seeds": {"base": 100, "repetitions": 3, "unchanging": 1},
  "limits": {"seconds": 20, "threads": 2},
  "groups": {
    "ci": {"datasets.0.params.n": 300, "seeds.repetitions": 2, "selectors.0.params.first": true},
    "quick": {"budgets": [{"rows": 7}, {"tokens": 5000, "fill": "at_least"}], "datasets": [{"name": "real"}],
              "selectors.1.only": {}},
    "paper": {}
  },
  "table": {"rows": "selector", "cells": ["objective"]}
})";

struct File {
  explicit File(const std::string& text, const std::string& name = "toy.json") : path(folder / name) {
    std::ofstream(path) << text;
  }

  test::Folder folder;
  std::string path;
};

Descriptor load(const std::string& text,
                const DescriptorOptions& options = {.group = "paper", .overrides = {}, .only = {}}) {
  return load_descriptor(File(text).path, options, small_world());
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

std::string fault(const std::string& text,
                  const DescriptorOptions& options = {.group = "paper", .overrides = {}, .only = {}}) {
  try {
    load(text, options);
  } catch (const UserError& error) {
    return error.what();
  }
  return "no error";
}

DescriptorOptions group(const std::string& name) {
  return {.group = name, .overrides = {}, .only = {}};
}

TEST_CASE("a selector from the command line is one more entry") {
  DescriptorOptions options = group("paper");
  const std::size_t before = load(kText, options).cells.size();
  options.add_selectors = {"greedy[lazy=true]"};
  const Descriptor descriptor = load(kText, options);
  CHECK(descriptor.cells.size() > before);
  CHECK(descriptor.resolved["selectors"].back() == Json({{"name", "greedy"}, {"params", {{"lazy", true}}}}));
  CHECK(std::any_of(descriptor.cells.begin(), descriptor.cells.end(),
                    [](const Cell& cell) { return cell.axes["selector"] == "greedy[lazy=true]"; }));
  options.add_selectors = {"nobody"};
  CHECK_THAT(fault(kText, options), Catch::Contains("nobody"));
  options.add_selectors = {"greedy"};
  CHECK_THAT(fault(kText, options), Catch::Contains("the same cell"));
}

TEST_CASE("metrics are known ones, and those that the table shows") {
  CHECK_FALSE(load(kText).metrics);
  const auto with = [](const std::string& metrics, const std::string& cell) {
    return replaced(replaced(kText, "\"paper\": {}", "\"paper\": {\"metrics\": " + metrics + "}"),
                    "[\"objective\"]", "[\"objective\", \"mean_quality\", " + cell + "]");
  };
  CHECK(load(with("[]", "\"seconds\"")).metrics == std::vector<std::string>{});
  CHECK(load(with("[\"disf\"]", "\"disf\"")).metrics == std::vector<std::string>{"disf"});
  CHECK(load(with("[\"mean_quality\"]", "{\"measure\": \"mean_quality.edu\"}")).metrics);
  CHECK_THAT(fault(with("[\"dsif\"]", "\"seconds\"")), Catch::Contains("there is no metric \"dsif\""));
  CHECK_THAT(fault(with("[\"disf\"]", "\"length_ratio\"")),
             Catch::Contains("leaves out \"length_ratio\", which the table shows"));
}

TEST_CASE("a table that cannot be shown is refused before anything runs") {
  const auto with = [](const std::string& table) {
    return replaced(kText, "\"cells\": [\"objective\"]", table);
  };
  CHECK(
      fault(with(
          R"("cells": ["objective", {"measure": "objective", "paired": "greedy"}], "reference": "greedy")")) ==
      "no error");
  CHECK_THAT(
      fault(with(R"("cells": ["objectve"])")),
      Catch::StartsWith(
          "toy.json, line 22, table: cells: there is no measure \"objectve\"; did you mean \"objective\"?"));
  CHECK_THAT(fault(with(R"("cells": ["seconds"])")), Catch::Contains("a time needs its value"));
  CHECK_THAT(fault(with(R"("cells": [{"measure": "objective", "paired": "greedi"}])")),
             Catch::Contains(
                 "paired: no row is called \"greedi\"; did you mean \"greedy\"?; there are: greedy, mask"));
  CHECK_THAT(fault(with(R"("cells": ["objective"], "reference": "naive")")),
             Catch::Contains("reference: no row is called \"naive\""));
  CHECK_THAT(fault(with(R"("cells": ["objective"], "same_picks": {"greedy": "other"})")),
             Catch::Contains("same_picks: no row"));
}

TEST_CASE("two cells that a table would take for one are refused") {
  const std::string twice =
      replaced(kText, "{\"name\": \"real\", \"quality\": [\"edu\"]}",
               "{\"name\": \"real\", \"quality\": [\"edu\"]}, {\"name\": \"real\", \"quality\": [\"wiki\"]}");
  CHECK_THAT(fault(twice, group("paper")),
             Catch::Contains("are both called real | joint") && Catch::Contains("a label of its own"));
  CHECK(fault(replaced(twice, "[\"wiki\"]", "[\"wiki\"], \"label\": \"real, wiki\""), group("paper")) ==
        "no error");
}

TEST_CASE("a descriptor expands to cells, repetition by repetition") {
  const Descriptor descriptor = load(kText);
  std::vector<std::string> keys;
  for (const Cell& cell : descriptor.cells) keys.push_back(cell.key);
  const std::string made = "toy.paper | made[n=2000] | joint[diversity=disf[eps=1e-08],lambda=0.5] | 10 % | ";
  const std::string real = replaced(made, "made[n=2000]", "real(edu)");
  CHECK(keys ==
        std::vector<std::string>{made + "greedy | r0", made + "mask[eta=0.5,group=32,preset=paper] | r0",
                                 made + "mask[eta=0.5,group=64,preset=paper] | r0", real + "greedy | r0",
                                 made + "greedy | r1", made + "mask[eta=0.5,group=32,preset=paper] | r1",
                                 made + "mask[eta=0.5,group=64,preset=paper] | r1", made + "greedy | r2",
                                 made + "mask[eta=0.5,group=32,preset=paper] | r2",
                                 made + "mask[eta=0.5,group=64,preset=paper] | r2"});
  const Cell& cell = descriptor.cells[5];
  CHECK(cell.seed == 101);
  CHECK(cell.repetition == 1);
  CHECK(cell.dataset.arguments.at("seed") == "101");
  CHECK(cell.selector.arguments.at("group") == "32");
  CHECK(cell.limits.seconds == 20);
  CHECK(cell.axes["selector.group"] == 32);
  CHECK(cell.axes["objective.diversity"] == "disf[eps=1e-08]");
  CHECK(cell.axes["dataset"] == "made[n=2000]");
  CHECK_FALSE(descriptor.cells[3].dataset.arguments.contains("seed"));
  CHECK(descriptor.cells[3].quality == std::vector<std::string>{"edu"});
  CHECK(descriptor.plan.size() == keys.size());
  CHECK_FALSE(descriptor.resolved.contains("groups"));
}

TEST_CASE("a group overrides by path") {
  const Descriptor ci = load(kText, group("ci"));
  CHECK(ci.cells.size() == 3 * 2 + 1);
  CHECK(ci.cells[0].dataset.arguments.at("n") == "300");
  CHECK(ci.cells[0].selector.arguments.at("first") == "true");  // `params` was not there
  const Descriptor quick = load(kText, group("quick"));
  CHECK(quick.cells[0].budget.text() == "7 rows");
  CHECK(quick.cells[3].budget.text() == "at least 5000 tokens");
  CHECK(quick.cells[3].budget.unit == Unit::tokens);
  CHECK(quick.cells.size() == 2 * (1 + 2 * 3));  // greedy on fixed data once, two masks three times
}

TEST_CASE("overrides come after the group, JSON or a bare word") {
  DescriptorOptions options = group("ci");
  options.overrides = {{"datasets.0.params.n", "50"}, {"selectors.1.params.preset", "ours"}};
  const Descriptor descriptor = load(kText, options);
  CHECK(descriptor.cells[0].dataset.arguments.at("n") == "50");
  CHECK(descriptor.cells[1].selector.arguments.at("preset") == "ours");
}

TEST_CASE("only keeps the cells that fit, the plan stays whole") {
  DescriptorOptions options = group("paper");
  options.only = {{"selector", "mask"}, {"selector.group", "64"}, {"repetition", "0"}, {"repetition", "2"}};
  const Descriptor descriptor = load(kText, options);
  CHECK(descriptor.cells.size() == 2);
  CHECK(descriptor.plan.size() == 10);
  options.only = {{"dataset", "real"}};
  CHECK(load(kText, options).cells.size() == 1);
  options.only = {{"dataset", "rael"}};
  CHECK_THAT(fault(kText, options), Catch::Contains("no cell fits; there are: made[n=2000]; real"));
  options.only = {{"selector.grup", "64"}};
  CHECK_THAT(fault(kText, options),
             Catch::Contains("no cell has \"selector.grup\"; did you mean \"selector.group\"?"));
  CHECK(path_value("selector=mask[eta=1]") == PathValue{"selector", "mask[eta=1]"});
  CHECK_THROWS_AS(path_value("selector"), UserError);
}

TEST_CASE("every slip is told with file, line and path") {
  CHECK(fault(replaced(kText, "\"id\": \"toy\",", "\"id\": \"toy\", \"id\": \"toy\","))
            .find("line 3: key \"id\" stands twice") != std::string::npos);
  CHECK_THAT(fault(replaced(kText, "\"quality\"", "\"qualty\"")),
             Catch::StartsWith(
                 "toy.json, line 5, datasets.1.qualty: unknown key \"qualty\"; did you mean \"quality\"?"));
  CHECK_THAT(fault(replaced(kText, "\"fraction\": 0.1", "\"fraction\": 0")),
             Catch::StartsWith("toy.json, line 8, budgets.0.fraction: is 0; it must be above 0"));
  CHECK_THAT(fault(replaced(kText, "\"fraction\": 0.1", "\"rows\": 1, \"tokens\": 1")),
             Catch::Contains("line 8, budgets.0: needs one of"));
  CHECK_THAT(fault(replaced(kText, "{\"name\": \"greedy\"}", "{\"name\": \"gredy\"}")),
             Catch::StartsWith("toy.json, line 10, selectors.0: there is no \"gredy\""));
  CHECK_THAT(fault(replaced(kText, "{\"preset\": \"paper\"}", "{\"wrong\": 1}")),
             Catch::StartsWith("toy.json, line 11, selectors.1: mask: unknown parameter wrong"));
  CHECK_THAT(fault(replaced(kText, "\"preset\": \"paper\"", "\"preset\": \"a,b\"")),
             Catch::StartsWith("toy.json, line 11, selectors.1: "));
  CHECK_THAT(fault(replaced(kText, "{\"dataset\": \"made\"}", "{\"datset\": \"made\"}")),
             Catch::StartsWith(
                 "toy.json, line 12, selectors.1.only: no cell has \"datset\"; did you mean \"dataset\"?"));
  CHECK_THAT(
      fault(replaced(kText, "{\"name\": \"greedy\"}", "{\"name\": \"greedy\"}, {\"name\": \"greedy\"}")),
      Catch::Contains("the same cell as one of selectors.0"));
  CHECK_THAT(fault(replaced(kText, "\"toy\"", "\"other\"")),
             Catch::Contains("line 3, id: is \"other\"; the file is called \"toy\""));
}

TEST_CASE("what would fill the memory or the machine is refused before it is made") {
  const auto seeds = [](const std::string& repetitions) {
    return replaced(kText, "\"repetitions\": 3", "\"repetitions\": " + repetitions);
  };
  CHECK_THAT(fault(seeds("2000000000")),
             Catch::Contains("seeds.repetitions: is 2000000000; at most 100000 is allowed"));
  CHECK_THAT(fault(seeds("18446744073709551615")),
             Catch::Contains("seeds.repetitions: is 18446744073709551615"));
  CHECK_THAT(fault(seeds("50000")), Catch::Contains("cells; at most 100000 are allowed"));
  std::string values = "0";
  for (int i = 1; i < 400; ++i) values += "," + std::to_string(i);
  CHECK_THAT(fault(replaced(kText, "\"group\": [32, 64], \"eta\": [0.5]",
                            "\"group\": [" + values + "], \"eta\": [" + values + "]")),
             Catch::Contains("selectors.1.sweep: makes 160000 cells; at most 100000 are allowed"));
  CHECK_THAT(fault(replaced(kText, "\"threads\": 2", "\"threads\": 1000")),
             Catch::Contains("limits.threads: 1000 threads; at most "));
  CHECK_THAT(fault(replaced(kText, "\"threads\": 2", "\"threads\": 100000")),
             Catch::Contains("limits.threads: is 100000; at most 1024 is allowed"));
}

TEST_CASE("a group's slip is told where it stands") {
  CHECK_THAT(fault(replaced(kText, "datasets.0.params.n\"", "datsets.0.params.n\""), group("ci")),
             Catch::StartsWith("toy.json, line 17, groups.ci: \"datsets.0.params.n\": the descriptor has no "
                               "\"datsets\"; did you mean "
                               "\"datasets\"?"));
  CHECK_THAT(fault(replaced(kText, "datasets.0.params.n\"", "datasets.2.params.n\""), group("ci")),
             Catch::Contains("datasets has the entries 0 to 1, not \"2\""));
  CHECK_THAT(
      fault(replaced(kText, "seeds.repetitions", "seeds.repetitons"), group("ci")),
      Catch::Contains("groups.ci: \"seeds.repetitons\"") && Catch::Contains("did you mean \"repetitions\"?"));
  CHECK_THAT(
      fault(replaced(kText, "\"paper\": {}", "\"paper\": {\n\"metrics\": [\"dsif\"]}"), group("paper")),
      Catch::StartsWith("toy.json, line 21, metrics: there is no metric \"dsif\"; did you mean \"disf\"?"));
  CHECK_THAT(
      fault(replaced(kText, "\"paper\": {}", "\"paper\": {\n\"selectors\": [\n{\"name\": \"gredy\"}]}"),
            group("paper")),
      Catch::StartsWith("toy.json, line 22, selectors.0: there is no \"gredy\""));
  CHECK_THAT(fault(kText, group("smoke")),
             Catch::Contains("there is no group \"smoke\"; there are: ci, quick, paper"));
}

TEST_CASE("a budget becomes an amount once n is known") {
  const auto data = [](Index n) {
    DatasetBuilder builder("sized", n);
    builder.score("q", std::vector<float>(n, 1.0f));
    builder.sizes("tokens", "tokens", std::vector<std::int32_t>(n, 30));
    return builder.build();
  };
  BudgetRequest budget;
  budget.fraction = 0.1;
  CHECK(budget.of(*data(10509)).amount == 1050);
  CHECK(budget.of(*data(3)).amount == 1);
  budget.fraction = 1.0;
  const auto seven = data(7);
  CHECK(budget.of(*seven).amount == 7);
  CHECK(budget.text() == "100 %");
  budget.unit = Unit::tokens;
  budget.fraction = 0.25;
  CHECK(budget.of(*seven).amount == 52);  // of 210
  CHECK(budget.of(*seven).unit == Unit::tokens);
  CHECK(budget.text() == "25 % of tokens");
  budget.unit = Unit::bytes;
  CHECK_THROWS_WITH(budget.of(*seven), Catch::Contains("bytes") && Catch::Contains("tokens"));
  budget.unit = Unit::rows;
  budget.fraction = 1.5;
  CHECK_THROWS_AS(budget.of(*seven), UserError);
  budget.fraction.reset();
  CHECK_THROWS_AS(budget.of(*seven), UserError);  // 0 rows
  budget.amount = 8;
  CHECK_THROWS_WITH(budget.of(*seven), Catch::Contains("8 rows of a data set that has 7"));
  budget.unit = Unit::tokens;
  CHECK(budget.of(*seven).amount == 8);
  budget.fill = Fill::at_least;
  budget.keep = "a.parquet";
  CHECK(budget.text() == "at least 8 tokens, keep a.parquet");
}

TEST_CASE("every descriptor of the repository loads in every group, against the registry") {
  const std::vector<std::string> files = descriptor_files();
  REQUIRE(files.size() >= 2);
  for (const std::string& file : files) {
    for (const char* name : {"ci", "quick", "paper"}) {
      INFO(file << " " << name);
      const Descriptor descriptor = load_descriptor(file, group(name));
      CHECK_FALSE(descriptor.cells.empty());
      int most = 0;  // at least 5 seeds in quick and paper
      for (const Cell& cell : descriptor.cells) most = std::max(most, cell.repetition + 1);
      CHECK(most >= (std::string(name) == "ci" ? 2 : 5));
    }
  }
  CHECK(descriptor_file("speedup") == descriptor_file(descriptor_file("speedup")));
  CHECK_THROWS_WITH(descriptor_file("spedup"), Catch::Contains("did you mean \"speedup\"?"));
}

}  // namespace
}  // namespace maskbench
