#include "experiments/jobs/select_job.hpp"

#include <fmt/format.h>

#include <cmath>
#include <optional>

#include "algorithms/core/plugin.hpp"
#include "datasets/core/whole_file.hpp"
#include "datasets/readers/selection_file.hpp"
#include "experiments/machine/clock.hpp"
#include "experiments/machine/memory.hpp"
#include "experiments/machine/provenance.hpp"
#include "experiments/machine/threads.hpp"

namespace maskbench {
namespace {

std::vector<Index> kept_rows(const SelectRequest& request, const Dataset& data) {
  return request.keep.empty() ? std::vector<Index>{} : read_selection(request.keep, data).rows;
}

std::vector<QuotaRequest> quotas_from(const SelectRequest& request) {
  std::vector<QuotaRequest> quotas;
  if (request.quotas.empty()) {  // those of the question that is asked again
    for (const auto& [column, amounts] : request.budget.quotas.items())
      quotas.push_back({column, {amounts, "quotas of " + column, {}}});
  }
  for (const std::string& text : request.quotas) {
    const std::size_t equals = text.find('=');
    if (equals == 0 || equals == std::string::npos)
      throw UserError("--quota " + text + ": give it as COLUMN=FILE");
    quotas.push_back({text.substr(0, equals), read_json(text.substr(equals + 1))});
  }
  return quotas;
}

Question question_of(const SelectRequest& request, const Chosen& outcome,
                     const std::vector<QuotaRequest>& quotas) {
  Question question{request};
  question.request.selector = outcome.selector;
  question.request.objective = outcome.setup->objective_text();
  question.request.budget.keep = request.keep;
  for (const QuotaRequest& quota : quotas) question.request.budget.quotas[quota.column] = quota.amounts.json;
  return question;
}

std::map<std::string, std::string> metadata_of(const Chosen& outcome, const SelectRequest& request,
                                               const std::vector<QuotaRequest>& quotas,
                                               const Evaluation& evaluation) {
  const ProblemSetup& setup = *outcome.setup;
  Json parameters = Json::object();
  for (const auto& [name, value] : parse_spec(outcome.selector).arguments) parameters[name] = value;
  return {{"data_digest", setup.data().digest()},
          {"selector", outcome.selector},
          {"parameters", write_json(parameters)},
          {"objective", setup.objective_text()},
          {"quality", write_json(setup.quality_columns())},
          {"value", setup.valueless() ? "null" : print_number(evaluation.value)},
          {"upper_bound", evaluation.bound ? print_number(*evaluation.bound) : "null"},
          {"expected_rows", std::to_string(setup.rows_meant())},
          {"question", write_json(to_json(question_of(request, outcome, quotas)))},
          {"seed", std::to_string(request.seed)},
          {"version", program_version()}};
}

// The data set, and what is asked of it.
ProblemRequest read_problem(const SelectRequest& request, PlacedJob& placed, LoadedData& loaded) {
  fix_threads(request.threads > 0 ? request.threads : all_cores());
  DataChoice choice = request.data;
  if (const Unit unit = request.budget.unit; unit == Unit::bytes || unit == Unit::characters)
    choice.measures = {name_of(unit)};
  loaded = load_data(choice, placed.placement.in_file);
  return {std::move(placed.objective),      request.data.quality, request.budget,
          kept_rows(request, *loaded.data), quotas_from(request), {}};
}

void write_answer(const SelectRequest& request, const Chosen& outcome,
                  const std::vector<QuotaRequest>& quotas, const Evaluation& evaluation, Json& report) {
  const Problem& problem = outcome.setup->problem();
  std::vector<Index> items = outcome.selection.items;
  std::vector<std::int32_t> repeats = outcome.selection.repeats;
  const std::vector<float> scores = problem.kept.empty() ? outcome.selection.score : std::vector<float>{};
  items.insert(items.end(), problem.kept.begin(), problem.kept.end());
  if (!repeats.empty()) repeats.resize(items.size(), 1);
  WholeFile out(request.out);
  write_selection(out, outcome.setup->data(), items, problem.kept.size(), repeats, scores,
                  metadata_of(outcome, request, quotas, evaluation));
  report["peak_bytes"] = peak_resident_bytes();
  if (request.report.empty()) return out.commit();
  WholeFile beside(request.report);
  const std::string text = write_json(report, 2) + "\n";
  beside.append(text.data(), text.size());
  WholeFile::commit({&out, &beside});
}

}  // namespace

Question read_question(const std::string& selected) {
  const std::map<std::string, std::string> metadata = read_selection_metadata(selected);
  const auto found = metadata.find("question");
  if (found == metadata.end())
    throw UserError(selected + " does not hold the question that it answers: it was not made by maskbench " +
                    "select, or by a version before 0.3");
  Question question = from_json<Question>(parse_json(found->second, selected + ", metadata \"question\""));
  std::swap(question.request.keep, question.request.budget.keep);
  return question;
}

Inputs inputs_of(const SelectRequest& request) {
  Inputs inputs = inputs_of(request.data);
  for (const std::string& quota : request.quotas) inputs.file("--quota", quota.substr(quota.find('=') + 1));
  inputs.file("--again", request.again).file("--keep", request.keep).files("--plugin", request.plugins);
  return inputs.words("--selector", request.selector).words("--objective", request.objective);
}

PlacedJob place_job(const SelectRequest& request) {
  for (const std::string& plugin : request.plugins) load_plugin(plugin);
  PlacedJob placed;  // names first, then the reading
  if (request.selector != kAutoSelector)
    placed.selector = selectors().make(on_device(parse_spec(request.selector), request.device));
  if (!request.objective.empty()) placed.objective = objectives().named(request.objective);
  placed.placement = place_data(request.data, placed.selector ? &*placed.selector : nullptr, placed.objective,
                                request.memory);
  return placed;
}

SelectJob prepare_job(const SelectRequest& request, PlacedJob placed) {
  SelectJob job;
  const ProblemRequest problem = read_problem(request, placed, job.loaded);
  job.task = make_task(job.loaded.data, problem, std::move(placed.selector), request.device);
  if (std::string note = placement_note(placed.placement); !note.empty())
    job.notes.push_back(std::move(note));
  job.notes.insert(job.notes.end(), job.loaded.notes.begin(), job.loaded.notes.end());
  job.notes.insert(job.notes.end(), job.task.notes.begin(), job.task.notes.end());
  return job;
}

std::int64_t scratch_bytes(const Dataset& data) {
  const RowFile* file = data.feature_rows().file;
  return file == nullptr ? 0 : file->bytes();
}

Json run_select(const SelectRequest& request, const Watch& watch) try {
  check_outputs({{"--out", request.out, {"an answer of maskbench select", is_selection_file}},
                 {"--report", request.report,
                  json_kind("a report of maskbench select", {"objective", "selector", "metrics"})}},
                inputs_of(request), request.overwrite);
  PlacedJob placed = place_job(request);
  if (const std::string& shortage = placed.placement.shortage; !shortage.empty() && !request.force)
    throw UserError("data set " + request.data.data + " does not fit: " + shortage + "; --force insists");
  LoadedData loaded;
  ProblemRequest problem;
  {
    const Watching scope(watch, "read");
    problem = read_problem(request, placed, loaded);
  }
  const ChooseOptions options{
      request.seed, request.threads, request.device, request.memory, request.time_limit, request.force, true};
  Chosen outcome = choose(loaded.data, problem, std::move(placed.selector), options, watch);

  const Watching scope(watch, "score");
  Evaluation evaluation;
  const double score_seconds = seconds_of([&] { evaluation = evaluate(*outcome.setup, outcome.rows); });
  if (!std::isfinite(evaluation.value))
    throw std::runtime_error("the answer's value is not finite; nothing is written");

  Json report = score_report(*outcome.setup, evaluation);
  report["selector"] = outcome.selector;
  report["seed"] = request.seed;
  report["threads"] = outcome.threads;
  report["seconds"] = {{"read", loaded.seconds},
                       {"prepare", outcome.prepare_seconds},
                       {"select", outcome.select_seconds},
                       {"score", score_seconds}};
  report["complete"] = outcome.complete;
  report["work"] = outcome.work;
  report["scratch_bytes"] = scratch_bytes(outcome.setup->data());
  report["warnings"] = evaluation.warnings;
  if (std::string note = placement_note(placed.placement); !note.empty()) report["warnings"].push_back(note);
  for (const std::string& note : loaded.notes) report["warnings"].push_back(note);
  for (const std::string& note : outcome.notes) report["warnings"].push_back(note);
  if (!request.again.empty() &&
      read_selection_metadata(request.again).at("data_digest") != loaded.data->digest())
    report["warnings"].push_back(request.again + " was made of other data (its digest differs)");
  if (!outcome.complete)
    report["warnings"].push_back(
        fmt::format("the time limit of {} s came before the end", request.time_limit));
  add_reading(report, loaded);

  check_unchanged(loaded.stamps);
  write_answer(request, outcome, problem.quotas, evaluation, report);
  return report;
} catch (const Interrupted& interrupted) {
  throw Interrupted(std::string(interrupted.what()) + ": nothing is written");
}

}  // namespace maskbench
