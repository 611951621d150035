#include "experiments/run/cell.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <new>

#include "algorithms/core/plugin.hpp"
#include "algorithms/core/selector.hpp"
#include "datasets/core/mapped.hpp"
#include "datasets/core/source_registry.hpp"
#include "datasets/readers/selection_file.hpp"
#include "experiments/machine/interrupt.hpp"
#include "experiments/machine/memory.hpp"
#include "experiments/machine/threads.hpp"
#include "experiments/problem/answer.hpp"
#include "experiments/problem/data_choice.hpp"
#include "experiments/run/harness_context.hpp"
#include "experiments/run/naive_estimate.hpp"
#include "experiments/scoring/details.hpp"
#include "experiments/scoring/evaluate.hpp"

namespace maskbench {
namespace {

// Reads every page of the features once and wakes the threads, so that the clock sees neither.
void warm_up(const Dataset& data) {
  const MatrixView x = data.features();
  double sum = 0;
#pragma omp parallel for schedule(static) reduction(+ : sum)
  for (Index i = 0; i < x.rows; ++i) {
    for (Index k = 0; k < x.cols; k += 16) sum += static_cast<double>(x.row(i)[k]);
  }
  MASKBENCH_CHECK(sum == sum, "features are finite");
}

void refuse(CellRecord& record, const std::string& reason) {
  record.status = Status::refused;
  record.reason = reason;
}

std::string memory_refusal(const Dataset& data, std::int64_t scratch, std::int64_t limit) {
  const std::int64_t features =
      data.features().rows * data.features().stride * static_cast<std::int64_t>(sizeof(float));
  const std::int64_t needed = features + scratch;
  const std::int64_t allowed = limit > 0 ? limit : available_bytes();
  if (needed <= allowed) return "";
  return fmt::format("needs about {} of memory, {} {}", print_bytes(needed), print_bytes(allowed),
                     limit > 0 ? "is the limit" : "is free");
}

class CellRun {
 public:
  CellRun(const CellRequest& request, const Say& say) : request_(request), say_(say) {
    answer_.record = request.record;
  }

  CellAnswer run() {
    CellRecord& record = answer_.record;
    try {
      attempt();
    } catch (const std::bad_alloc&) {
      record.status = Status::failed;
      record.reason = "ran out of memory";
    } catch (const std::exception& error) {
      record.status = Status::failed;
      record.reason = error.what();
    }
    return std::move(answer_);
  }

 private:
  void attempt() {
    CellRecord& record = answer_.record;
    fix_threads(record.threads);
    for (const std::string& plugin : request_.plugins) load_plugin(plugin);
    const std::shared_ptr<const Dataset> data = map_dataset(request_.data_file);
    record.digest = data->digest();
    record.rows = data->size();
    record.dimensions = data->features().cols;
    std::unique_ptr<ProblemSetup> setup;
    std::unique_ptr<Selector> selector;
    try {  // what cannot be a problem at all is refused, like what the method refuses
      setup = std::make_unique<ProblemSetup>(data, problem_request(*data));
      selector = make_selector(request_.selector);
      record.budget_amount = setup->problem().budget.amount;
      record.quality = setup->quality_columns();
    } catch (const UserError& error) {
      return refuse(record, error.what());
    }
    const Problem& problem = setup->problem();
    std::string reason = refusal(request_.selector, *selector, problem);
    if (reason.empty())
      reason = memory_refusal(*data, selector->scratch_bytes(problem), request_.limit_bytes);
    if (!reason.empty()) return refuse(record, reason);
    warm_up(*data);
    if (parse_spec(request_.selector).key == "naive_greedy" && extrapolated(problem)) return;
    measure(*setup, *selector);
  }

  ProblemRequest problem_request(const Dataset& data) const {
    ProblemRequest wanted;
    wanted.objective = request_.objective;
    wanted.quality = request_.quality;
    wanted.budget = request_.budget;
    if (!wanted.budget.keep.empty()) wanted.kept = read_selection(wanted.budget.keep, data).rows;
    for (const auto& [column, amounts] : wanted.budget.quotas.items())
      wanted.quotas.push_back({column, {amounts, "quotas of " + column, {}}});
    return wanted;
  }

