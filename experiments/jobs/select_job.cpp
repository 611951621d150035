#include "experiments/jobs/select_job.hpp"

#include <fmt/format.h>
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "algorithms/core/plugin.hpp"
#include "datasets/core/whole_file.hpp"
#include "datasets/readers/selection_file.hpp"
#include "experiments/machine/interrupt.hpp"
#include "experiments/machine/memory.hpp"
#include "experiments/machine/provenance.hpp"
#include "experiments/machine/threads.hpp"
#include "experiments/problem/answer.hpp"
#include "experiments/run/harness_context.hpp"

namespace maskbench {
namespace {

constexpr const char* kDefaultSelector = "datamask[preset=ours]";

// Arrow's writer, as measured: its code, its buffers until they are full, and what it holds a row.
std::int64_t write_bytes(Index rows) {
  return (std::int64_t{8} << 20) + std::min<std::int64_t>(1200 * rows, 14 << 20) + 150 * rows;
}

void enter(const Watcher& watcher, const char* phase) {
  if (watcher.on_phase) watcher.on_phase(phase);
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
  for (const auto& [name, value] : parse_spec(job.selector_text).arguments) parameters[name] = value;
  return {{"data_digest", job.setup->data().digest()},
          {"selector", job.selector_text},
          {"parameters", write_json(parameters)},
          {"objective", job.setup->objective_text()},
          {"quality", write_json(job.setup->quality_columns())},
          {"value", print_number(evaluation.value)},
          {"upper_bound", evaluation.bound ? print_number(*evaluation.bound) : "null"},
          {"expected_rows", std::to_string(job.setup->problem().expected_rows())},
          {"seed", std::to_string(request.seed)},
          {"version", program_version()}};
}

Spec selector_of(const SelectRequest& request) {
  return on_device(parse_spec(request.selector.empty() ? kDefaultSelector : request.selector),
                   request.device);
}

}  // namespace

std::string default_objective(const std::vector<std::string>& quality) {
  return quality.empty() ? "pairwise_similarity" : "joint";
}

std::vector<Input> inputs_of(const SelectRequest& request) {
  std::vector<Input> inputs = inputs_of(request.data);
  const auto add = [&](const char* option, const std::string& file) {
    if (!file.empty()) inputs.push_back({option, file});
  };
  const auto add_words = [&](const char* option, const std::string& text) {
    for (Input& file : files_in(option, text)) inputs.push_back(std::move(file));
  };
  add("--keep", request.keep);
  for (const std::string& quota : request.quotas) add("--quota", quota.substr(quota.find('=') + 1));
  for (const std::string& plugin : request.plugins) add("--plugin", plugin);
  add_words("--selector", request.selector);
  add_words("--objective", request.objective);
  return inputs;
}

Placement place_job(const SelectRequest& request) {
  for (const std::string& plugin : request.plugins) load_plugin(plugin);
  const std::string selector = selectors().canonical(selector_of(request));  // names first, then the reading
  if (!request.objective.empty()) objectives().canonical(parse_spec(request.objective));
  return place_data(request.data, selector, request.objective, request.memory);
}

SelectJob prepare_job(const SelectRequest& request, const Placement& placement, const Watcher& watcher) {
  SelectJob job;
  job.threads = request.threads > 0 ? request.threads : all_cores();
  fix_threads(job.threads);
  job.note = placement_note(placement);
  const Spec selector = selector_of(request);
  job.selector_text = selectors().canonical(selector);

  enter(watcher, "read");
  DataChoice choice = request.data;
  if (const Unit unit = request.budget.unit; unit == Unit::bytes || unit == Unit::characters)
    choice.measures = {name_of(unit)};
  job.loaded = load_data(choice, placement.in_file);
  ProblemRequest wanted{request.objective,
                        request.data.quality,
                        request.budget,
                        kept_rows(request, *job.loaded.data),
                        quotas_from(request.quotas),
                        job.loaded.label_names,
                        {}};
  if (wanted.objective.empty()) {
    wanted.objective =
        default_objective(wanted.quality.empty() ? job.loaded.data->quality_columns() : wanted.quality);
  }
  job.setup = std::make_unique<ProblemSetup>(job.loaded.data, wanted);
  job.selector = selectors().make(selector);
  job.refusal = refusal(print_spec(selector), *job.selector, job.setup->problem());
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

Json run_select(const SelectRequest& request, const Watcher& watcher) {
  check_outputs({{"--out", request.out, {"an answer of maskbench select", is_selection_file}},
                 {"--report", request.report,
                  json_kind("a report of maskbench select", {"objective", "selector", "metrics"})}},
                inputs_of(request), request.overwrite);
  const Placement placement = place_job(request);
  if (!placement.shortage.empty() && !request.force)
    throw UserError("data set " + request.data.data + " does not fit: " + placement.shortage +
                    "; --force insists");
  const SelectJob job = prepare_job(request, placement, watcher);
  if (!job.refusal.empty())
    throw UserError("selector " + job.selector_text + " refuses this problem: " + job.refusal);
  if (const std::string shortage = memory_shortage(forecast_memory(job), request.memory);
      !shortage.empty() && !request.force) {
    throw UserError("selector " + job.selector_text + " does not fit: " + shortage + "; --force insists");
  }
  const Problem& problem = job.setup->problem();
  enter(watcher, "prepare");
  const double prepare_seconds = seconds_of([&] { job.selector->prepare(problem); });

  HarnessOptions options;
  options.on_progress = watcher.on_progress;
  HarnessContext context(request.seed, std::move(options));
  enter(watcher, "select");
  const Selection selection = context.run(*job.selector, problem);
  if (interrupted()) throw std::runtime_error("interrupted: nothing is written");
  const SelectorTraits traits = traits_of(job.selector_text, *job.selector);
  if (const auto fault = fault_of(problem, traits, selection)) {
    throw std::runtime_error("selector " + job.selector_text + " gave a wrong answer: " + *fault +
                             "; nothing is written");
  }

  enter(watcher, "score");
  Evaluation evaluation;
  const double score_seconds =
      seconds_of([&] { evaluation = evaluate(*job.setup, whole_set(problem, selection.items)); });
  if (!std::isfinite(evaluation.value))
    throw std::runtime_error("the answer's value is not finite; nothing is written");
  if (interrupted()) throw std::runtime_error("interrupted: nothing is written");

  Json report = score_report(*job.setup, evaluation);
  report["selector"] = job.selector_text;
  report["seed"] = request.seed;
  report["threads"] = job.threads;
  report["seconds"] = {{"read", job.loaded.seconds},
                       {"prepare", prepare_seconds},
                       {"select", context.clock().seconds()},
                       {"score", score_seconds}};
  report["work"] = context.work_so_far();
  report["scratch_bytes"] = scratch_bytes(job.setup->data());
  report["warnings"] = evaluation.warnings;
  if (!job.note.empty()) report["warnings"].push_back(job.note);

  enter(watcher, "write");
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
