// Differences between rows of a table, their interval, and numbers that were published elsewhere.
#include <catch2/catch.hpp>

#include <algorithm>
#include <sstream>

#include "experiments/records/record.hpp"
#include "experiments/tables/quantities.hpp"
#include "experiments/tables/render.hpp"

namespace maskbench {
namespace {

CellRecord answer(const std::string& dataset, const std::string& selector, int repetition, double value) {
  CellRecord cell;
  cell.key = dataset + " | " + selector + " | r" + std::to_string(repetition);
  cell.dataset = dataset;
  cell.digest = dataset == "made" ? dataset + std::to_string(repetition) : dataset;
  cell.rows = 300;
  cell.objective = "joint";
  cell.selector = selector;
  cell.budget.amount = 30;
  cell.ids.count = 30;
  cell.repetition = repetition;
  cell.value = value;
  cell.seconds = Seconds{0, 0.5, 0};
  return cell;
}

std::vector<Json> records_of(const std::vector<CellRecord>& cells, const Json& table) {
  Json plan = Json::array();
  std::vector<Json> lines;
  for (const CellRecord& cell : cells) {
    const Json axes = {
        {"dataset", cell.dataset}, {"objective", "joint"}, {"budget", "10 %"}, {"selector", cell.selector}};
    plan.push_back({{"key", cell.key}, {"repetition", cell.repetition}, {"axes", axes}});
    lines.push_back(to_json(cell));
  }
  lines.insert(lines.begin(), to_json(RunRecord{{{"id", "toy"}, {"table", table}}, "ci", plan}));
  return lines;
}

const Json kPaired = {{"blocks", {"dataset"}},
                      {"rows", "selector"},
                      {"cells", {"objective", {{"measure", "objective"}, {"paired", "base"}}}},
                      {"show", "mean"}};

std::string line_with(const std::string& text, const std::string& beginning) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(beginning)) return line;
  }
  return "no line";
}

// All n^n samples with replacement, each as likely as the others: the bootstrap without its draws.
Interval all_resamples(const std::vector<double>& values) {
  std::vector<double> means;
  std::vector<std::size_t> pick(values.size(), 0);
  for (bool more = true; more;) {
    double sum = 0;
    for (const std::size_t at : pick) sum += values[at];
    means.push_back(sum / static_cast<double>(values.size()));
    more = false;
    for (std::size_t& at : pick) {
      at = (at + 1) % values.size();
      if (at != 0) {
        more = true;
        break;
      }
    }
  }
  std::sort(means.begin(), means.end());
  return {means[means.size() / 40], means[means.size() - 1 - means.size() / 40]};
}

TEST_CASE("the bootstrap interval is that of all resamples, but for its draws") {
  const std::vector<double> values = {0.31, -0.12, 0.05, 0.44, 0.27};
  const Interval drawn = bootstrap_interval(values), all = all_resamples(values);
  CHECK(drawn.low == Approx(all.low).margin(0.015));
  CHECK(drawn.high == Approx(all.high).margin(0.015));
  CHECK(drawn.low < 0.19);
  CHECK(drawn.high > 0.19);
  const Interval again = bootstrap_interval(values);
  CHECK(again.low == drawn.low);
  CHECK(again.high == drawn.high);
  const Interval two = bootstrap_interval({1, 2});  // a quarter of the samples is (1, 1), a quarter (2, 2)
  CHECK(two.low == 1);
  CHECK(two.high == 2);
  const Interval none = bootstrap_interval({0.1, 0.1, 0.1});
  CHECK(none.low == 0.1);
  CHECK(none.high == 0.1);
}

TEST_CASE("differences are taken problem by problem and seed by seed") {
  std::vector<CellRecord> cells;
  for (int r = 0; r < 3; ++r) {  // levels far apart from seed to seed, differences near each other
    cells.push_back(answer("made", "base", r, 10.0 * r));
    cells.push_back(answer("made", "better", r, 10.0 * r + 1 + 0.5 * r));
  }
  cells.push_back(answer("fixed", "base", 0, 5));  // no seed changes it: it ran once
  for (int r = 0; r < 3; ++r) cells.push_back(answer("fixed", "better", r, 5.0 - r));
  const std::string text = render(records_of(cells, kPaired));
  CHECK(line_with(text, "| base |") == "| base | 10.000 | reference |");
  CHECK(line_with(text, "| better |") == "| better | 11.500 | +1.50 [1.00, 2.00] |");
  CHECK_THAT(text, Catch::Contains("| better | 4.0000 | -1.00 [-2.00, 0] |"));
  CHECK_THAT(text, Catch::Contains("value less that of base") && Catch::Contains("bootstrap"));
  const std::string tex = render(records_of(cells, kPaired), {TableFormat::tex, true});
  CHECK_THAT(tex, Catch::Contains("$-$1.00 [$-$2.00, 0]"));
  const std::string csv = render(records_of(cells, kPaired), {TableFormat::csv, true});
  CHECK(csv.starts_with("run,group,table,row,column,measure,mean,sd,n,state,notes,low,high,title\n"));
  CHECK_THAT(csv, Catch::Contains(",better,,objective,1.5,,3,done,,1,2,value less that of base\n"));

  // The order of the records does not matter, since the mean of a resample hangs on the order of the seeds.
  std::vector<Json> turned = records_of(cells, kPaired);
  std::reverse(turned.begin() + 1, turned.end());
  CHECK(render(turned) == text);
}