  bool extrapolated(const Problem& problem) {
    const NaiveEstimate estimate = estimate_naive_greedy(problem);
    if (estimate.seconds <= request_.limit_seconds) return false;
    CellRecord& record = answer_.record;
    record.status = Status::extrapolated;
    record.timed = estimate.timed;
    record.seconds = Seconds{0, estimate.seconds, 0};
    record.reason =
        fmt::format("cannot finish within {} s: candidates timed at {} set sizes, integrated over the picks",
                    print_number(request_.limit_seconds), estimate.timed.size());
    return true;
  }

  void measure(const ProblemSetup& setup, Selector& selector) {
    CellRecord& record = answer_.record;
    const Problem& problem = setup.problem();
    Seconds seconds;
    say_({{"phase", "prepare"}});
    seconds.prepare = seconds_of([&] { selector.prepare(problem); });

    HarnessContext context(record.seed, options(setup));
    say_({{"phase", "select"}});
    const Selection selection = context.run(selector, problem);
    forget_interrupt();  // it told the method to stop; the bound is searched to its end
    seconds.select = context.clock().seconds();
    record.peak_bytes = peak_resident_bytes();
    record.work = context.work_so_far();
    record.seconds = seconds;

    say_({{"phase", "score"}});
    if (!accepted(problem, traits_of(request_.selector, selector), selection, context.told_to_stop())) return;
    const std::vector<Index> items = whole_set(problem, selection.items);
    seconds.score = seconds_of([&] { seconds.bound = score(setup, items); });
    record.seconds = seconds;
    answer_.points = context.curve();
    PointRecord last{record.key,   context.calls() + 1,      seconds.select,
                     record.value, components(setup, items), record.work};
    answer_.points.push_back(std::move(last));
    for (PointRecord& point : answer_.points) point.cell = record.key;
  }

  HarnessOptions options(const ProblemSetup& setup) const {
    HarnessOptions options;
    options.limit_seconds = request_.limit_seconds;
    options.on_pause = [this](double paused) { say_({{"paused", paused}}); };
    options.on_progress = [this](double done) { say_({{"progress", done}}); };
    const Index whole = setup.problem().expected_rows();
    if (oracle_work(setup, whole) > kMostPointWork) return options;
    const bool exact = setup.problem().budget.unit == Unit::rows;
    options.score = [&setup, whole, exact](const std::vector<Index>& picks, PointRecord& point) {
      const std::vector<Index> items = whole_set(setup.problem(), picks);
      const auto rows = static_cast<double>(items.size());
      if (rows < (exact ? 1.0 : 0.9) * static_cast<double>(whole))
        return false;  // half an answer has no value to compare
      point.value = setup.objective().value(items);
      point.metrics = components(setup, items);
      return true;
    };
    return options;
  }

  // Says of a wrong answer that it is wrong, and of half an answer that time was up.
  bool accepted(const Problem& problem, const SelectorTraits& traits, const Selection& selection,
                bool told_to_stop) {
    CellRecord& record = answer_.record;
    Selection given = selection;
    if (told_to_stop) given.why = Stop::interrupted;
    if (const auto fault = fault_of(problem, traits, given)) {
      record.status = Status::failed;
      record.reason = "the answer is wrong: " + *fault;
      return false;
    }
    record.status = Status::done;
    record.reason.clear();
    if (given.why != Stop::interrupted) return true;
    given.why = Stop::filled;
    const std::string stopped =
        fmt::format("stopped at the limit of {} s", print_number(request_.limit_seconds));
    if (selection.items.empty() || fault_of(problem, traits, given)) {
      record.status = Status::timeout;
      record.reason =
          fmt::format("{} with {} of about {} rows", stopped, selection.items.size(), problem.rows_to_pick());
      return false;
    }
    record.status = Status::stopped;
    record.reason = stopped;
    return true;
  }

