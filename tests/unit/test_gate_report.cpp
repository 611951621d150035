// The gate's verdicts as people and machines get them.
#include <catch2/catch.hpp>

#include "experiments/gate/gate_report.hpp"

namespace maskbench {
namespace {

using Catch::Contains;

const std::vector<GatePart> kMixed = {
    {"values",
     {{"greedy | disf", "same", "", Outcome::pass},
      {"swap[a=1] | <joint>", "changed", "value: was 1, is \"2\"\nor 3", Outcome::fail}},
     "rebaseline"},
    {"speed",
     {{"greedy", "faster", "0.5", Outcome::pass}, {"top_k", "too noisy", "", Outcome::undecided}},
     "look again"}};
const std::vector<GatePart> kClean = {{"values", {{"greedy", "same", "", Outcome::pass}}, "rebaseline"}};
const std::vector<GatePart> kUndecided = {
    {"speed", {{"greedy", "no baseline", "", Outcome::undecided}}, "look again"}};

TEST_CASE("a part fails by one failure, not by what is undecided") {
  CHECK(fails(kMixed[0]));
  CHECK_FALSE(fails(kMixed[1]));
  CHECK_FALSE(fails(kUndecided[0]));
}

TEST_CASE("people see what differs, the counts, and what to do") {
  const std::string text = gate_text(kMixed);
  CHECK_THAT(text, Contains("changed            values  swap[a=1] | <joint>"));
  CHECK_THAT(text, Contains("values: 1 changed, 1 same\n"));
  CHECK_THAT(text, Contains("speed: 1 faster, 1 too noisy\n"));
  CHECK_THAT(text, Contains("values: rebaseline\n"));
  CHECK_THAT(text, !Contains("greedy | disf"));
  CHECK_THAT(text, Catch::EndsWith("gate: 1 failed, 1 not decided\n"));
  CHECK(gate_text(kClean) == "values: 1 same\ngate: passed\n");
  CHECK_THAT(gate_text(kUndecided), Catch::EndsWith("gate: nothing failed, 1 not decided\n"));
}

TEST_CASE("a long list is cut for people and whole for machines") {
  GatePart part{"values", std::vector<GateVerdict>(30, {"case", "changed", "", Outcome::fail}), ""};
  CHECK_THAT(gate_text({part}), Contains("and 10 more"));
  CHECK(gate_json({part})["parts"][0]["cases"].size() == 30);
}

TEST_CASE("JSON has every case and whether all passed") {
  const Json json = gate_json(kMixed);
  CHECK(json["passed"] == false);
  CHECK(json["parts"][1]["passed"] == true);
  CHECK(json["parts"][1]["counts"]["too noisy"] == 1);
  CHECK(json["parts"][1]["cases"][1]["outcome"] == "undecided");
  CHECK(gate_json(kUndecided)["undecided"] == 1);
}

TEST_CASE("JUnit counts failures and skips, and its text is escaped") {
  const std::string xml = gate_junit(kMixed);
  CHECK_THAT(xml,
             Contains("<testsuite name=\"values\" tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\">"));
  CHECK_THAT(xml,
             Contains("<testsuite name=\"speed\" tests=\"2\" failures=\"0\" errors=\"0\" skipped=\"1\">"));
  CHECK_THAT(xml, Contains("name=\"swap[a=1] | &lt;joint&gt;\"><failure message=\"changed: value: was 1, is "
                           "&quot;2&quot;&#10;or 3\"/>"));
  CHECK_THAT(xml, Contains("<skipped message=\"too noisy\"/>"));
}

TEST_CASE("annotations: an error a failure, a warning for what is undecided, nothing else") {
  CHECK(gate_annotations(kMixed) ==
        "::error title=check values%3A changed::swap[a=1] | <joint>%0Avalue: was 1, is \"2\"%0Aor 3\n"
        "::warning title=check speed::1 faster, 1 too noisy\n");
  CHECK(gate_annotations(kClean).empty());
}

}  // namespace
}  // namespace maskbench
