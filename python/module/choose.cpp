// Choosing, judging and planning for Python: an Answer is chosen rows with the problem that they answer.
#include <nanobind/ndarray.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <cmath>

#include "experiments/machine/threads.hpp"
#include "experiments/problem/advised_selector.hpp"
#include "experiments/scoring/evaluate.hpp"
#include "python/module/module.hpp"

namespace maskbench::python {
namespace {

struct Answer {
  std::shared_ptr<const Dataset> data;
  Chosen chosen;
};

template <class T>
nb::object array_of(std::vector<T> values) {
  auto* kept = new std::vector<T>(std::move(values));
  const nb::capsule owner(kept, [](void* memory) noexcept { delete static_cast<std::vector<T>*>(memory); });
  const std::size_t shape[1] = {kept->size()};
  return nb::cast(nb::ndarray<nb::numpy, T, nb::ndim<1>>(kept->data(), 1, shape, owner));
}

template <class T>
nb::object optional(const std::optional<T>& value) {
  return value ? nb::cast(*value) : nb::none();
}

// The text that Python's json module wrote; `quotas`: column -> {label: amount}.
std::vector<QuotaRequest> quotas_of(const std::string& text) {
  std::vector<QuotaRequest> quotas;
  const Document document = parse_json(text, "quotas");
  for (const auto& [column, amounts] : document.json.items())
    quotas.push_back({column, {amounts, "quotas of " + column, {}}});
  return quotas;
}

ProblemRequest problem_of(const Dict& question) {
  const auto text = [&](const char* key) { return nb::cast<std::string>(question[key]); };
  ProblemRequest problem;
  if (const std::string objective = text("objective"); !objective.empty())
    problem.objective = objectives().named(objective);
  problem.quality = nb::cast<std::vector<std::string>>(question["quality"]);
  problem.budget.unit = unit_named(text("unit"));
  if (const nb::object share = question["fraction"]; !share.is_none())
    problem.budget.fraction = nb::cast<double>(share);
  problem.budget.amount = nb::cast<std::int64_t>(question["amount"]);
  problem.budget.fill = fill_named(text("fill"));
  problem.kept = nb::cast<std::vector<Index>>(question["keep"]);
  problem.quotas = quotas_of(text("quotas"));
  return problem;
}

ChooseOptions options_of(const Dict& question) {
  ChooseOptions options;
  options.seed = nb::cast<std::uint64_t>(question["seed"]);
  options.threads = nb::cast<int>(question["threads"]);
  options.device = nb::cast<std::string>(question["device"]);
  options.memory = nb::cast<std::int64_t>(question["memory"]);
  options.force = nb::cast<bool>(question["force"]);
  if (const nb::object limit = question["time_limit"]; !limit.is_none())
    options.time_limit = nb::cast<double>(limit);
  return options;
}

std::optional<NamedSelector> selector_of(const std::string& text, const std::string& device) {
  if (text == kAutoSelector) return std::nullopt;
  return selectors().make(on_device(parse_spec(text), device));
}

std::unique_ptr<Answer> select(const Data& data, const std::string& selector, const Dict& question,
                               const nb::object& progress) {
  auto answer = std::make_unique<Answer>();
  answer->data = data.set;
  const ProblemRequest problem = problem_of(question);
  const ChooseOptions options = options_of(question);
  run_job(
      [&](const Watch& watch) {
        answer->chosen = choose(data.set, problem, selector_of(selector, options.device), options, watch);
      },
      progress);
  raise_kept(answer->chosen.setup->objective());
  return answer;
}

// Somebody else's rows as an answer, to be judged.
std::unique_ptr<Answer> given(const Data& data, std::vector<Index> rows, const Dict& question) {
  auto answer = std::make_unique<Answer>();
  answer->data = data.set;
  std::sort(rows.begin(), rows.end());
  if (rows.empty()) throw UserError("rows: none are given");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i] < 0 || rows[i] >= data.set->size())
      throw UserError("rows: row " + std::to_string(rows[i]) + " is not in 0 to " +
                      std::to_string(data.set->size() - 1));
    if (i > 0 && rows[i] == rows[i - 1])
      throw UserError("rows: row " + std::to_string(rows[i]) + " is given twice");
  }
  ProblemRequest problem = problem_of(question);
  problem.budget = {};
  problem.budget.amount = static_cast<std::int64_t>(rows.size());
  run_job([&](const Watch&) { answer->chosen.setup = std::make_unique<ProblemSetup>(data.set, problem); },
          nb::none());
  answer->chosen.selection.items = rows;
  answer->chosen.rows = std::move(rows);
  answer->chosen.threads = nb::cast<int>(question["threads"]);
  return answer;
}

