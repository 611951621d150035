// The paper's claims against hand-made records: each operator by its interval, what is missing, and the
// file's own bindings.
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "experiments/claims/claims.hpp"
#include "experiments/claims/claims_file.hpp"
#include "experiments/descriptor/descriptor.hpp"
#include "experiments/records/ledger.hpp"
#include "experiments/records/record.hpp"
#include "tests/folder.hpp"

namespace maskbench {
namespace {

// Records of a descriptor `toy`: selectors left and right under two data sets; right runs once on `fixed`.
struct ToyRecords {
  Json plan = Json::array();
  std::vector<Json> cells;

  void add(const std::string& dataset, const std::string& selector, int repetition,
           std::optional<double> value, double seconds = 1, Status status = Status::done) {
    CellRecord cell;
    cell.key = dataset + " | " + selector + " | r" + std::to_string(repetition);
    cell.dataset = dataset;
    cell.digest = dataset;
    cell.rows = dataset == "fixed" ? 5000 : 100;
    cell.objective = "disf";
    cell.selector = selector;
    cell.repetition = repetition;
    cell.value = value;
    cell.seconds = Seconds{0, seconds, 0};
    cell.status = status;
    if (status != Status::done) cell.reason = "because";
    cells.push_back(to_json(cell));
    Json axes = {{"dataset", dataset}, {"objective", "disf"}, {"budget", "10 %"}, {"selector", selector}};
    if (const auto at = selector.find("eta="); at != std::string::npos)
      axes["selector.eta"] = std::stod(selector.substr(at + 4));
    plan.push_back({{"key", cell.key}, {"repetition", repetition}, {"axes", axes}});
  }