  // Seconds of the search for a bound, where it was done here.
  std::optional<double> score(const ProblemSetup& setup, const std::vector<Index>& items) {
    CellRecord& record = answer_.record;
    const bool bound_known = record.bound || record.bound_reason != kBoundUnknown;
    Evaluation evaluation =
        evaluate(setup, items, {record.random, record.bound, bound_known ? record.bound_reason : ""},
                 request_.metrics);
    if (evaluation.certificate && !request_.certificate.empty())
      write_certificate(*evaluation.certificate, request_.certificate);
    record.value = evaluation.value;
    record.metrics = std::move(evaluation.metrics);
    record.random = evaluation.random;
    record.bound = evaluation.bound;
    record.bound_reason = evaluation.bound_reason;
    record.normalised = evaluation.normalised;
    record.warnings = std::move(evaluation.warnings);
    record.ids_sha256 = digest_of_ids(items);
    record.ids_count = static_cast<std::int64_t>(items.size());
    add_details(request_.details, setup, items, request_.data_file, record);
    return evaluation.bound_seconds;
  }

  const CellRequest& request_;
  const Say& say_;
  CellAnswer answer_;
};

Json to_json(const BudgetRequest& budget) {
  Json json = {{"unit", name_of(budget.unit)},
               {"amount", budget.amount},
               {"fill", static_cast<int>(budget.fill)},
               {"quotas", budget.quotas},
               {"keep", budget.keep}};
  if (budget.fraction) json["fraction"] = *budget.fraction;
  return json;
}

BudgetRequest budget_request(const Json& json) {
  BudgetRequest budget;
  if (json.contains("fraction")) budget.fraction = json.at("fraction").get<double>();
  budget.unit = unit_named(json.at("unit").get<std::string>());
  budget.amount = json.at("amount").get<std::int64_t>();
  budget.fill = static_cast<Fill>(json.at("fill").get<int>());
  budget.quotas = json.at("quotas");
  budget.keep = json.at("keep").get<std::string>();
  return budget;
}

MetricChoice metric_choice(const Json& json) {
  if (json.is_null()) return std::nullopt;
  return json.get<std::vector<std::string>>();
}

CellRequest cell_request(const Json& json) {
  return {cell_record(json.at("record")),
          json.at("data_file").get<std::string>(),
          json.at("objective").get<std::string>(),
          json.at("selector").get<std::string>(),
          json.at("quality").get<std::vector<std::string>>(),
          budget_request(json.at("budget")),
          json.at("limit_seconds").get<double>(),
          json.at("limit_bytes").get<std::int64_t>(),
          json.at("plugins").get<std::vector<std::string>>(),
          json.at("certificate").get<std::string>(),
          json.at("details").get<std::vector<std::string>>(),
          metric_choice(json.at("metrics"))};
}

}  // namespace

Json to_json(const CellRequest& request) {
  return {{"record", to_json(request.record)},
          {"data_file", request.data_file},
          {"objective", request.objective},
          {"selector", request.selector},
          {"quality", request.quality},
          {"budget", to_json(request.budget)},
          {"limit_seconds", request.limit_seconds},
          {"limit_bytes", request.limit_bytes},
          {"plugins", request.plugins},
          {"certificate", request.certificate},
          {"details", request.details},
          {"metrics", request.metrics ? Json(*request.metrics) : Json()}};
}

Json to_json(const DataRequest& request) {
  return {{"dataset", request.dataset}, {"related", request.related}, {"file", request.file}};
}

CellAnswer run_cell(const CellRequest& request, const Say& say) {
  return CellRun(request, say).run();
}

void answer_request(const std::string& text, const Say& say) {
  const Json json = parse_json(text, "request").json;
  if (json.contains("dataset")) {
    DataChoice choice;
    choice.data = json.at("dataset").get<std::string>();
    choice.related = json.at("related").get<std::vector<std::string>>();
    const auto data = load_data(choice).data;
    write_mapped(*data, json.at("file").get<std::string>());
    say({{"digest", data->digest()}, {"rows", data->size()}, {"dimensions", data->features().cols}});
    return;
  }
  const CellAnswer answer = run_cell(cell_request(json), say);
  Json points = Json::array();
  for (const PointRecord& point : answer.points) points.push_back(to_json(point));
  say({{"record", to_json(answer.record)}, {"points", points}});
}

}  // namespace maskbench