void with_threads(const Answer& answer) {
  fix_threads(answer.chosen.threads > 0 ? answer.chosen.threads : all_cores());
}

double value_of(const Answer& answer, std::optional<std::vector<Index>> rows, const nb::object& progress) {
  double value = 0;
  if (rows) std::sort(rows->begin(), rows->end());
  run_job(
      [&](const Watch& watch) {
        with_threads(answer);
        const Watching scope(watch, "score");
        value = answer.chosen.setup->objective().value(rows ? *rows : answer.chosen.rows);
      },
      progress);
  return value;
}

// `bound`: search for one, and compare with random rows; `metrics`: these, nothing for all.
Dict judge(const Answer& answer, const std::optional<std::vector<std::string>>& metrics, bool bound,
           const nb::object& progress) {
  check_metric_choice(metrics, "metrics");
  Evaluation evaluation;
  run_job(
      [&](const Watch& watch) {
        with_threads(answer);
        const Watching scope(watch, "score");
        KnownProblem known;
        if (!bound) {
          known.random = RandomFloor{};
          known.no_bound = "not asked for";
        }
        evaluation = evaluate(*answer.chosen.setup, answer.chosen.rows, known, metrics);
      },
      progress);
  Dict out;
  out["value"] = evaluation.value;
  out["metrics"] = evaluation.metrics;
  out["warnings"] = evaluation.warnings;
  if (!bound) return out;
  out["random"] = evaluation.random ? nb::cast(evaluation.random->mean) : nb::none();
  out["bound"] = optional(evaluation.bound);
  out["bound_reason"] = evaluation.bound_reason;
  out["normalised"] = optional(evaluation.normalised);
  return out;
}

// f(U + row) - f(U) along `order`; `from`: U at the start.
nb::object gains(const Answer& answer, const std::vector<Index>& order, const std::vector<Index>& from,
                 const nb::object& progress) {
  std::vector<double> gains(order.size());
  run_job(
      [&](const Watch& watch) {
        with_threads(answer);
        const Watching scope(watch, "gains");
        const Problem& problem = answer.chosen.setup->problem();
        GreedyStart start = GreedyStart::of(problem, true);
        start.items = from;
        const auto state = answer.chosen.setup->objective().start(start);
        Looks looks(static_cast<Index>(order.size()));
        for (std::size_t i = 0; i < order.size(); ++i) {
          looks.step();
          gains[i] = state->gain(order[i]);
          state->add(order[i]);
        }
      },
      progress);
  return array_of(std::move(gains));
}

// The chosen row, other than `row`, that is nearest to it, and how near; nothing where there are no features.
nb::object nearest(const Answer& answer, Index row) {
  if (answer.data->dims() == 0) return nb::none();
  const MatrixView all = answer.data->features();
  Index best = -1;
  double most = -2;
  for (const Index other : answer.chosen.rows) {
    if (other == row) continue;
    double sum = 0;
    for (Index k = 0; k < all.cols; ++k)
      sum += static_cast<double>(all.row(row)[k]) * static_cast<double>(all.row(other)[k]);
    if (sum > most) {
      most = sum;
      best = other;
    }
  }
  if (best < 0) return nb::none();
  return nb::make_tuple(best, most);
}