  RecordsByTable table(const std::string& name = "toy-quick") const {
    std::vector<Json> lines = {to_json(RunRecord{{{"id", "toy"},
                                                  {"question", "which side wins?"},
                                                  {"table",
                                                   {{"rows", "selector"},
                                                    {"cells", {"objective"}},
                                                    {"extrapolate_rows", 1e6},
                                                    {"same_picks", {{"right", "twin"}}}}}},
                                                 name.substr(name.rfind('-') + 1),
                                                 plan})};
    lines.insert(lines.end(), cells.begin(), cells.end());
    return {{name, lines}};
  }
};

// left - right is 1, 2, 3 on `fresh`: mean 2, interval 2 -+ 4.302653 / sqrt(3) = [-0.48414, 4.48414].
ToyRecords one_two_three() {
  ToyRecords records;
  for (const int r : {0, 1, 2}) {
    records.add("fresh", "left[eta=2]", r, 11.0 + 10 * r + r, 0.01 * (r + 1));
    records.add("fresh", "right", r, 10.0 + 10 * r, 10.0 * (r + 1));
  }
  return records;
}

Json test_of(const std::string& op, double margin, const Json& more = Json::object()) {
  Json test = {{"descriptor", "toy"},
               {"metric", "objective"},
               {"left", {{"selector", "left"}}},
               {"op", op},
               {"right", {{"selector", "right"}}},
               {"margin", margin},
               {"argument", "a toy's"}};
  for (const auto& [key, value] : more.items()) test[key] = value;
  return test;
}

Document file_of(const std::vector<Json>& tests, const std::string& status = "reproduced") {
  const Json claim = {{"id", "one"},
                      {"topic", "value"},
                      {"title", "Left wins"},
                      {"finding", "Left is 2 above right."},
                      {"text", "left beats right"},
                      {"source", "nowhere"},
                      {"status", status},
                      {"tests", tests}};
  return parse_json(write_json({{"schema", 1}, {"claims", {claim}}}, 2), "toy.json");
}

ClaimResult judged(const std::vector<Json>& tests, const RecordsByTable& records) {
  return judge_claims(file_of(tests), records).at(0);
}

std::string verdict(const std::string& op, double margin) {
  return judged({test_of(op, margin)}, one_two_three().table()).outcomes.at(0).verdict;
}

TEST_CASE("a claim's operators go by the interval and the margin", "[claims]") {
  const TestOutcome outcome = judged({test_of(">", 0)}, one_two_three().table()).outcomes.at(0);
  CHECK(outcome.problem == "quick: fresh, disf, 10 %");
  CHECK(outcome.pairs == 3);
  CHECK(outcome.difference == Approx(2));
  CHECK(*outcome.low == Approx(-0.48414).epsilon(1e-4));
  CHECK(*outcome.high == Approx(4.48414).epsilon(1e-5));
  CHECK(evidence_of(outcome) ==
        "objective, quick: fresh, disf, 10 %: +2 [-0.4841, +4.484], 3 seeds: not decided");

  CHECK(verdict(">", 4.5) == "fails");
  CHECK(verdict(">", 4.4) == "not decided");
  CHECK(verdict(">=", 0.49) == "holds");
  CHECK(verdict(">=", 0.48) == "not decided");
  CHECK(verdict("<=", 4.49) == "holds");
  CHECK(verdict("<=", 4.48) == "not decided");
  CHECK(verdict("<", 0) == "not decided");
  CHECK(verdict("<", 0.5) == "fails");
  CHECK(verdict("=", 4.49) == "holds");
  CHECK(verdict("=", 4.48) == "not decided");
}

TEST_CASE("what is not shown to hold differs", "[claims]") {
  CHECK(judged({test_of(">=", 0.49)}, one_two_three().table()).measured == "reproduced");
  CHECK(judged({test_of(">=", 0.48)}, one_two_three().table()).measured == "differs");
  CHECK(judged({test_of(">=", 0.49), test_of(">", 5)}, one_two_three().table()).measured == "differs");
}

TEST_CASE("a ratio is compared by its logarithm", "[claims]") {
  const Json times = {{"metric", "seconds"}, {"compare", "ratio"}};
  const TestOutcome outcome = judged({test_of("<", 0.9989, times)}, one_two_three().table()).outcomes.at(0);
  CHECK(outcome.difference == Approx(-0.999));
  CHECK(outcome.left == "20.0 ms (value 22)");
  CHECK(outcome.right == "20.0 s (value 20)");
  CHECK(outcome.verdict == "holds");  // the same ratio each time, but for rounding
  CHECK(judged({test_of("<", 0.9991, times)}, one_two_three().table()).measured == "differs");
  ToyRecords negative;
  negative.add("fresh", "left", 0, -1);
  negative.add("fresh", "right", 0, 1);
  CHECK_THROWS_WITH(judged({test_of("<", 0, {{"compare", "ratio"}})}, negative.table()),
                    Catch::Contains("both must be above 0"));
}

TEST_CASE("a row that no seed changes stands against every repetition", "[claims]") {
  ToyRecords records;
  for (const int r : {0, 1, 2}) records.add("fixed", "left", r, 11.0 + r);
  records.add("fixed", "right", 0, 10);
  const TestOutcome outcome = judged({test_of(">", 0)}, records.table()).outcomes.at(0);
  CHECK(outcome.pairs == 3);
  CHECK(outcome.difference == Approx(2));

  ToyRecords cut_short = one_two_three();  // planned thrice, but only one ran: one pair
  std::erase_if(cut_short.cells,
                [](const Json& cell) { return cell["selector"] == "right" && cell["repetition"] != 1; });
  const TestOutcome one = judged({test_of(">", 1.5)}, cut_short.table()).outcomes.at(0);
  CHECK(one.pairs == 1);
  CHECK(one.difference == Approx(2));
  CHECK_FALSE(one.low.has_value());
  CHECK(one.verdict == "holds");
}

TEST_CASE("every problem, or some problem", "[claims]") {
  ToyRecords records = one_two_three();
  records.add("fixed", "left", 0, 1);
  records.add("fixed", "right", 0, 2);
  CHECK(judged({test_of(">=", 0.49)}, records.table()).outcomes.size() == 2);
  CHECK(judged({test_of(">=", 0.49)}, records.table()).measured == "differs");
  CHECK(judged({test_of(">=", 0.49, {{"over", "some problem"}})}, records.table()).measured == "reproduced");
  CHECK(
      judged({test_of(">=", 0.49, {{"where", {{"rows", {{"at_most", 4999}}}}}})}, records.table()).measured ==
      "reproduced");
  CHECK(
      judged({test_of("<", 0.5, {{"where", {{"dataset", {"fixed", "other"}}}}})}, records.table()).measured ==
      "reproduced");
}

TEST_CASE("missing records contradict nothing, and are told", "[claims]") {
  const ClaimResult none = judged({test_of(">", 0)}, {});
  CHECK(none.measured == "no records");
  CHECK(none.agrees());
  CHECK(none.missing == std::vector<std::string>{"no records of toy (quick, paper)"});

  ToyRecords refused;
  refused.add("fresh", "left", 0, 1);
  refused.add("fresh", "right", 0, std::nullopt, 0, Status::refused);
  const ClaimResult half = judged({test_of(">", 0)}, refused.table());
  CHECK(half.measured == "no records");
  CHECK(half.missing.at(0) == R"(no records of toy have both {"selector":"left"} and {"selector":"right"})");

  CHECK(judged({test_of(">=", 0.49, {{"group", "paper"}})}, one_two_three().table()).measured ==
        "not runnable here");
  CHECK(judged({test_of(">=", 0.49, {{"group", "paper"}})}, one_two_three().table("toy-paper")).measured ==
        "reproduced");
  // One test without records leaves the claim open, one that fails decides it.
  Json other = test_of(">", 0);
  other["descriptor"] = "elsewhere";
  CHECK(judged({test_of(">=", 0.49), other}, one_two_three().table()).measured == "no records");
  CHECK(judged({test_of(">", 5), other}, one_two_three().table()).measured == "differs");
}

TEST_CASE("a slip in an axis or a metric is no missing record", "[claims]") {
  const RecordsByTable records = one_two_three().table();
  CHECK_THROWS_WITH(judged({test_of(">", 0, {{"where", {{"datset", "fresh"}}}})}, records),
                    Catch::Contains("no record of toy has the axis \"datset\"; did you mean \"dataset\"?"));
  CHECK_THROWS_WITH(judged({test_of(">", 0, {{"left", {{"selectr", "left"}}}})}, records),
                    Catch::Contains("the axis \"selectr\""));
  CHECK_THROWS_WITH(judged({test_of(">", 0, {{"metric", "objectve"}})}, records),
                    Catch::Contains("the metric \"objectve\""));
}

TEST_CASE("a side may fit several cells only where it says which to take", "[claims]") {
  ToyRecords records = one_two_three();
  for (const int r : {0, 1, 2}) records.add("fresh", "left[eta=4]", r, 100);
  CHECK_THROWS_WITH(
      judged({test_of(">", 0)}, records.table()),
      Catch::Contains("toy.json, line") && Catch::Contains("fits both fresh | left[eta=2] | r0 and"));
  const auto difference = [&](const Json& left) {
    return judged({test_of(">", 0, {{"left", left}})}, records.table()).outcomes.at(0).difference;
  };
  CHECK(difference({{"selector", "left"}, {"take", "max"}}) == Approx(80));
  CHECK(difference({{"selector", "left"}, {"take", "min"}}) == Approx(2));
  CHECK(difference({{"selector", "left"}, {"take", "mean"}}) == Approx(41));
  CHECK(difference({{"selector.eta", 2}}) == Approx(2));
  CHECK(difference({{"selector.eta", {{"at_least", 3}}}}) == Approx(80));
}

TEST_CASE("the paper's own numbers need no records", "[claims]") {
  const Json gain = {
      {"left", {{"sum", {46.8, -44.9}}}}, {"op", "="}, {"right", {{"number", 1.4}}}, {"margin", 0.05}};
  const ClaimResult result = judged({gain}, {});
  CHECK(result.measured == "differs");
  CHECK(evidence_of(result.outcomes.at(0)) == "the paper's own numbers: +0.5: fails");
  const Json hours = {
      {"left", {{"product", {384, 15}}}}, {"op", "="}, {"right", {{"number", 5760}}}, {"margin", 0}};
  const Json saved = {
      {"left", {{"quotient", {50, 60, 78}}}}, {"op", "<="}, {"right", {{"number", 0.0107}}}, {"margin", 0}};
  CHECK(judged({hours, saved}, {}).measured == "reproduced");
}

TEST_CASE("a claim about the paper's sizes alone cannot be run here until its records are there",
          "[claims]") {
  const Json sized = test_of(">=", 0.49, {{"group", "paper"}});
  CHECK(judged({sized}, one_two_three().table()).measured == "not runnable here");
  CHECK(judged({sized}, one_two_three().table("toy-paper")).measured == "reproduced");
  CHECK(judged({sized, test_of(">=", 0.49, {{"descriptor", "elsewhere"}})}, {}).measured == "no records");
}

TEST_CASE("what a record takes from an estimate is said", "[claims]") {
  ToyRecords records;
  records.add("fixed", "left", 0, 1, 2);
  records.add("fixed", "right", 0, std::nullopt, 7200, Status::extrapolated);
  const ClaimResult result =
      judged({test_of("<", 0.9, {{"metric", "seconds"}, {"compare", "ratio"}})}, records.table());
  CHECK(result.outcomes.at(0).right == "2.00 h (extrapolated, no value)");
  CHECK(result.measured == "reproduced");

  records.add("fixed", "twin", 0, 0.75, 3600);  // which makes the same picks
  const Json test = test_of("<", 0.9, {{"metric", "seconds"}, {"compare", "ratio"}});
  CHECK(judged({test}, records.table()).outcomes.at(0).right == "2.00 h (extrapolated, value 0.75)");

  records.add("fixed", "left", 1, 1, 2);  // each repetition has its own
  records.add("fixed", "right", 1, std::nullopt, 7200, Status::extrapolated);
  records.add("fixed", "twin", 1, 0.25, 3600);
  CHECK(judged({test}, records.table()).outcomes.at(0).right == "2.00 h (extrapolated, value 0.5)");
}

TEST_CASE("a published time is held against one extrapolated as the table does, and shown as one",
          "[claims]") {
  ToyRecords records;
  records.add("fixed", "left", 0, 1, 2);  // 1e6 rows in blocks of 5000
  const Json test = test_of(
      ">=", 0.5, {{"metric", "machine_seconds"}, {"compare", "ratio"}, {"right", {{"product", {2, 3600}}}}});
  const TestOutcome outcome = judged({test}, records.table()).outcomes.at(0);
  CHECK(outcome.left == "6.67 min (value 1)");
  CHECK(outcome.right == "2.00 h");
  CHECK(outcome.verdict == "fails");
}

TEST_CASE("a time that ran out decides only what a longer one would decide the same way", "[claims]") {
  ToyRecords records;
  records.add("fixed", "left", 0, 1, 100);
  records.add("fixed", "right", 0, std::nullopt, 900, Status::timeout);
  const auto verdict = [&](const std::string& op, double margin, bool turned = false) {
    Json test = test_of(op, margin, {{"metric", "seconds"}, {"compare", "ratio"}});
    if (turned) std::swap(test["left"], test["right"]);
    return judged({test}, records.table()).outcomes.at(0);
  };
  CHECK(verdict("<", 0.5).verdict == "holds");
  CHECK(verdict("<", 0.5).right == "15.0 min (timed out, no value)");
  CHECK(verdict("<", 0.9).verdict == "not decided");  // 1/9 of 900 s, but less of the whole
  CHECK(verdict(">", 0.5).verdict == "fails");
  CHECK(verdict("=", 0.5).verdict == "not decided");
  CHECK(verdict(">", 0.5, true).verdict == "holds");
  CHECK(verdict(">", 20, true).verdict == "not decided");
  CHECK(verdict("<", 0.5, true).verdict == "fails");
  CHECK(judged({test_of("<", 0.5)}, records.table()).measured == "no records");  // no value ran out
}

TEST_CASE("a claim by a stand-in has no verdict before its control holds", "[claims]") {
  Document file = file_of({test_of(">=", 0.49)});
  Json& claim = file.json["claims"][0];
  const auto judged_now = [&] { return judge_claims(file, one_two_three().table()).at(0); };
  claim["control"] = Json::array();
  CHECK(judged_now().measured == "no control");
  CHECK_THAT(evidence_of(judged_now().outcomes.at(0)), Catch::EndsWith("3 seeds: no control"));
  CHECK(closing_line({judged_now()}) == "claims: 0 reproduced, 0 differ, 0 not runnable, 1 without control");
  claim["control"] = {test_of(">", 5)};
  CHECK(judged_now().measured == "no control");
  claim["control"] = {test_of(">=", 0.49, {{"descriptor", "elsewhere"}})};
  CHECK(judged_now().measured == "no control");
  claim["control"] = {test_of(">=", 0.49)};
  CHECK(judged_now().measured == "reproduced");
  CHECK(judged_now().outcomes.size() == 1);  // the control's own are not the claim's
}

// Claims of each kind: measured, without records, not runnable.
std::vector<ClaimResult> three_claims() {
  Document file = file_of({test_of(">=", 0.49)});
  Json open = file.json["claims"][0], beyond = open;
  open["id"] = "two";
  open["tests"][0]["descriptor"] = "elsewhere";
  beyond["id"] = "three";
  beyond["topic"] = "what is chosen";
  beyond["published"] = "7 | 8";
  beyond["status"] = "not runnable here";
  beyond["why"] = "384 GPUs | none here";
  beyond.erase("tests");
  file.json["claims"].push_back(beyond);
  file.json["claims"].push_back(open);
  return judge_claims(file, one_two_three().table());
}

TEST_CASE("the page has every claim under its topic, and leads to the evidence", "[claims]") {
  const auto results = three_claims();
  const std::string line = "claims: 1 reproduced, 0 differ, 1 not runnable, 1 without records";
  CHECK(closing_line(results) == line);
  const std::string page = claims_page(results, "evidence.md"), evidence = evidence_page(results);
  const std::string row =
      "| [Left wins](evidence.md#one) | left beats right | Left is 2 above right. | reproduced |";
  CHECK(page.find(row) != std::string::npos);
  CHECK(page.find("| left beats right (7 \\| 8) |") != std::string::npos);
  CHECK(page.find("## Value") < page.find("evidence.md#two"));  // by topic, not in the order of the file
  CHECK(page.find("evidence.md#two") < page.find("## What is chosen"));
  CHECK(page.ends_with(line + "\n"));
  for (const ClaimResult& result : results)
    CHECK(evidence.find("\n### " + result.id + "\n") != std::string::npos);
  CHECK(
      evidence.find("objective: left at most 0.49 below right; records: toy (quick and paper). The margin: a "
                    "toy's.") != std::string::npos);
  CHECK(evidence.find(
            "| quick: fresh, disf, 10 % | 22.000 | 20.000 | +2 [-0.4841, +4.484], 3 seeds | holds |") !=
        std::string::npos);
  CHECK(evidence.find("384 GPUs \\| none here") != std::string::npos);
  CHECK(evidence.find("no records of elsewhere") != std::string::npos);
}

TEST_CASE("a terminal of 100 columns shows every claim whole", "[claims]") {
  auto results = three_claims();
  results[0].title = "A claim of ten words which are rather long ones";
  results[0].finding = std::string(120, 'x') + " and more";
  std::istringstream lines(claims_text(results));
  std::string all;
  for (std::string line; std::getline(lines, line);) {
    CHECK((line.size() <= 100 || line.find("xxx") != std::string::npos));  // a word is not cut
    CHECK((line.empty() || line.back() != ' '));
    all += line + "\n";
  }
  CHECK(all.find("Value                          we find") == 0);
  CHECK(all.find("A claim of ten words which") != std::string::npos);
  CHECK(all.find("are rather long ones") != std::string::npos);
  CHECK(all.find("\nWhat is chosen ") != std::string::npos);
}

TEST_CASE("a test is put in words", "[claims]") {
  const auto asks = [](const Json& test) { return judged({test}, one_two_three().table()).tests.at(0).asks; };
  CHECK(asks(test_of("<", 0.9, {{"metric", "seconds"}, {"compare", "ratio"}})) ==
        "seconds: left more than 90 % below right");
  CHECK(asks(test_of(">", 0, {{"over", "some problem"}})) == "objective: left above right, on some problem");
  CHECK(asks(test_of("=", 0.5, {{"right", {{"number", 20}}}})) == "objective: left within 0.5 of 20");
  const Json where = {{"rows", {{"at_least", 10}}}, {"selector.eta", {1, 2}}};
  CHECK(judged({test_of(">", 0, {{"where", where}})}, {}).tests.at(0).records ==
        "toy (quick and paper), where rows at least 10, selector.eta = 1 or 2");
}

TEST_CASE("an id is given once", "[claims]") {
  Document file = file_of({test_of(">", 5)});
  file.json["claims"].push_back(file.json["claims"][0]);
  CHECK_THROWS_WITH(judge_claims(file, {}), Catch::Contains("\"one\" is given twice"));
}

// A folder with results/runs/current.json, its records, and a claims file.
struct ClaimsFolder {
  test::Folder root;
  ClaimsRequest request{root / "claims.json", root / "results/runs/current.json"};

