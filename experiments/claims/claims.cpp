#include "experiments/claims/claims.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "experiments/tables/measures.hpp"
#include "experiments/tables/student.hpp"

namespace maskbench {
namespace {

using Strings = std::vector<std::string>;

constexpr const char* kFamilies[] = {"dataset", "objective", "budget", "selector"};

bool fits_value(const Json& value, const std::string& key, const Json& wanted) {
  if (wanted.is_array()) {
    return std::any_of(wanted.begin(), wanted.end(),
                       [&](const Json& one) { return fits_value(value, key, one); });
  }
  if (wanted.is_object()) {
    return value.is_number() && value.get<double>() >= wanted.value("at_least", -HUGE_VAL) &&
           value.get<double>() <= wanted.value("at_most", HUGE_VAL);
  }
  if (value.is_number() && wanted.is_number()) return value.get<double>() == wanted.get<double>();
  return text_of_axis(value) == text_of_axis(wanted) || (!key.empty() && key == text_of_axis(wanted));
}

std::string key_of(const std::string& printed) {
  return printed.substr(0, printed.find('['));
}

// A cell that has run, with its place in the plan.
struct RanCell {
  const CellRecord* record = nullptr;
  Json axes;
  std::size_t planned = 0;  // repetitions of its row on its problem
};

bool fits_cell(const RanCell& cell, const std::string& axis, const Json& wanted) {
  if (axis == "rows") return fits_value(Json(cell.record->rows), "", wanted);
  if (!cell.axes.contains(axis)) return false;
  const std::string key = axis == "dataset"     ? key_of(cell.record->dataset)
                          : axis == "objective" ? key_of(cell.record->objective)
                          : axis == "selector"  ? key_of(cell.record->selector)
                                                : "";
  return fits_value(cell.axes[axis], key, wanted);
}

// One side of a test: a number of the paper, or the cells of a row.
struct Side {
  std::optional<double> number;
  Json axes = Json::object();
  std::string metric, take;
  bool own_metric = false;

  // "datamask (paper)", "stochastic_greedy, epsilon = 0.1", "min of greedy, random".
  std::string row() const {
    std::vector<std::string> parts;
    for (const auto& [axis, wanted] : axes.items()) {
      std::vector<std::string> names;
      for (const Json& one : wanted.is_array() ? wanted : Json::array({wanted}))
        names.push_back(text_of_axis(one));
      const std::size_t dot = axis.find('.');
      parts.push_back((dot == std::string::npos ? "" : axis.substr(dot + 1) + " = ") +
                      fmt::format("{}", fmt::join(names, ", ")));
    }
    const std::string rows =
        (own_metric && !number ? metric + " of " : "") + fmt::format("{}", fmt::join(parts, ", "));
    return take.empty() || rows.empty() ? rows : take + " of " + rows;
  }

  bool fits(const RanCell& cell) const {
    return std::all_of(axes.items().begin(), axes.items().end(),
                       [&](const auto& item) { return fits_cell(cell, item.key(), item.value()); });
  }
};

Side side_of(const Json& json, const std::string& metric) {
  Side side;
  side.metric = json.value("metric", metric);
  side.own_metric = json.contains("metric");
  side.take = json.value("take", "");
  for (const auto& [key, value] : json.items()) {
    const auto numbers = value.is_array() && (key == "sum" || key == "product" || key == "quotient")
                             ? value.get<std::vector<double>>()
                             : std::vector<double>{};
    if (key == "number") side.number = value.get<double>();
    if (key == "sum") side.number = std::accumulate(numbers.begin(), numbers.end(), 0.0);
    if (key == "product")
      side.number = std::accumulate(numbers.begin(), numbers.end(), 1.0, std::multiplies<>());
    if (key == "quotient") {
      side.number = std::accumulate(numbers.begin() + 1, numbers.end(), numbers[0], std::divides<>());
    }
    if (key != "metric" && key != "take" && !side.number) side.axes[key] = value;
  }
  return side;
}

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
    for (const auto& [table, lines] : records) evidence_.emplace(table, Evidence(lines));
  }

  ClaimResult result_of(const Json& claim, const std::string& path) {
    ClaimResult result;
    result.id = claim.at("id").get<std::string>();
    result.text = claim.at("text").get<std::string>();
    result.source = claim.at("source").get<std::string>();
    result.published = claim.value("published", "");
    result.why = claim.value("why", "");
    result.stated = claim.at("status").get<std::string>();
    if (!claim.contains("tests")) {
      result.measured = "not runnable here";
      return result;
    }
    bool all_hold = true, needs_paper = true;
    for (std::size_t i = 0; i < claim["tests"].size(); ++i) {
      const Json& test = claim["tests"][i];
      path_ = fmt::format("{}.tests.{}", path, i);
      needs_paper = needs_paper && test.value("group", "") == "paper";
      const std::vector<Finding> found = findings_of(test, result.missing);
      const auto holds = [](const Finding& finding) { return finding.verdict == "holds"; };
      const bool some = test.value("over", "every problem") == "some problem";
      if (!found.empty()) {
        all_hold = all_hold && (some ? std::any_of(found.begin(), found.end(), holds)
                                     : std::all_of(found.begin(), found.end(), holds));
      }
      result.findings.insert(result.findings.end(), found.begin(), found.end());
    }
    // A test that fails decides; one without records leaves the others' success open.
    result.measured = !all_hold ? "differs" : result.missing.empty() ? "reproduced" : "no records";
    // The paper's sizes, where the descriptor's notes say what they cost: run elsewhere, its records decide
    // here.
    if (result.findings.empty() && needs_paper) result.measured = "not runnable here";
    return result;
  }

