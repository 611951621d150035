#include "experiments/jobs/select_job.hpp"

#include <fmt/format.h>
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "algorithms/core/plugin.hpp"
#include "datasets/core/whole_file.hpp"
#include "datasets/readers/selection_file.hpp"
#include "experiments/machine/memory.hpp"
#include "experiments/machine/provenance.hpp"
#include "experiments/machine/threads.hpp"
#include "experiments/problem/answer.hpp"
#include "experiments/run/harness_context.hpp"

namespace maskbench {
namespace {

// Arrow's writer, as measured: its code, its buffers until they are full, and what it holds a row.
std::int64_t write_bytes(Index rows) {
  return (std::int64_t{8} << 20) + std::min<std::int64_t>(1200 * rows, 14 << 20) + 150 * rows;
}

void enter(const SelectCallbacks& callbacks, const char* phase) {
  if (callbacks.on_phase) callbacks.on_phase(phase);
}

void check_going_on(const SelectCallbacks& callbacks) {
  if (callbacks.stop && callbacks.stop()) throw std::runtime_error("interrupted: nothing is written");
}

std::vector<Index> kept_rows(const SelectRequest& request, const Dataset& data) {
  return request.keep.empty() ? std::vector<Index>{} : read_selection(request.keep, data).rows;
}

std::vector<QuotaRequest> quotas_from(const std::vector<std::string>& texts) {
  std::vector<QuotaRequest> quotas;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    if (equals == 0 || equals == std::string::npos)
      throw UserError("--quota " + text + ": give it as COLUMN=FILE");
    quotas.push_back({text.substr(0, equals), read_json(text.substr(equals + 1))});
  }
  return quotas;
}

std::map<std::string, std::string> metadata_of(const SelectJob& job, const SelectRequest& request,
                                               const Evaluation& evaluation) {
  Json parameters = Json::object();
  for (const auto& [name, value] : parse_spec(job.selector.canonical).arguments) parameters[name] = value;
  return {{"data_digest", job.setup->data().digest()},
          {"selector", job.selector.canonical},
          {"parameters", write_json(parameters)},
          {"objective", job.setup->objective_text()},
          {"quality", write_json(job.setup->quality_columns())},
          {"value", print_number(evaluation.value)},
          {"upper_bound", evaluation.bound ? print_number(*evaluation.bound) : "null"},
          {"expected_rows", std::to_string(job.setup->problem().expected_rows())},
          {"seed", std::to_string(request.seed)},
          {"version", program_version()}};
}

}  // namespace