  ClaimsFolder() {
    std::filesystem::create_directories(root / "results/runs/toy");
    write("results/runs/current.json",
          R"({"toy-quick": "results/runs/toy/quick.jsonl", "gone-quick": "results/runs/gone.jsonl"})");
    std::string lines;
    const auto tables = one_two_three().table();
    for (const Json& line : tables.at("toy-quick")) lines += write_json(line) + "\n";
    write("results/runs/toy/quick.jsonl", lines);
  }

  void write(const std::string& name, const std::string& text) const { std::ofstream(root / name) << text; }
};

TEST_CASE("accepting writes the measured status and nothing else", "[claims]") {
  const ClaimsFolder folder;
  const std::string text = write_json(file_of({test_of(">", 5)}).json, 3) + "\n";
  folder.write("claims.json", text);
  const JudgedClaims before = judge_claims_file(folder.request);
  CHECK_FALSE(before.results[0].agrees());
  const std::string accepted = accepted_text(before);
  std::string expected = text;
  expected.replace(expected.find("\"reproduced\""), 12, "\"differs\"");
  CHECK(accepted == expected);
  folder.write("claims.json", accepted);
  CHECK(judge_claims_file(folder.request).results[0].agrees());
}

TEST_CASE("a claims file is checked as descriptors are", "[claims]") {
  const ClaimsFolder folder;
  const auto fault = [&](const std::function<void(Json&)>& change) {
    Json json = file_of({test_of(">", 5)}).json;
    change(json["claims"][0]);
    folder.write("claims.json", write_json(json, 2));
    try {
      judge_claims_file(folder.request);
    } catch (const UserError& error) {
      return std::string(error.what());
    }
    return std::string("fine");
  };
  CHECK(fault([](Json&) {}) == "fine");
  CHECK_THAT(fault([](Json& claim) { claim["tests"][0]["margn"] = 1; }),
             Catch::Contains("did you mean \"margin\"?"));
  CHECK_THAT(fault([](Json& claim) { claim["tests"][0]["margin"] = -1; }),
             Catch::Contains("line") && Catch::Contains("at least 0"));
  CHECK_THAT(fault([](Json& claim) { claim["tests"][0].erase("argument"); }),
             Catch::Contains("lacks the key \"argument\""));
  CHECK_THAT(fault([](Json& claim) { claim.erase("tests"); }), Catch::Contains("lacks the key \"tests\""));
  CHECK_THAT(fault([](Json& claim) { claim["status"] = "true"; }), Catch::Contains("allowed"));
  CHECK(fault([](Json& claim) { claim["title"] = "one 2 three four five six seven eight nine 10"; }) ==
        "fine");
  CHECK_THAT(fault([](Json& claim) { claim["title"] = "one 2 three four five six seven eight nine 10 %"; }),
             Catch::Contains("line") && Catch::Contains("claims.0.title (one): has 11 words; at most 10"));
  CHECK_THAT(fault([](Json& claim) {
               std::string words;
               for (int i = 0; i < 26; ++i) words += " word";
               claim["finding"] = words;
             }),
             Catch::Contains("claims.0.finding (one): has 26 words; at most 25"));
  CHECK_THAT(fault([](Json& claim) { claim["topic"] = "speeed"; }), Catch::Contains("training proxy"));
  CHECK_THAT(fault([](Json& claim) { claim["status"] = "no control"; }),
             Catch::Contains("lacks the key \"control\""));
  CHECK_THAT(fault([](Json& claim) {
               claim["status"] = "not runnable here";
               claim.erase("tests");
             }),
             Catch::Contains("lacks the key \"why\""));
}

// Records of everything that a descriptor plans, as if it had run: enough to see that a binding finds its
// rows.
std::vector<Json> as_if_run(const std::string& file, const std::string& group,
                            const std::vector<std::string>& metrics) {
  DescriptorOptions options;
  options.group = group;
  const Descriptor descriptor = load_descriptor(file, options);
  std::vector<Json> lines = {to_json(RunRecord{descriptor.resolved, group, descriptor.plan})};
  for (const Cell& cell : descriptor.cells) {
    CellRecord record;
    record.key = cell.key;
    record.dataset = print_spec(cell.dataset);
    record.digest = record.dataset;
    record.rows = cell.axes.value("dataset.n", Index{10509});
    record.objective = print_spec(cell.objective);
    record.selector = print_spec(cell.selector);
    record.repetition = cell.repetition;
    record.value = 1;
    record.random = RandomFloor{0, 0, true};
    record.bound = 2;
    const Json deciles(std::vector<std::vector<int>>(10, std::vector<int>(10, 1)));
    record.details = {{"deciles", {{"pool", deciles}, {"kept", deciles}}}};
    record.seconds = Seconds{1, 1, 1};
    for (const std::string& metric : metrics) record.metrics[metric] = 1;
    lines.push_back(to_json(record));
    for (const std::int64_t step : {1, 2})
      lines.push_back(to_json(PointRecord{cell.key, step, 0.5, 1.0, {}, {{"steps", 100 * step}}}));
  }
  return lines;
}

TEST_CASE("every test of paper/claims.json finds its rows in its descriptor", "[claims]") {
  const std::string root = MASKBENCH_SOURCE_DIR;
  const Document file = read_json(root + "/paper/claims.json");
  RecordsByTable records;
  std::vector<std::string> metrics;
  for (const Json& claim : file.json["claims"]) {
    for (const Json& test : claim.value("tests", Json::array())) {
      metrics.push_back(test.value("metric", "objective"));
      for (const char* side : {"left", "right"}) {
        if (test.at(side).is_object() && test.at(side).contains("metric"))
          metrics.push_back(test.at(side)["metric"]);
      }
    }
  }
  for (const Json& claim : file.json["claims"]) {
    for (const Json& test : claim.value("tests", Json::array())) {
      const std::string id = test.value("descriptor", "");
      const std::string descriptor = root + "/experiments/descriptors/" + id + ".json";
      if (id.empty() || records.contains(id + "-quick") || !std::filesystem::exists(descriptor)) continue;
      for (const char* group : {"quick", "paper"})
        records[id + "-" + group] = as_if_run(descriptor, group, metrics);
    }
  }
  const Json current = read_json(root + "/results/runs/current.json").json;
  if (current.contains("proxy-quick")) {  // scripts/proxy_train is its own descriptor
    records["proxy-quick"] = read_records(root + "/" + current["proxy-quick"].get<std::string>());
  }
  for (const ClaimResult& result : judge_claims(file, records)) {
    INFO(result.id);
    if (result.id.starts_with("proxy_") && !current.contains("proxy-quick")) continue;
    CHECK(result.missing == std::vector<std::string>{});
  }
}

}  // namespace
}  // namespace maskbench
