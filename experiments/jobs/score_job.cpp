#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <optional>

#include "algorithms/core/plugin.hpp"
#include "datasets/readers/selection_file.hpp"
#include "experiments/jobs/select_job.hpp"
#include "experiments/machine/memory.hpp"
#include "experiments/machine/threads.hpp"

namespace maskbench {
namespace {

std::string value_of(const std::map<std::string, std::string>& metadata, const std::string& key) {
  const auto found = metadata.find(key);
  return found == metadata.end() ? "" : found->second;
}

// The S that the answer was made for: what `joint` with scaling=sd draws its probe at.
std::optional<Index> rows_meant(const std::map<std::string, std::string>& metadata) {
  const std::string text = value_of(metadata, "expected_rows");
  Index rows = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rows);
  return error == std::errc() && end == text.data() + text.size() && rows > 0 ? std::optional(rows)
                                                                              : std::nullopt;
}

// The budget in tokens, bytes or characters that the answer was made for; nothing: it was in rows.
std::optional<BudgetRequest> sized_budget(const std::map<std::string, std::string>& metadata,
                                          const std::string& file) {
  if (value_of(metadata, "question").empty()) return std::nullopt;
  BudgetRequest budget = read_question(file).request.budget;
  if (budget.unit == Unit::rows || budget.unit == Unit::none) return std::nullopt;
  budget.quotas = Json::object();  // they bound the answer, not what it is held to
  budget.keep.clear();
  return budget;
}

}  // namespace

Json score_report(const ProblemSetup& setup, const Evaluation& evaluation) {
  Json report = {{"rows", evaluation.rows},
                 {"objective",
                  {{"key", setup.objective_text()},
                   {"value", setup.valueless() ? Json(nullptr) : Json(evaluation.value)}}}};
  report["metrics"] = Json::object();
  for (const auto& [name, value] : evaluation.metrics) report["metrics"][name] = value;
  report["random"] = {{"mean", nullptr}, {"error", nullptr}};
  if (evaluation.random)
    report["random"] = {{"mean", evaluation.random->mean}, {"error", evaluation.random->error}};
  report["bound"] = evaluation.bound ? Json(*evaluation.bound) : Json(nullptr);
  if (!evaluation.bound) report["bound_reason"] = evaluation.bound_reason;
  report["normalised"] = evaluation.normalised ? Json(*evaluation.normalised) : Json(nullptr);
  return report;
}

std::string way_of(const Json& report) {
  if (report["normalised"].is_null()) return "";
  const double share = 100 * report["normalised"].get<double>();  // printed rounded down: it is a promise
  return fmt::format("at least {:.4f} % of the way from random to the best possible",
                     std::floor(share * 1e4) / 1e4);
}

ScoreResult run_score(const ScoreRequest& request, const Watch& watch) {
  fix_threads(all_cores());
  std::optional<Watching> phase(std::in_place, watch, "read");
  if (!request.certificate.empty() && !request.write_certificate.empty())
    throw UserError("--certificate gives a bound, --write-certificate searches for one: give one of them");
  Inputs inputs = inputs_of(request.data);
  inputs.file("--ids", request.ids)
      .files("--plugin", request.plugins)
      .words("--objective", request.objective);
  check_outputs({{"--write-certificate", request.write_certificate,
                  json_kind("a certificate of maskbench score", {"data_digest", "bound", "dual"})}},
                inputs, request.overwrite);
  for (const std::string& plugin : request.plugins) load_plugin(plugin);
  ProblemRequest problem;
  if (!request.objective.empty()) problem.objective = objectives().named(request.objective);
  check_metric_choice(request.metrics, "--metrics");
  const std::map<std::string, std::string> metadata = read_selection_metadata(request.ids);
  if (const std::string made_for = value_of(metadata, "objective");
      problem.objective.empty() && !made_for.empty())
    problem.objective = objectives().named(made_for);
  const std::optional<BudgetRequest> sized = sized_budget(metadata, request.ids);
  DataChoice choice = request.data;
  if (sized && sized->unit != Unit::tokens && !choice.text.empty()) choice.measures = {name_of(sized->unit)};
  const Placement placement = place_data(request.data, nullptr, problem.objective, request.memory);
  if (!placement.shortage.empty())
    throw UserError("data set " + request.data.data + " does not fit: " + placement.shortage);
  const LoadedData loaded = load_data(choice, placement.in_file);
  const SelectedRows selected = read_selection(request.ids, *loaded.data);
  phase.reset();
  phase.emplace(watch, "score");
  problem.quality = request.data.quality;
  problem.budget.amount = static_cast<std::int64_t>(selected.rows.size());
  const bool has_sizes = sized && loaded.data->has_sizes(name_of(sized->unit));
  if (has_sizes) problem.budget = *sized;
  problem.rows_meant = rows_meant(metadata);
  const ProblemSetup setup(loaded.data, problem);
  if (const std::string reason = why_no_bound(setup); !request.write_certificate.empty() && !reason.empty())
    throw UserError("--write-certificate " + request.write_certificate + ": there is no bound: " + reason);
  const MemoryForecast forecast{peak_resident_bytes(), resident_bytes(), 0, score_bytes(setup)};
  if (const std::string shortage = memory_shortage(forecast, request.memory); !shortage.empty())
    throw UserError("scoring does not fit: " + shortage);
  ScoreResult result;
  KnownProblem known;
  if (!request.certificate.empty())
    known.bound =
        verified_bound(setup, selected.rows, read_certificate(request.certificate), request.certificate);
  const Evaluation evaluation = evaluate(setup, selected.rows, known, request.metrics);
  if (!std::isfinite(evaluation.value)) throw std::runtime_error("the value of these rows is not finite");
  if (!request.write_certificate.empty()) {
    if (!evaluation.certificate)
      throw UserError("--write-certificate " + request.write_certificate +
                      ": there is no bound: " + evaluation.bound_reason);
    write_certificate(*evaluation.certificate, request.write_certificate);
  }
  result.report = score_report(setup, evaluation);
  result.warnings = evaluation.warnings;
  result.warnings.insert(result.warnings.end(), loaded.notes.begin(), loaded.notes.end());
  if (sized && !has_sizes)
    result.warnings.push_back(fmt::format(
        "the answer was made for a budget in {}; without their column ({}) it is held to all sets of {} rows",
        name_of(sized->unit), sized->unit == Unit::tokens ? "--length" : "--text", evaluation.rows));
  if (const std::string note = placement_note(placement); !note.empty()) result.warnings.push_back(note);
  if (const std::string digest = value_of(metadata, "data_digest");
      !digest.empty() && digest != loaded.data->digest()) {
    result.warnings.push_back(request.ids + " was made for other data (its digest differs)");
  }
  return result;
}

}  // namespace maskbench
