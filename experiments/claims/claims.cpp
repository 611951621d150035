#include "experiments/claims/claims.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "datasets/core/params.hpp"
#include "experiments/claims/test_side.hpp"
#include "experiments/tables/layout.hpp"
#include "experiments/tables/quantities.hpp"
#include "experiments/tables/student.hpp"

namespace maskbench {
namespace {

using Strings = std::vector<std::string>;

constexpr const char* kFamilies[] = {"dataset", "objective", "budget", "selector"};

// What a side measured on one problem, by repetition.
struct Series {
  std::map<int, double> values;
  bool unchanging = false;      // ran once by plan: stands against every repetition
  std::string state;            // "extrapolated", "stopped" where a value is that
  std::vector<double> answers;  // values of the objective, which no time is shown without
  bool at_least = false;        // a time that ran out: the whole takes longer
};

class Judge {
 public:
  Judge(const Document& claims, const RecordsByTable& records) : claims_(claims) {
    for (const auto& [table, lines] : records) records_.emplace(table, RecordIndex(lines));
  }

  ClaimResult result_of(const Json& claim, const std::string& path) {
    ClaimResult result;
    const auto text = [&](const char* key) { return claim.value(key, std::string()); };
    result.id = text("id");
    result.topic = text("topic");
    result.title = text("title");
    result.finding = text("finding");
    result.text = text("text");
    result.source = text("source");
    result.published = text("published");
    result.why = text("why");
    result.stated = text("status");
    if (!claim.contains("tests")) {
      result.measured = "not runnable here";
      return result;
    }
    const bool hold = all_hold(claim["tests"], path + ".tests", result);
    const bool needs_paper = std::all_of(claim["tests"].begin(), claim["tests"].end(),
                                         [](const Json& test) { return test.value("group", "") == "paper"; });
    // A test that fails decides; one without records leaves the others' success open.
    result.measured = !hold ? "differs" : result.missing.empty() ? "reproduced" : "no records";
    // The paper's sizes, where the descriptor's notes say what they cost: run elsewhere, its records decide
    // here.
    if (result.outcomes.empty() && needs_paper) result.measured = "not runnable here";
    if (claim.contains("control") && !controlled(claim["control"], path + ".control")) {
      result.measured = "no control";
      for (TestOutcome& outcome : result.outcomes) outcome.verdict = "no control";
    }
    return result;
  }

 private:
  // Whether none of the tests fails; what they ask and found joins the result.
  bool all_hold(const Json& tests, const std::string& path, ClaimResult& result) {
    bool hold = true;
    for (std::size_t i = 0; i < tests.size(); ++i) {
      const Json& test = tests[i];
      path_ = fmt::format("{}.{}", path, i);
      std::vector<TestOutcome> found = outcomes_of(test, result.missing);
      const auto holds = [](const TestOutcome& outcome) { return outcome.verdict == "holds"; };
      const bool some = test.value("over", "every problem") == "some problem";
      if (!found.empty()) {
        hold = hold && (some ? std::any_of(found.begin(), found.end(), holds)
                             : std::all_of(found.begin(), found.end(), holds));
      }
      for (TestOutcome& outcome : found) outcome.test = result.tests.size();
      result.tests.push_back(asked(test));
      result.outcomes.insert(result.outcomes.end(), found.begin(), found.end());
    }
    return hold;
  }

  bool controlled(const Json& tests, const std::string& path) {
    ClaimResult control;
    return !tests.empty() && all_hold(tests, path, control) && control.missing.empty();
  }

