#include "experiments/run/cell.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <new>

#include "algorithms/core/plugin.hpp"
#include "algorithms/core/selector.hpp"
#include "datasets/core/mapped.hpp"
#include "datasets/core/source_registry.hpp"
#include "datasets/core/system_error.hpp"
#include "datasets/readers/selection_file.hpp"
#include "experiments/machine/memory.hpp"
#include "experiments/machine/threads.hpp"
#include "experiments/problem/answer.hpp"
#include "experiments/problem/data_choice.hpp"
#include "experiments/run/harness_context.hpp"
#include "experiments/run/oracle_greedy_estimate.hpp"
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
  CellRun(const CellRequest& request, const CellCallbacks& callbacks)
      : request_(request), callbacks_(callbacks) {
    answer_.record = request.record;
  }

  CellAnswer run() {
    CellRecord& record = answer_.record;
    try {
      attempt();
    } catch (const MachineFault&) {
      throw;  // nothing that another try could not mend
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
    NamedSelector selector;
    try {  // what cannot be a problem at all is refused, like what the method refuses
      setup = std::make_unique<ProblemSetup>(data, problem_request(*data));
      selector = selectors().make(request_.selector);
      record.budget.amount = setup->problem().budget.amount;
      record.quality = setup->quality_columns();
    } catch (const UserError& error) {
      return refuse(record, error.what());
    }
    const Problem& problem = setup->problem();
    std::string reason = selector.refusal(problem);
    if (reason.empty())
      reason = memory_refusal(*data, selector->scratch_bytes(problem), request_.limit_bytes);
    if (!reason.empty()) return refuse(record, reason);
    warm_up(*data);
    if (selector.traits.extrapolates && extrapolated(problem)) return;
    measure(*setup, selector);
  }

  ProblemRequest problem_request(const Dataset& data) const {
    ProblemRequest problem;
    problem.objective = objectives().named(request_.objective);
    problem.quality = request_.quality;
    problem.budget = request_.budget;
    if (!problem.budget.keep.empty()) problem.kept = read_selection(problem.budget.keep, data).rows;
    for (const auto& [column, amounts] : problem.budget.quotas.items())
      problem.quotas.push_back({column, {amounts, "quotas of " + column, {}}});
    return problem;
  }

  bool extrapolated(const Problem& problem) {
    const OracleGreedyEstimate estimate = estimate_oracle_greedy(problem);
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

  void measure(const ProblemSetup& setup, const NamedSelector& selector) {
    CellRecord& record = answer_.record;
    const Problem& problem = setup.problem();
    Seconds seconds;
    callbacks_.answer({{"phase", "prepare"}});
    seconds.prepare = seconds_of([&] { selector->prepare(problem); });

    HarnessContext context(record.seed, options(setup));
    callbacks_.answer({{"phase", "select"}});
    const Selection selection = context.run(selector, problem);
    seconds.select = context.clock().seconds();
    record.peak_bytes = peak_resident_bytes();
    record.work = context.work_so_far();
    record.seconds = seconds;

    callbacks_.answer({{"phase", "score"}});
    if (!accepted(problem, selector.traits, selection, context.told_to_stop())) return;
    const std::vector<Index> items = whole_set(problem, selection.items);
    record.warnings = setup.notes();
    if (!selection.note.empty()) record.warnings.push_back(selection.note);
    seconds.score = seconds_of([&] { seconds.bound = score(setup, selector, items); });
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
    options.on_pause = [this](double paused) { callbacks_.answer({{"paused", paused}}); };
    options.stop = callbacks_.stop;  // of the method only: what it has is scored to the end
    options.on_progress = [this](double done) { callbacks_.answer({{"progress", done}}); };
    const Index whole = setup.problem().expected_rows();
    if (setup.objective().oracle_work(whole) > kMostPointWork) return options;
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
  std::optional<double> score(const ProblemSetup& setup, const NamedSelector& selector,
                              const std::vector<Index>& items) {
    CellRecord& record = answer_.record;
    const bool bound_known = record.bound || record.bound_reason != kBoundUnknown;
    KnownProblem known{record.random, record.bound, bound_known ? record.bound_reason : ""};
    if (setup.problem().sized()) known = {};  // an answer in tokens is held to sets of its own number of rows
    Evaluation evaluation = evaluate(setup, items, known, request_.metrics);
    if (evaluation.certificate && !request_.certificate.empty())
      write_certificate(*evaluation.certificate, request_.certificate);
    record.value = evaluation.value;
    record.metrics = std::move(evaluation.metrics);
    record.random = evaluation.random;
    record.bound = evaluation.bound;
    record.bound_reason = evaluation.bound_reason;
    record.normalised = evaluation.normalised;
    record.warnings.insert(record.warnings.end(), evaluation.warnings.begin(), evaluation.warnings.end());
    record.ids.sha256 = digest_of_ids(items);
    record.ids.count = static_cast<std::int64_t>(items.size());
    add_details(request_.details, setup, *selector, items, request_.data_file, record);
    return evaluation.bound_seconds;
  }

  const CellRequest& request_;
  const CellCallbacks& callbacks_;
  CellAnswer answer_;
};

}  // namespace

CellAnswer run_cell(const CellRequest& request, const CellCallbacks& callbacks) {
  return CellRun(request, callbacks).run();
}

void answer_request(const std::string& text, const CellCallbacks& callbacks) {
  const Json json = parse_json(text, "request").json;
  if (json.contains("dataset")) {
    const auto request = from_json<DataRequest>(json, "request");
    DataChoice choice;
    choice.data = request.dataset;
    choice.related = request.related;
    const auto data = load_data(choice).data;
    write_mapped(*data, request.file);
    callbacks.answer(
        {{"digest", data->digest()}, {"rows", data->size()}, {"dimensions", data->features().cols}});
    return;
  }
  callbacks.answer(to_json(run_cell(from_json<CellRequest>(json, "request"), callbacks)));
}

}  // namespace maskbench