Dict plan(const Data& data, const std::string& selector, const Dict& question) {
  const ProblemRequest problem = problem_of(question);
  const ChooseOptions options = options_of(question);
  Task task;
  MemoryForecast forecast;
  std::string shortage;
  run_job(
      [&](const Watch& watch) {
        fix_threads(options.threads > 0 ? options.threads : all_cores());
        const Watching scope(watch, "plan");
        task = make_task(data.set, problem, selector_of(selector, options.device), options.device);
        forecast = forecast_memory(task);
        forecast.before = 0;
        forecast.others = forecast.held;
        shortage = memory_shortage(forecast, options.memory);
      },
      nb::none());
  Dict out;
  out["selector"] = task.selector.canonical;
  out["objective"] = task.setup->objective_text();
  out["rows"] = task.setup->problem().rows_to_pick();
  out["memory"] = forecast.peak();
  std::vector<std::string> refusals;
  if (!task.refusal.empty()) refusals.push_back(task.refusal);
  if (!shortage.empty()) refusals.push_back(shortage);
  out["refusals"] = refusals;
  out["notes"] = task.notes;
  return out;
}

const char* stop_of(const Chosen& chosen) {
  switch (chosen.selection.why) {
    case Stop::filled:
      return "filled";
    case Stop::exhausted:
      return "exhausted";
    case Stop::threshold:
      return "threshold";
    case Stop::interrupted:
      return "time_limit";
  }
  return "";
}

}  // namespace

void add_choose(nb::module_& module) {
  nb::class_<Answer>(module, "Answer")
      .def_prop_ro("rows", [](const Answer& answer) { return array_of(answer.chosen.rows); })
      .def_prop_ro("ranking", [](const Answer& answer) { return array_of(answer.chosen.selection.items); })
      .def_prop_ro("repeats", [](const Answer& answer) { return array_of(answer.chosen.selection.repeats); })
      .def_prop_ro("scores", [](const Answer& answer) { return array_of(answer.chosen.selection.score); })
      .def_prop_ro("selector", [](const Answer& answer) { return answer.chosen.selector; })
      .def_prop_ro("objective", [](const Answer& answer) { return answer.chosen.setup->objective_text(); })
      .def_prop_ro("quality", [](const Answer& answer) { return answer.chosen.setup->quality_columns(); })
      .def_prop_ro("merged_quality",
                   [](const Answer& answer) {
                     const auto quality = answer.chosen.setup->problem().quality;
                     return array_of(std::vector<double>(quality.begin(), quality.end()));
                   })
      .def_prop_ro("expected_rows",
                   [](const Answer& answer) { return answer.chosen.setup->problem().expected_rows(); })
      .def_prop_ro("stop", [](const Answer& answer) { return stop_of(answer.chosen); })
      .def_prop_ro("complete", [](const Answer& answer) { return answer.chosen.complete; })
      .def_prop_ro("seconds", [](const Answer& answer) { return answer.chosen.select_seconds; })
      .def_prop_ro("work", [](const Answer& answer) { return answer.chosen.work; })
      .def_prop_ro("notes", [](const Answer& answer) { return answer.chosen.notes; })
      .def("value", &value_of, nb::arg("rows").none(), nb::arg("progress").none())
      .def("judge", &judge, nb::arg("metrics").none(), nb::arg("bound"), nb::arg("progress").none())
      .def("gains", &gains, nb::arg("order"), nb::arg("start"), nb::arg("progress").none())
      .def("nearest", &nearest, nb::arg("row"));
  module.def("select", &select, nb::arg("data"), nb::arg("selector"), nb::arg("question"),
             nb::arg("progress").none());
  module.def("given", &given, nb::arg("data"), nb::arg("rows"), nb::arg("question"));
  module.def("plan", &plan, nb::arg("data"), nb::arg("selector"), nb::arg("question"));
}

}  // namespace maskbench::python