  std::vector<TestOutcome> outcomes_of(const Json& test, Strings& missing) {
    const Side left = side_of(test["left"], test.value("metric", "objective"));
    const Side right = side_of(test["right"], test.value("metric", "objective"));
    if (!test.contains("descriptor")) {
      if (!left.number || !right.number) throw UserError(claims_.at(path_) + ": rows need a descriptor");
      Series one, other;
      one.values[0] = *left.number;
      other.values[0] = *right.number;
      TestOutcome outcome = compared(test, left, one, right, other);
      outcome.problem = "the paper's own numbers";
      outcome.metric.clear();
      outcome.pairs = 0;
      return {outcome};
    }
    std::vector<TestOutcome> outcomes;
    const std::string id = test["descriptor"].get<std::string>();
    const Strings groups =
        test.contains("group") ? Strings{test["group"].get<std::string>()} : Strings{"quick", "paper"};
    bool any = false;
    for (const std::string& group : groups) {
      const auto index = records_.find(id + "-" + group);
      if (index == records_.end()) continue;
      any = true;
      for (const RunRecord& run : index->second.runs()) {
        if (run.descriptor.at("id") != id || run.group != group) continue;
        add_outcomes(test, left, right, run, index->second, outcomes);
      }
    }
    if (any) check_names(test, groups);
    std::string reason;
    if (!any)
      reason = fmt::format("no records of {} ({})", id, fmt::join(groups, ", "));
    else if (outcomes.empty())
      reason =
          fmt::format("no records of {} have both {} and {}", id, test["left"].dump(), test["right"].dump());
    if (!reason.empty() && std::find(missing.begin(), missing.end(), reason) == missing.end())
      missing.push_back(reason);
    return outcomes;
  }

  // UserError where an axis or a metric is in none of the records: a slip, which would read as "no records".
  void check_names(const Json& test, const Strings& groups) const {
    std::set<std::string> axes = {"rows"}, metrics;
    const std::string id = test["descriptor"].get<std::string>();
    for (const std::string& group : groups) {
      const auto index = records_.find(id + "-" + group);
      if (index == records_.end()) continue;
      for (const RunRecord& run : index->second.runs()) {
        for (const Json& planned : run.plan) {
          for (const auto& [axis, value] : planned["axes"].items()) axes.insert(axis);
        }
      }
      for (const auto& [key, cell] : index->second.cells()) {
        for (const auto& [name, value] : cell.metrics) metrics.insert(name);
      }
    }
    const auto check = [&](const std::string& what, const std::string& name,
                           const std::set<std::string>& known) {
      if (known.contains(name)) return;
      throw UserError(fmt::format("{}: no record of {} has the {} \"{}\"{}; there are: {}", claims_.at(path_),
                                  id, what, name, did_you_mean(name, {known.begin(), known.end()}),
                                  fmt::join(known, ", ")));
    };
    for (const Json& side : {test["left"], test["right"], test.value("where", Json::object())}) {
      const Side named = side_of(side, "");
      for (const auto& [axis, value] : named.axes.items()) check("axis", axis, axes);
    }
    const std::string metric = test.value("metric", "objective");
    if (find_measure(metric) == nullptr) check("metric", metric, metrics);
  }

  void add_outcomes(const Json& test, const Side& left, const Side& right, const RunRecord& run,
                    const RecordIndex& index, std::vector<TestOutcome>& outcomes) const {
    Strings names;
    for (const char* family : kFamilies) {
      const auto named = [&](const Side& side) {
        return std::any_of(side.axes.items().begin(), side.axes.items().end(), [&](const auto& item) {
          return item.key() == family || item.key().starts_with(std::string(family) + ".");
        });
      };
      if (!named(left) && !named(right)) names.emplace_back(family);
    }
    const Side where{std::nullopt, test.value("where", Json::object()), "", "", false};
    std::vector<std::string> order;  // problems as the plan has them
    std::map<std::string, std::vector<RanCell>> problems;
    std::map<std::string, std::size_t> repetitions;  // of cells that differ in nothing else
    for (const Json& planned : run.plan) ++repetitions[planned["axes"].dump()];
    for (const Json& planned : run.plan) {
      const RanCell cell{index.cell(planned["key"].get<std::string>()), planned["axes"],
                         repetitions[planned["axes"].dump()]};
      if (cell.record == nullptr || !where.fits(cell)) continue;
      Strings values;
      for (const std::string& name : names) values.push_back(text_of_axis(cell.axes.value(name, Json(""))));
      const std::string problem = fmt::format("{}: {}", run.group, fmt::join(values, ", "));
      if (!problems.contains(problem)) order.push_back(problem);
      problems[problem].push_back(cell);
    }
    Comparison compared_with;
    compared_with.extrapolate_rows = run.descriptor.at("table").value("extrapolate_rows", 0.0);
    const Json same_picks = run.descriptor.at("table").value("same_picks", Json::object());
    for (const std::string& problem : order) {
      const Series one = series_of(left, problems[problem], same_picks, index, compared_with);
      const Series other = series_of(right, problems[problem], same_picks, index, compared_with);
      TestOutcome outcome = compared(test, left, one, right, other);
      if (outcome.pairs == 0) continue;
      outcome.problem = problem;
      outcomes.push_back(std::move(outcome));
    }
  }