TEST_CASE("a metric is compared across objectives, a value is not") {
  std::vector<CellRecord> cells;
  for (const int r : {0, 1}) {
    cells.push_back(answer("fixed", "base", r, 1));
    cells.push_back(answer("fixed", "other", r, 5));
    cells.back().objective = "quality";
    cells[cells.size() - 2].metrics["disf"] = 0.5;
    cells.back().metrics["disf"] = 0.75;
  }
  Json table = kPaired;
  table["cells"].push_back({{"measure", "disf"}, {"paired", "base"}});
  CHECK(line_with(render(records_of(cells, table)), "| other") ==
        "| other | 5.0000 | no pair | +0.250 [0.250, 0.250] |");
}

TEST_CASE("a metric of a named column is compared across merged qualities, the merged quality is not") {
  std::vector<CellRecord> cells = {answer("fixed", "base", 0, 1), answer("fixed", "other", 0, 1),
                                   answer("fixed", "elsewhere", 0, 1)};
  for (CellRecord& cell : cells) cell.metrics = {{"mean_quality", 0.5}, {"mean_quality.edu", 0.25}};
  cells[1].quality = {"edu", "wiki"};
  cells[1].metrics["mean_quality.edu"] = 0.125;
  cells[2].metrics.erase("mean_quality.edu");  // its data has no such column: there is nothing to compare
  Json table = kPaired;
  table["cells"] = Json::array({{{"measure", "mean_quality"}, {"paired", "base"}},
                                {{"measure", "mean_quality.edu"}, {"paired", "base"}}});
  const std::string text = render(records_of(cells, table));
  CHECK(line_with(text, "| other") == "| other | no pair | -0.125 |");
  CHECK(line_with(text, "| elsewhere") == "| elsewhere | 0 | - |");
}

TEST_CASE("a difference without its pair says so") {
  std::vector<CellRecord> cells = {answer("made", "base", 0, 1), answer("made", "better", 0, 2),
                                   answer("made", "late", 0, 3)};
  CellRecord refused = cells[2];
  refused.status = Status::refused;
  refused.reason = "too slow";
  refused.value.reset();
  refused.seconds.reset();
  cells[2] = refused;
  const std::string text = render(records_of(cells, kPaired));
  CHECK(line_with(text, "| better |") == "| better | 2.0000 | +1.00 |");  // one pair has no interval
  CHECK_THAT(text, Catch::Contains("\n- Refused: late: too slow\n") && !Catch::Contains("| late |"));
  cells[0].digest = "another problem";
  CHECK(line_with(render(records_of(cells, kPaired)), "| better |") == "| better | 2.0000 | no pair |");
}

TEST_CASE("one seed that is left of several is no pair of the others") {
  std::vector<CellRecord> cells = {answer("fixed", "base", 0, 5)};  // ran once by plan
  for (int r = 0; r < 3; ++r) cells.push_back(answer("fixed", "better", r, 5.0 - r));
  for (int r = 0; r < 3; ++r) cells.push_back(answer("fixed", "late", r, 7));
  for (const std::size_t lost : {4, 5}) {
    cells[lost].status = Status::failed;
    cells[lost].reason = "killed";
    cells[lost].value.reset();
  }
  Json paired = kPaired;
  paired["cells"][1]["paired"] = "better";
  const std::string text = render(records_of(cells, paired));
  CHECK_THAT(line_with(text, "| late |"), Catch::Contains("| +4.00 [1] |"));  // the third seed's, alone
  CHECK_THAT(line_with(text, "| base |"), Catch::Contains("+1.00 ["));        // stands for all three
}

TEST_CASE("a block of which nothing has run is named, and is no table") {
  std::vector<Json> lines = records_of(
      {answer("fixed", "base", 0, 1), answer("fixed", "better", 0, 2), answer("other", "base", 0, 3)},
      kPaired);
  const std::string whole = render(lines);
  lines.pop_back();
  const std::string text = render(lines);
  CHECK_THAT(whole, Catch::Contains("## other") && !Catch::Contains("Not run:"));
  CHECK_THAT(text, Catch::Contains("Not run: other.") && !Catch::Contains("## other") &&
                       Catch::Contains("| better | 2.0000 | +1.00 |"));
  lines.resize(1);  // nothing at all
  CHECK_THAT(render(lines), Catch::Contains("\n- Not run: fixed; other.\n") && !Catch::Contains("| base"));
  CHECK_THAT(render(lines, {TableFormat::csv, true}), Catch::Contains(",base,,objective,,,0,not run,"));
}