 private:
  std::vector<Finding> findings_of(const Json& test, Strings& missing) {
    const Side left = side_of(test["left"], test.value("metric", "objective"));
    const Side right = side_of(test["right"], test.value("metric", "objective"));
    if (!test.contains("descriptor")) {
      if (!left.number || !right.number) throw UserError(claims_.at(path_) + ": rows need a descriptor");
      Series one, other;
      one.values[0] = *left.number;
      other.values[0] = *right.number;
      Finding finding = compared(test, left, one, right, other);
      finding.problem = "the paper's own numbers";
      finding.metric.clear();
      finding.pairs = 0;
      return {finding};
    }
    std::vector<Finding> findings;
    const std::string id = test["descriptor"].get<std::string>();
    const Strings groups =
        test.contains("group") ? Strings{test["group"].get<std::string>()} : Strings{"quick", "paper"};
    bool any = false;
    for (const std::string& group : groups) {
      const auto evidence = evidence_.find(id + "-" + group);
      if (evidence == evidence_.end()) continue;
      any = true;
      for (const RunRecord& run : evidence->second.runs()) {
        if (run.descriptor.at("id") != id || run.group != group) continue;
        add_findings(test, left, right, run, evidence->second, findings);
      }
    }
    if (any) check_names(test, groups);
    std::string reason;
    if (!any)
      reason = fmt::format("no records of {} ({})", id, fmt::join(groups, ", "));
    else if (findings.empty())
      reason =
          fmt::format("no records of {} have both {} and {}", id, test["left"].dump(), test["right"].dump());
    if (!reason.empty() && std::find(missing.begin(), missing.end(), reason) == missing.end())
      missing.push_back(reason);
    return findings;
  }

  // UserError where an axis or a metric is in none of the records: a slip, which would read as "no records".
  void check_names(const Json& test, const Strings& groups) const {
    std::set<std::string> axes = {"rows"}, metrics;
    const std::string id = test["descriptor"].get<std::string>();
    for (const std::string& group : groups) {
      const auto evidence = evidence_.find(id + "-" + group);
      if (evidence == evidence_.end()) continue;
      for (const RunRecord& run : evidence->second.runs()) {
        for (const Json& planned : run.plan) {
          for (const auto& [axis, value] : planned["axes"].items()) axes.insert(axis);
        }
      }
      for (const auto& [key, cell] : evidence->second.cells()) {
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
    if (!is_own_measure(metric)) check("metric", metric, metrics);
  }

  void add_findings(const Json& test, const Side& left, const Side& right, const RunRecord& run,
                    const Evidence& evidence, std::vector<Finding>& findings) const {
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
      const RanCell cell{evidence.cell(planned["key"].get<std::string>()), planned["axes"],
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
      const Series one = series_of(left, problems[problem], same_picks, evidence, compared_with);
      const Series other = series_of(right, problems[problem], same_picks, evidence, compared_with);
      Finding finding = compared(test, left, one, right, other);
      if (finding.pairs == 0) continue;
      finding.problem = problem;
      findings.push_back(std::move(finding));
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
                   const Evidence& evidence, const Comparison& compared_with) const {
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
          quantity_of(side.metric, Place{"", {cell.record->key}}, compared_with, evidence, false);
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
          quantity_of("objective", Place{"", {cell.record->key}}, with_twin, evidence, false);
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

  Finding compared(const Json& test, const Side& left, const Series& one, const Side& right,
                   const Series& other) const {
    std::set<int> repetitions;
    for (const auto& [repetition, value] : one.unchanging ? other.values : one.values) {
      if (other.unchanging || other.values.contains(repetition)) repetitions.insert(repetition);
    }
    if (one.values.empty() || other.values.empty()) repetitions.clear();
    std::vector<double> differences, lefts, rights;
    Finding finding;
    finding.metric = left.metric;
    finding.ratio = test.value("compare", "difference") == "ratio";
    for (const int repetition : repetitions) {
      const double a = one.unchanging ? one.values.begin()->second : one.values.at(repetition);
      const double b = other.unchanging ? other.values.begin()->second : other.values.at(repetition);
      if (finding.ratio && (a <= 0 || b <= 0)) {
        throw UserError(
            fmt::format("{}: a ratio of {} and {}: both must be above 0", claims_.at(path_), a, b));
      }
      lefts.push_back(a);
      rights.push_back(b);
      differences.push_back(finding.ratio ? std::log(a / b) : a - b);
    }
    finding.pairs = static_cast<int>(differences.size());
    if (differences.empty()) return finding;
    finding.left_row = left.row();
    finding.right_row = right.row();
    finding.left = shown(left, lefts, one);
    finding.right = shown(right, rights, other);
    const auto n = static_cast<double>(differences.size());
    const double mean = mean_of(differences);
    double half = 0;  // width of the interval
    if (differences.size() > 1) {
      double squares = 0;
      for (const double value : differences) squares += (value - mean) * (value - mean);
      half = student_quantile(finding.pairs - 1) * std::sqrt(squares / (n - 1) / n);
    }
    const auto unit = [&](double value) { return finding.ratio ? std::expm1(value) : value; };
    finding.difference = unit(mean);
    if (differences.size() > 1) {
      finding.low = unit(mean - half);
      finding.high = unit(mean + half);
    }
    // A side that is at least so much leaves the difference open on one end.
    const std::string op = test["op"].get<std::string>();
    const double low = other.at_least ? -HUGE_VAL : unit(mean - half);
    const double high = one.at_least ? HUGE_VAL : unit(mean + half);
    finding.verdict = op == "=" && (one.at_least || other.at_least)
                          ? "not decided"
                          : verdict_of(op, test["margin"].get<double>(), low, high);
    return finding;
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
  std::map<std::string, Evidence> evidence_;
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