  // The cells of the row that makes the same picks as this cell's.
  static Place twin_of(const RanCell& cell, const std::vector<RanCell>& cells, const Json& same_picks) {
    const auto row = [](const RanCell& one) { return text_of_axis(one.axes.value("selector", Json(""))); };
    Place twin{same_picks.value(row(cell), ""), {}};
    for (const RanCell& other : cells) {
      if (row(other) == twin.row) twin.keys.push_back(other.record->key);
    }
    return twin;
  }

  Series series_of(const Side& side, const std::vector<RanCell>& cells, const Json& same_picks,
                   const RecordIndex& index, const Comparison& compared_with) const {
    Series series;
    if (side.number) {
      series.values[0] = *side.number;
      series.unchanging = true;
      return series;
    }
    std::map<int, std::vector<double>> all;
    std::map<int, std::string> first;
    for (const RanCell& cell : cells) {
      if (!side.fits(cell)) continue;
      Quantity quantity =
          quantity_of(side.metric, Place{"", {cell.record->key}}, compared_with, index, false);
      if (side.metric == "seconds" && cell.record->status == Status::timeout && cell.record->seconds) {
        quantity.mean = cell.record->seconds->select;
        quantity.state = "timed out";
        series.at_least = true;
      }
      if (!quantity.mean) continue;
      if (quantity.state != "done") series.state = quantity.state;
      series.unchanging = cell.planned == 1;
      const int repetition = cell.record->repetition;
      if (!all[repetition].empty() && side.take.empty()) {
        throw UserError(fmt::format("{}: a side fits both {} and {}; name one, or say which to take",
                                    claims_.at(path_), first[repetition], cell.record->key));
      }
      first[repetition] = cell.record->key;
      const Place twin = twin_of(cell, cells, same_picks);
      Comparison with_twin = compared_with;
      with_twin.twin = &twin;
      const Quantity answer =
          quantity_of("objective", Place{"", {cell.record->key}}, with_twin, index, false);
      if (answer.mean) series.answers.push_back(*answer.mean);
      all[repetition].push_back(*quantity.mean);
    }
    for (const auto& [repetition, values] : all) {
      series.values[repetition] = side.take == "min"   ? *std::min_element(values.begin(), values.end())
                                  : side.take == "max" ? *std::max_element(values.begin(), values.end())
                                                       : mean_of(values);
    }
    return series;
  }

  static double mean_of(const std::vector<double>& values) {
    double sum = 0;  // of differences: equal values have no spread
    for (const double value : values) sum += value - values[0];
    return values[0] + sum / static_cast<double>(values.size());
  }

