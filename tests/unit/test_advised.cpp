// Which selector `auto` is: what the objective advises, else the next that takes the problem, and said so.
#include <catch2/catch.hpp>

#include "experiments/problem/advised_selector.hpp"
#include "tests/contract/tiny_problem.hpp"

namespace maskbench {
namespace {

using contract::tiny_data;

struct Given {
  std::string objective;  // "": none is named
  Budget budget = {Unit::rows, 12, Fill::at_most};
  std::vector<Index> kept = {};
  std::string device = "cpu";
};

AdvisedSelector advised(const Given& given) {
  ProblemRequest request;
  if (!given.objective.empty()) request.objective = objectives().named(given.objective);
  request.budget.unit = given.budget.unit;
  request.budget.amount = given.budget.amount;
  request.kept = given.kept;
  const ProblemSetup setup(tiny_data(60), request);
  AdvisedSelector found = advised_selector(setup, given.device);
  if (found.refusal.empty() && given.device == "cpu") CHECK(found.selector.refusal(setup.problem()) == "");
  return found;
}

TEST_CASE("auto is what the objective advises, a joint one by its diversity") {
  const auto [objective, selector] = GENERATE(table<std::string, std::string>({
      {"", "relaxation"},  // joint: the data have a quality
      {"quality", "relaxation"},
      {"pairwise_similarity", "relaxation"},
      {"joint[lambda=0.3]", "relaxation"},
      {"facility_location", "lazy_greedy"},
      {"joint[diversity=facility_location]", "lazy_greedy"},
      {"disf", "frank_wolfe_disf"},
      {"joint[diversity=disf[standardise=frozen]]", "frank_wolfe_disf"},
  }));
  const AdvisedSelector found = advised({objective});
  CHECK(found.selector.canonical == selector);
  CHECK(found.note.empty());
  CHECK(found.refusal.empty());
}

// As a plug-in would: `quality` under another key and with other advice.
void register_quality_as(const std::string& key, const char* advised_selector) {
  if (objectives().entries().contains(key)) return;
  ObjectiveRegistry::Entry entry = objectives().find("quality");
  entry.key = key;
  entry.traits.advised = advised_selector;
  entry.traits.standard = false;
  objectives().add(entry);
}

TEST_CASE("where the advised selector refuses, auto says which one it takes instead, and why") {
  register_quality_as("ill_advised", "frank_wolfe_disf");
  const AdvisedSelector next = advised({"ill_advised"});
  CHECK(next.selector.canonical == "datamask[preset=ours]");
  CHECK_THAT(next.note, Catch::Contains("the selector is datamask[preset=ours]") &&
                            Catch::Contains("frank_wolfe_disf (needs DiSF"));
  const AdvisedSelector last = advised({"ill_advised", {Unit::tokens, 900, Fill::at_most}, {1, 5}});
  CHECK(last.selector.canonical == "greedy");
  CHECK_THAT(last.note, Catch::Contains("datamask[preset=ours] (does not respect rows that are kept"));
}

TEST_CASE("an objective that advises none gets the general selector") {
  register_quality_as("without_advice", ObjectiveEntryTraits{}.advised);
  const AdvisedSelector found = advised({"without_advice"});
  CHECK(found.selector.canonical == "datamask[preset=ours]");
  CHECK(found.note.empty());
}

TEST_CASE("auto minds the device") {
  const AdvisedSelector found = advised({"joint", {Unit::rows, 12, Fill::at_most}, {}, "cuda"});
  CHECK_THAT(found.note + found.refusal, Catch::Contains("relaxation (runs on the cpu only)"));
  if (found.refusal.empty())  // a GPU is here
    CHECK(found.selector.canonical == "datamask[device=cuda,preset=paper]");
  else
    CHECK_THAT(found.refusal, Catch::Contains("datamask[preset=paper] (device=cuda: "));
  CHECK((found.refusal.empty() ? device_of(found.selector.spec) : "cuda") == "cuda");
}

TEST_CASE("where none takes the problem, auto refuses it with every reason") {
  const AdvisedSelector none = advised({"disf", {Unit::none, 0, Fill::at_most}});
  CHECK(none.selector.canonical == "frank_wolfe_disf");
  CHECK(none.note.empty());
  for (const char* text : {"frank_wolfe_disf", "datamask[preset=ours]", "greedy"})
    CHECK_THAT(none.refusal, Catch::Contains(text));
}

TEST_CASE("the standard objective follows from what the data have") {
  CHECK(objectives().standard(true, true).canonical() == "joint");
  CHECK(objectives().standard(false, true).canonical() == "pairwise_similarity");
  CHECK(objectives().standard(true, false).canonical() == "quality");
  CHECK(objectives().standard(false, false).canonical() == "none");
}

TEST_CASE("a text is parsed once, and everything follows from that") {
  const NamedSelector selector = selectors().make("datamask[steps=7, preset=paper,group_size=128]");
  CHECK(selector.text == "datamask[steps=7, preset=paper,group_size=128]");
  CHECK(selector.canonical == "datamask[preset=paper,steps=7]");
  CHECK(selector.spec.arguments.at("steps") == "7");
  CHECK(selector.traits.stochastic);
  const NamedObjective joint = objectives().named("joint[lambda=0.5,diversity=facility_location]");
  CHECK(joint.canonical() == "joint[diversity=facility_location]");
  CHECK_FALSE(joint.traits().walks_tiles);  // its diversity does not
  CHECK(objectives().named("joint").traits().walks_tiles);
  CHECK_FALSE(objectives().named("joint[scaling=sd]").traits().walks_tiles);
  CHECK_THROWS_WITH(objectives().named("joint[diversity=nonsense]"), Catch::Contains("nonsense"));
}

}  // namespace
}  // namespace maskbench