Inputs inputs_of(const SelectRequest& request) {
  Inputs inputs = inputs_of(request.data);
  for (const std::string& quota : request.quotas) inputs.file("--quota", quota.substr(quota.find('=') + 1));
  inputs.file("--keep", request.keep).files("--plugin", request.plugins);
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

SelectJob prepare_job(const SelectRequest& request, PlacedJob placed, const SelectCallbacks& callbacks) {
  SelectJob job;
  job.threads = request.threads > 0 ? request.threads : all_cores();
  fix_threads(job.threads);
  if (std::string note = placement_note(placed.placement); !note.empty())
    job.notes.push_back(std::move(note));

  enter(callbacks, "read");
  DataChoice choice = request.data;
  if (const Unit unit = request.budget.unit; unit == Unit::bytes || unit == Unit::characters)
    choice.measures = {name_of(unit)};
  job.loaded = load_data(choice, placed.placement.in_file);
  const ProblemRequest problem{std::move(placed.objective),
                               request.data.quality,
                               request.budget,
                               kept_rows(request, *job.loaded.data),
                               quotas_from(request.quotas),
                               job.loaded.label_names,
                               {}};
  job.setup = std::make_unique<ProblemSetup>(job.loaded.data, problem);
  if (placed.selector) {
    job.selector = *std::move(placed.selector);
    job.refusal = job.selector.refusal(job.setup->problem());
  } else {
    AdvisedSelector advised = advised_selector(*job.setup, request.device);
    job.selector = std::move(advised.selector);
    if (!advised.refusal.empty()) job.refusal = "none that is advised takes it: " + advised.refusal;
    if (!advised.note.empty()) job.notes.push_back(std::move(advised.note));
  }
  return job;
}

std::int64_t scratch_bytes(const Dataset& data) {
  const RowFile* file = data.feature_rows().file;
  return file == nullptr ? 0 : file->bytes();
}

MemoryForecast forecast_memory(const SelectJob& job) {
  const Problem& problem = job.setup->problem();
  MemoryForecast forecast;
  forecast.before = peak_resident_bytes();
  forecast.held = resident_bytes();
  forecast.scratch = job.selector->scratch_bytes(problem);
  forecast.score = std::max(score_bytes(*job.setup), write_bytes(problem.expected_rows()));
  return forecast;
}

std::string memory_shortage(const MemoryForecast& forecast, std::int64_t limit) {
  const std::int64_t more = std::max<std::int64_t>(0, forecast.peak() - forecast.held);
  const std::int64_t needed = limit > 0 ? forecast.peak() : more;
  const std::int64_t allowed = limit > 0 ? limit : available_bytes();
  if (needed <= allowed) return "";
  return fmt::format("about {} of memory are needed{}, {} {}", print_bytes(needed),
                     limit > 0 ? "" : " besides what is in use", print_bytes(allowed),
                     limit > 0 ? "are allowed (--memory)" : "are free");
}

Json run_select(const SelectRequest& request, const SelectCallbacks& callbacks) {
  check_outputs({{"--out", request.out, {"an answer of maskbench select", is_selection_file}},
                 {"--report", request.report,
                  json_kind("a report of maskbench select", {"objective", "selector", "metrics"})}},
                inputs_of(request), request.overwrite);
  PlacedJob placed = place_job(request);
  if (const std::string& shortage = placed.placement.shortage; !shortage.empty() && !request.force)
    throw UserError("data set " + request.data.data + " does not fit: " + shortage + "; --force insists");
  const SelectJob job = prepare_job(request, std::move(placed), callbacks);
  if (!job.refusal.empty())
    throw UserError("selector " + job.selector.canonical + " refuses this problem: " + job.refusal);
  if (const std::string shortage = memory_shortage(forecast_memory(job), request.memory);
      !shortage.empty() && !request.force) {
    throw UserError("selector " + job.selector.canonical + " does not fit: " + shortage +
                    "; --force insists");
  }
  const Problem& problem = job.setup->problem();
  enter(callbacks, "prepare");
  const double prepare_seconds = seconds_of([&] { job.selector->prepare(problem); });

  HarnessOptions options;
  options.on_progress = callbacks.on_progress;
  options.stop = callbacks.stop;
  HarnessContext context(request.seed, std::move(options));
  enter(callbacks, "select");
  const Selection selection = context.run(*job.selector, problem);
  check_going_on(callbacks);
  if (const auto fault = fault_of(problem, job.selector.traits, selection)) {
    throw std::runtime_error("selector " + job.selector.canonical + " gave a wrong answer: " + *fault +
                             "; nothing is written");
  }

  enter(callbacks, "score");
  Evaluation evaluation;
  const double score_seconds = seconds_of([&] {
    evaluation = evaluate(*job.setup, whole_set(problem, selection.items), {}, {}, callbacks.stop);
  });
  if (!std::isfinite(evaluation.value))
    throw std::runtime_error("the answer's value is not finite; nothing is written");
  check_going_on(callbacks);

  Json report = score_report(*job.setup, evaluation);
  report["selector"] = job.selector.canonical;
  report["seed"] = request.seed;
  report["threads"] = job.threads;
  report["seconds"] = {{"read", job.loaded.seconds},
                       {"prepare", prepare_seconds},
                       {"select", context.clock().seconds()},
                       {"score", score_seconds}};
  report["work"] = context.work_so_far();
  report["scratch_bytes"] = scratch_bytes(job.setup->data());
  report["warnings"] = evaluation.warnings;
  for (const std::string& note : job.notes) report["warnings"].push_back(note);

  enter(callbacks, "write");
  check_unchanged(job.loaded.stamps);
  std::vector<Index> items = selection.items;
  std::vector<std::int32_t> repeats = selection.repeats;
  std::vector<float> scores = problem.kept.empty() ? selection.score : std::vector<float>{};
  items.insert(items.end(), problem.kept.begin(), problem.kept.end());
  if (!repeats.empty()) repeats.resize(items.size(), 1);
  WholeFile out(request.out);
  write_selection(out, job.setup->data(), items, repeats, scores, metadata_of(job, request, evaluation));
  report["peak_bytes"] = peak_resident_bytes();
  if (request.report.empty()) {
    out.commit();
  } else {
    WholeFile beside(request.report);
    const std::string text = write_json(report, 2) + "\n";
    beside.append(text.data(), text.size());
    WholeFile::commit({&out, &beside});
  }
  return report;
}

}  // namespace maskbench