  TestOutcome compared(const Json& test, const Side& left, const Series& one, const Side& right,
                       const Series& other) const {
    std::set<int> repetitions;
    for (const auto& [repetition, value] : one.unchanging ? other.values : one.values) {
      if (other.unchanging || other.values.contains(repetition)) repetitions.insert(repetition);
    }
    if (one.values.empty() || other.values.empty()) repetitions.clear();
    std::vector<double> differences, lefts, rights;
    TestOutcome outcome;
    outcome.metric = left.metric;
    outcome.ratio = test.value("compare", "difference") == "ratio";
    for (const int repetition : repetitions) {
      const double a = one.unchanging ? one.values.begin()->second : one.values.at(repetition);
      const double b = other.unchanging ? other.values.begin()->second : other.values.at(repetition);
      if (outcome.ratio && (a <= 0 || b <= 0)) {
        throw UserError(
            fmt::format("{}: a ratio of {} and {}: both must be above 0", claims_.at(path_), a, b));
      }
      lefts.push_back(a);
      rights.push_back(b);
      differences.push_back(outcome.ratio ? std::log(a / b) : a - b);
    }
    outcome.pairs = static_cast<int>(differences.size());
    if (differences.empty()) return outcome;
    outcome.left_row = left.row();
    outcome.right_row = right.row();
    outcome.left = shown(left, lefts, one);
    outcome.right = shown(right, rights, other);
    const auto n = static_cast<double>(differences.size());
    const double mean = mean_of(differences);
    double half = 0;  // width of the interval
    if (differences.size() > 1) {
      double squares = 0;
      for (const double value : differences) squares += (value - mean) * (value - mean);
      half = student_quantile(outcome.pairs - 1) * std::sqrt(squares / (n - 1) / n);
    }
    const auto unit = [&](double value) { return outcome.ratio ? std::expm1(value) : value; };
    outcome.difference = unit(mean);
    if (differences.size() > 1) {
      outcome.low = unit(mean - half);
      outcome.high = unit(mean + half);
    }
    // A side that is at least so much leaves the difference open on one end.
    const std::string op = test["op"].get<std::string>();
    const double low = other.at_least ? -HUGE_VAL : unit(mean - half);
    const double high = one.at_least ? HUGE_VAL : unit(mean + half);
    outcome.verdict = op == "=" && (one.at_least || other.at_least)
                          ? "not decided"
                          : verdict_of(op, test["margin"].get<double>(), low, high);
    return outcome;
  }

  static std::string verdict_of(const std::string& op, double margin, double low, double high) {
    const auto decided = [](bool holds, bool fails) {
      return holds ? "holds" : fails ? "fails" : "not decided";
    };
    if (op == "<") return decided(high < -margin, low >= -margin);
    if (op == ">") return decided(low > margin, high <= margin);
    if (op == "<=") return decided(high <= margin, low > margin);
    if (op == ">=") return decided(low >= -margin, high < -margin);
    return decided(low >= -margin && high <= margin, high < -margin || low > margin);
  }

  static std::string shown(const Side& side, const std::vector<double>& values, const Series& series) {
    TableColumn column;
    column.kind = kind_of(side.metric);
    if (side.number && column.kind != Kind::seconds) return fmt::format("{:.6g}", *side.number);
    Quantity quantity;
    quantity.mean = mean_of(values);
    Strings remarks;
    if (!series.state.empty()) remarks.push_back(series.state);
    if (column.kind == Kind::seconds && !side.number)
      remarks.push_back(series.answers.empty() ? "no value"
                                               : fmt::format("value {:.5g}", mean_of(series.answers)));
    return text_of(quantity, column) +
           (remarks.empty() ? "" : fmt::format(" ({})", fmt::join(remarks, ", ")));
  }

  const Document& claims_;
  std::map<std::string, RecordIndex> records_;
  std::string path_;  // of the test at hand
};

}  // namespace

std::vector<ClaimResult> judge_claims(const Document& claims, const RecordsByTable& records) {
  Judge judge(claims, records);
  std::vector<ClaimResult> results;
  std::set<std::string> known;
  for (std::size_t i = 0; i < claims.json.at("claims").size(); ++i) {
    const std::string path = fmt::format("claims.{}", i);
    results.push_back(judge.result_of(claims.json["claims"][i], path));
    if (!known.insert(results.back().id).second) {
      throw UserError(claims.at(path + ".id") + ": \"" + results.back().id + "\" is given twice");
    }
  }
  return results;
}

}  // namespace maskbench
