// Tables from hand-made records: the three formats against goldens, and each rule of the table section.
#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>
#include <functional>
#include <limits>
#include <sstream>

#include "experiments/records/record.hpp"
#include "experiments/tables/render.hpp"
#include "experiments/tables/table.hpp"

namespace maskbench {
namespace {

struct Planned {
  std::string dataset, selector;
  int repetition;
  std::string key() const { return dataset + " | " + selector + " | r" + std::to_string(repetition); }
};

Json plan_of(const std::vector<Planned>& cells) {
  Json plan = Json::array();
  for (const Planned& cell : cells) {
    const Json axes = {
        {"dataset", cell.dataset}, {"objective", "disf"}, {"budget", "10 %"}, {"selector", cell.selector}};
    plan.push_back({{"key", cell.key()}, {"repetition", cell.repetition}, {"axes", axes}});
  }
  return plan;
}

Json run_of(const Json& table, const Json& plan) {
  return to_json(RunRecord{{{"id", "toy"},
                            {"shows", {{"paper", "nothing"}, {"counterpart", "hand-made numbers"}}},
                            {"question", "Does 5 % of a | b_c hold?"},
                            {"table", table}},
                           "ci",
                           plan});
}

CellRecord cell_of(const Planned& planned, std::optional<double> value, double seconds) {
  CellRecord cell;
  cell.key = planned.key();
  cell.dataset = planned.dataset;
  cell.digest = planned.dataset + std::to_string(planned.repetition);  // reseeded: another problem each time
  cell.rows = 300;
  cell.dimensions = 8;
  cell.objective = "disf";
  cell.selector = planned.selector;
  cell.budget.amount = 30;
  cell.repetition = planned.repetition;
  cell.threads = 2;
  cell.value = value;
  if (value) cell.metrics = {{"pairwise_similarity", 0.75 + 0.01 * planned.repetition}};
  cell.random = RandomFloor{-0.5, 0, true};
  cell.seconds = Seconds{0, seconds, 0};
  if (value) cell.ids.sha256 = "aa";
  cell.ids.count = value ? 30 : 0;
  cell.peak_bytes = 50 << 20;
  return cell;
}

CellRecord without_answer(const Planned& planned, Status status, const std::string& reason) {
  CellRecord cell = cell_of(planned, std::nullopt, 0);
  cell.status = status;
  cell.reason = reason;
  cell.seconds.reset();
  cell.random.reset();
  cell.peak_bytes = 0;
  return cell;
}

Json point_of(const Planned& planned, int step, double seconds, double value) {
  return to_json(PointRecord{planned.key(), step, seconds, value, {}, {}});
}

const Json kTable = {{"blocks", {"dataset", "objective"}},
                     {"rows", "selector"},
                     {"cells",
                      {"seconds",
                       "speedup",
                       "objective",
                       "normalised",
                       "time_to_reach",
                       {{"measure", "peak_bytes"}, {"show", "mean"}}}},
                     {"show", "mean_sd"},
                     {"best", "max"},
                     {"reference", "naive_greedy"},
                     {"same_picks", {{"naive_greedy", "greedy"}}}};

// Two data sets; on `flat` all sets are worth the same. Every status, a method that never ran, one that ran
// once.
std::vector<Json> toy_records() {
  std::vector<Planned> plan;
  for (const int repetition : {0, 1}) {
    for (const char* selector :
         {"naive_greedy", "greedy", "datamask[eta=1]", "one_shot", "kmeans", "broken", "slow", "late"}) {
      plan.push_back({"small", selector, repetition});
    }
    plan.push_back({"flat", "greedy", repetition});
    plan.push_back({"flat", "kmeans", repetition});
  }
  std::vector<Json> records = {
      to_json(BuildRecord{"0123456789abcdef", false, "0.1.0", "g++ 12.2.0", "-O3", "Release", {}}),
      to_json(HostRecord{"A Processor", 2, std::int64_t{8} << 30, "", 0.5}), run_of(kTable, plan_of(plan))};
  for (const Planned& planned : plan) {
    const double r = planned.repetition;
    CellRecord cell;
    if (planned.dataset == "flat") {
      cell = cell_of(planned, -0.5, 0.001);
    } else if (planned.selector == "naive_greedy") {
      cell = cell_of(planned, std::nullopt, 4000 + 200 * r);
      cell.status = Status::extrapolated;
      cell.reason = "cannot finish within 20 s";
    } else if (planned.selector == "greedy") {
      cell = cell_of(planned, -0.2 - 0.02 * r, 2 + 0.1 * r);
    } else if (planned.selector == "datamask[eta=1]") {
      records.push_back(point_of(planned, 1, 0.1, 0.9));  // an attempt that a kill cut short: counts no more
      records.push_back(point_of(planned, 1, 0.25, -0.4));
      records.push_back(point_of(planned, 2, 0.5 + r, -0.21));
      cell = cell_of(planned, r == 0 ? -0.1 : -0.21, 3);
    } else if (planned.selector == "one_shot") {
      cell = without_answer(planned, Status::refused, "needs an objective with a relaxation");
    } else if (planned.selector == "kmeans") {
      cell = r == 0 ? cell_of(planned, -0.3, 0.01)
                    : without_answer(planned, Status::timeout, "killed after 25 s");
      cell.warnings = {"fewer rows than features: 30 < 64"};
    } else if (planned.selector == "broken") {
      cell = cell_of(planned, std::numeric_limits<double>::quiet_NaN(), 1);
    } else if (planned.selector == "slow") {
      cell = cell_of(planned, -0.6, 20);
      cell.status = Status::stopped;
      cell.reason = "wall limit of 20 s";
    } else {
      continue;  // "late" has not run
    }
    records.push_back(to_json(cell));
  }
  return records;
}

std::string golden(const std::string& name) {
  std::ifstream stream(std::string(MASKBENCH_SOURCE_DIR) + "/tests/golden/render/" + name, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

TEST_CASE("the three formats are the goldens, byte for byte") {
  const std::vector<Json> records = toy_records();
  CHECK(render(records, {TableFormat::md, true}) == golden("toy.md"));
  CHECK(render(records, {TableFormat::tex, true}) == golden("toy.tex"));
  CHECK(render(records, {TableFormat::csv, true}) == golden("toy.csv"));
  CHECK(render(records, {TableFormat::md, false}) == golden("toy_no_times.md"));
}

TEST_CASE("the order of cells in the file does not matter") {
  std::vector<Json> records = toy_records();
  const std::string before = render(records);
  std::stable_partition(records.begin(), records.end(),
                        [](const Json& record) { return record["kind"] != "cell"; });
  std::reverse(std::find_if(records.begin(), records.end(),
                            [](const Json& record) { return record["kind"] == "cell"; }),
               records.end());
  CHECK(render(records) == before);
}

TEST_CASE("without times, runs that differ in their times alone read the same") {
  std::vector<Json> slower = toy_records();
  for (Json& record : slower) {
    if (record["kind"] == "host") record["cpu_model"] = "Another";
    if (record["kind"] == "point") record["seconds"] = record["seconds"].get<double>() * 3;
    if (record["kind"] != "cell") continue;
    if (!record["seconds"].is_null())
      record["seconds"]["select"] = record["seconds"]["select"].get<double>() * 3;
    record["peak_bytes"] = record["peak_bytes"].get<std::int64_t>() + 1;
    if (record["status"] == "timeout") record["reason"] = "killed after 26 s";
  }
  CHECK(render(slower) != render(toy_records()));
  for (const TableFormat format : {TableFormat::md, TableFormat::tex, TableFormat::csv}) {
    CHECK(render(slower, {format, false}) == render(toy_records(), {format, false}));
  }
}

TEST_CASE("the last record of a cell counts") {
  std::vector<Json> records = toy_records();
  CHECK(render(records).find("-0.12345") == std::string::npos);
  records.push_back(to_json(cell_of({"small", "late", 0}, -0.12345, 1)));
  CHECK(render(records).find("-0.12345") != std::string::npos);
  records.push_back(to_json(cell_of({"small", "late", 0}, -0.54321, 1)));
  CHECK(render(records).find("-0.12345") == std::string::npos);
  CHECK(render(records).find("-0.54321") != std::string::npos);
}

// One line of the csv, found by its row and measure.
std::string csv_line(const std::vector<Json>& records, const std::string& row, const std::string& measure) {
  std::istringstream lines(render(records, {TableFormat::csv, true}));
  for (std::string line; std::getline(lines, line);) {
    if (line.find("," + row + ",") != std::string::npos &&
        line.find("," + measure + ",") != std::string::npos)
      return line;
  }
  return "";
}

std::vector<Json> one_cell(const Json& table, const std::function<void(CellRecord&)>& change) {
  const Planned planned{"small", "greedy", 0};
  CellRecord cell = cell_of(planned, -0.25, 1);
  change(cell);
  return {run_of(table, plan_of({planned})), to_json(cell)};
}

TEST_CASE("a bound takes the place of the best known value") {
  const Json table = {{"rows", "selector"}, {"cells", {"normalised"}}};
  const auto normalised = [&](const std::function<void(CellRecord&)>& change) {
    return csv_line(one_cell(table, change), "greedy", "normalised");
  };
  CHECK_THAT(normalised([](CellRecord&) {}), Catch::Contains("normalised,1,,1,done"));
  CHECK_THAT(normalised([](CellRecord& cell) { cell.bound = 0.0; }),
             Catch::Contains("normalised,0.5,,1,done"));
  CHECK_THAT(render(one_cell(table, [](CellRecord& cell) { cell.bound = 0.0; })),
             Catch::Contains("upper bound"));
  CHECK_THAT(render(one_cell(table, [](CellRecord&) {})),
             Catch::Contains("best value for the problem in these records"));
  CHECK_THAT(normalised([](CellRecord& cell) {  // fewer rows than the bound is for
               cell.bound = 0.0;
               cell.budget.amount = cell.ids.count + 1;
             }),
             Catch::Contains("none"));
  // Below random is a value too; within the floor's own error there is no room.
  CHECK_THAT(normalised([](CellRecord& cell) {
               cell.bound = 0.0;
               cell.value = -0.75;
             }),
             Catch::Contains(",-0.5,"));
  CHECK_THAT(normalised([](CellRecord& cell) {
               cell.random = RandomFloor{-0.26, 0.01, false};
             }),
             Catch::Contains("no room"));
  CHECK_THAT(normalised([](CellRecord& cell) { cell.random.reset(); }), Catch::Contains("none"));
}

TEST_CASE("gap and cost of a bound, which one cell of the problem has searched for") {
  const std::vector<Planned> plan = {{"small", "greedy", 0}, {"small", "random", 0}};
  const Json table = {{"rows", "selector"}, {"cells", {"objective", "gap", "seconds.bound", "bound_cost"}}};
  CellRecord searched = cell_of(plan[0], -0.25, 2), told = cell_of(plan[1], -0.5, 0.5);
  searched.bound = told.bound = 0.0;
  searched.seconds->bound = 3;
  std::vector<Json> records = {run_of(table, plan_of(plan)), to_json(searched), to_json(told)};
  CHECK_THAT(csv_line(records, "greedy", "gap"), Catch::Contains("gap,0.5,,1,done"));
  CHECK_THAT(csv_line(records, "random", "gap"), Catch::Contains("gap,1,,1,done"));
  CHECK_THAT(csv_line(records, "random", "seconds.bound"), Catch::Contains("bound,3,,1,done"));
  CHECK_THAT(csv_line(records, "greedy", "bound_cost"), Catch::Contains("cost,1.5,,1,done"));
  CHECK_THAT(csv_line(records, "random", "bound_cost"), Catch::Contains("cost,6,,1,done"));
  told.bound.reset();
  told.bound_reason = "it takes long";
  records = {run_of(table, plan_of({plan[1]})), to_json(told)};
  CHECK_THAT(csv_line(records, "random", "gap"), Catch::Contains("gap,,,0,none,no bound: it takes long"));
  CHECK_THAT(csv_line(records, "random", "bound_cost"), Catch::Contains("cost,,,0,none"));
}

TEST_CASE("axes that stand nowhere become blocks, a missing parameter falls back to its component") {
  Json plan = plan_of({{"small", "random", 0},
                       {"small", "datamask[eta=1]", 0},
                       {"small", "datamask[eta=2]", 0},
                       {"other", "random", 0}});
  plan[1]["axes"]["selector.eta"] = 1;
  plan[2]["axes"]["selector.eta"] = 2;
  const Json table = {{"rows", "selector.eta"}, {"cells", {"objective"}}, {"show", "mean"}};
  std::vector<Json> records = {run_of(table, plan)};
  double value = -0.1;
  for (const Json& planned : plan) {
    const Json& axes = planned["axes"];
    CellRecord cell = cell_of({axes["dataset"], axes["selector"], 0}, value, 1);
    cell.key = planned["key"].get<std::string>();
    records.push_back(to_json(cell));
    value -= 0.1;
  }
  const std::string text = render(records);
  CHECK_THAT(text, Catch::Contains("## small (n = 300") && Catch::Contains("## other (n = 300") &&
                       Catch::Contains("| eta | value |"));
  CHECK_THAT(text, Catch::Contains("| random | -0.10000 |") && Catch::Contains("| 1 | -0.20000 |") &&
                       Catch::Contains("| 2 | -0.30000 |") && Catch::Contains("| random | -0.40000 |"));
}

TEST_CASE("column axes repeat the measures for each of their values") {
  const std::vector<Planned> cells = {{"small", "greedy", 0}, {"small", "random", 0}};
  const Json table = {
      {"rows", "dataset"}, {"columns", {"selector"}}, {"cells", {"objective", "pairwise_similarity"}}};
  const std::string text = render({run_of(table, plan_of(cells)), to_json(cell_of(cells[0], -0.1, 1)),
                                   to_json(cell_of(cells[1], -0.2, 1))});
  CHECK_THAT(text,
             Catch::Contains("| dataset | greedy: value | greedy: pairwise similarity | random: value |"));
  CHECK_THAT(text, Catch::Contains("| small | -0.10000 | 0.75000 | -0.20000 | 0.75000 |"));
}

TEST_CASE("a note about a group stands under tables of that group") {
  std::vector<Json> records = one_cell({{"rows", "selector"}, {"cells", {"objective"}}}, [](CellRecord&) {});
  for (Json& line : records) {
    if (line["kind"] == "run")
      line["descriptor"]["notes"] = {"Group ci: small.", "Group paper (n = 100,000): large.",
                                     "Groups differ."};
    if (line["kind"] == "run") line["group"] = "paper";
  }
  const std::string text = render(records);
  CHECK_THAT(text,
             Catch::Contains("large.") && Catch::Contains("Groups differ.") && !Catch::Contains("small."));
}

TEST_CASE("a table that cannot be is refused with what there is") {
  const auto refused = [](const Json& table) { render(one_cell(table, [](CellRecord&) {})); };
  CHECK_THROWS_WITH(refused({{"rows", "selector"}, {"cells", {"seconds"}}}),
                    Catch::Contains("a time needs its value"));
  CHECK_THROWS_WITH(refused({{"rows", "selector"}, {"cells", {"pairwise_similarty"}}}),
                    Catch::Contains("did you mean \"pairwise_similarity\"?"));
  CHECK_THROWS_AS(render({}), UserError);
  CHECK_THROWS_WITH(table_format("pdf"), Catch::Contains("md, tex, csv"));
}

TEST_CASE("numbers have sensible digits and units") {
  const auto text = [](double mean, Kind kind, std::optional<double> sd = {}) {
    Quantity quantity;
    quantity.mean = mean;
    quantity.sd = sd;
    TableColumn column;
    column.kind = kind;
    return text_of(quantity, column);
  };
  CHECK(text(-0.2033612, Kind::value, 0.00214) == "-0.20336 (0.0021)");
  CHECK(text(0, Kind::value, 0.0) == "0 (0)");
  CHECK(text(123456.7, Kind::value) == "123457");
  CHECK(text(0.0004, Kind::seconds) == "400 us");
  CHECK(text(0.463, Kind::seconds, 0.31) == "463 ms (310)");
  CHECK(text(12.34, Kind::seconds, 0.456) == "12.3 s (0.46)");
  CHECK(text(4100, Kind::seconds, 120) == "68.3 min (2.0)");
  CHECK(text(2.75e8, Kind::seconds) == "8.71 y");
  CHECK(text(52428800, Kind::bytes) == "50.0 MiB");
  CHECK(text(204.99999, Kind::ratio) == "205 x");
  CHECK(text(0.00001234, Kind::value) == "1.2340e-05");
  CHECK(text(2530.4, Kind::ratio) == "2530 x");
  CHECK(text(3754931, Kind::ratio) == "3.75e+06 x");
  CHECK(text(1050, Kind::count) == "1050");
}

}  // namespace
}  // namespace maskbench