TEST_CASE("a budget with kept rows is another problem") {
  CellRecord plain = answer("fixed", "base", 0, 1), kept = answer("fixed", "base", 0, 1);
  plain.random = kept.random = RandomFloor{0, 0, true};
  plain.bound = 2;
  kept.bound = 1.25;
  kept.key += " kept";
  Json plan = Json::array();
  for (const CellRecord* cell : {&plain, &kept}) {
    const Json axes = {{"dataset", "fixed"},
                       {"objective", "joint"},
                       {"budget", cell == &kept ? "10 %, keep a" : "10 %"},
                       {"selector", "base"}};
    plan.push_back({{"key", cell->key}, {"repetition", 0}, {"axes", axes}});
  }
  const Json table = {{"rows", "budget"}, {"cells", {"normalised"}}, {"show", "mean"}};
  const std::string text = render(
      {to_json(RunRecord{{{"id", "toy"}, {"table", table}}, "ci", plan}), to_json(plain), to_json(kept)});
  CHECK_THAT(text, Catch::Contains("| 10 % | 0.50000 |") && Catch::Contains("| 10 %, keep a | 0.80000 |"));
}

TEST_CASE("published numbers stand in a column of their own, with their source") {
  Json table = {{"rows", "selector"},
                {"cells", {"objective"}},
                {"best", "max"},
                {"published",
                 {{{"title", "score"},
                   {"source", "a paper"},
                   {"rows", {{"base", 44.9}, {"better", "18 h"}, {"other", -2}}}}}}};
  const std::vector<Json> records = records_of(
      {answer("fixed", "base", 0, 1), answer("fixed", "better", 0, 2), answer("fixed", "ours", 0, 3)}, table);
  const std::string text = render(records);
  CHECK_THAT(text, Catch::Contains("| selector | value | published: score |") &&
                       Catch::Contains("| base | 1.0000 | 44.9 |") &&
                       Catch::Contains("| better | 2.0000 | 18 h |") &&
                       Catch::Contains("| ours | **3.0000** | - |") &&
                       Catch::Contains("Published, score: a paper. Without a row here: other -2."));
  CHECK_THAT(render(records, {TableFormat::csv, true}),
             Catch::Contains(",base,,published,44.9,,0,published,"));

  table["blocks"] = {"dataset"};
  table["published"][0]["only"] = {{"dataset", "fixed"}};
  const std::string two =
      render(records_of({answer("fixed", "base", 0, 1), answer("other", "base", 0, 2)}, table));
  CHECK_THAT(two, Catch::Contains("| base | 1.0000 | 44.9 |") && Catch::Contains("| base | 2.0000 |\n"));
}

TEST_CASE("measures of throughput, of curves and of deciles") {
  CellRecord cell = answer("fixed", "base", 0, 1);
  cell.threads = 2;
  cell.random = RandomFloor{0, 0, true};
  Json grid(10, Json(10, 2));
  Json kept(10, Json(10, 0));
  kept[2][9] = 1;
  kept[2][0] = 2;
  cell.details = {{"deciles", {{"pool", grid}, {"kept", kept}}}};
  const Json table = {{"rows", "selector"},
                      {"cells",
                       {"objective", "rows_per_second", "core_seconds", "machine_seconds", "converged_step",
                        "kept.3.10", "kept.3.all", "kept.all.1", "pool.3.all"}},
                      {"show", "mean"},
                      {"extrapolate_rows", 6000}};
  std::vector<Json> records = records_of({cell}, table);
  const double values[] = {0.5, 0.995, 0.9, 0.992, 1};  // near, away again, near for good
  for (int step = 1; step <= 5; ++step) {
    records.push_back(to_json(PointRecord{cell.key, 10 * step, 0.1 * step, values[step - 1], {}, {}}));
  }
  // 600 rows a second; 6000 / 300 blocks of half a second on two threads.
  CHECK_THAT(
      render(records, {TableFormat::md, true, 0}),
      Catch::Contains(
          "| base | 1.0000 | 600 /s | 20.0 s | 10.0 s | 40 | 0.50000 | 0.15000 | 0.10000 | 0.10000 |"));
  const Json wrong = {{"rows", "selector"}, {"cells", {"kept.11.1"}}};
  CHECK_THROWS_WITH(render(records_of({cell}, wrong)), Catch::Contains("kept.QUALITY.DENSITY"));
}

}  // namespace
}  // namespace maskbench
