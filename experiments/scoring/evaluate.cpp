#include "experiments/scoring/evaluate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "algorithms/kernels/random_subset.hpp"
#include "algorithms/metrics/metrics.hpp"
#include "algorithms/objectives/mean_quality.hpp"
#include "datasets/arithmetic/canonical_math.hpp"
#include "datasets/core/watch.hpp"
#include "experiments/machine/clock.hpp"
#include "experiments/tables/measures.hpp"

namespace maskbench {
namespace {

// Candidates by Gumbel keys less a price for their lengths, the picks first.
std::vector<Index> random_order_within(const Problem& problem, const Stream& stream, std::uint64_t draw) {
  const std::size_t n = problem.candidates.size();
  std::vector<double> key(n);
  Room room{{}, problem.budget.amount};
  for (const Index row : problem.kept) room.room -= problem.length_of(row);
  for (std::size_t c = 0; c < n; ++c) {
    key[c] = -canonical::log(-canonical::log(stream.uniform(c, draw)));
    room.lengths.push_back(problem.length_of(problem.candidates[c]));
  }
  std::vector<Index> order;
  for (const Index place : best_rows(key, problem.rows_to_pick(), room).fits)
    order.push_back(problem.candidates[place]);
  return order;
}

// A random answer of the problem, ascending; of `rows` rows where no budget fixes its size. In tokens, bytes
// or characters as many rows as the answer has, within as many: where random rows would take more, shorter
// ones are likelier, by the smallest price a unit that makes this draw fit.
std::vector<Index> random_answer(const ProblemSetup& setup, const Problem& problem, Index rows,
                                 const Stream& stream, std::uint64_t draw) {
  if (setup.plain()) return random_subset(stream, draw, problem.data.size(), rows);
  std::vector<Index> order(problem.candidates.begin(), problem.candidates.end());
  if (problem.sized()) {
    order = random_order_within(problem, stream, draw);
  } else {
    shuffle(stream, draw, order);
  }
  Problem asked = problem;
  if (asked.budget.unit == Unit::none) asked.budget = {Unit::rows, rows, Fill::at_most};
  std::vector<Index> all = take_in_order(asked, order).items;
  if (problem.sized())
    all.resize(std::min<std::size_t>(all.size(), static_cast<std::size_t>(problem.rows_to_pick())));
  all.insert(all.end(), problem.kept.begin(), problem.kept.end());
  std::sort(all.begin(), all.end());
  return all;
}

// Share of the answer's rows among the better half of all rows by quality (ties: the smaller id first), which
// pruning by half keeps.
double upper_half_share(std::span<const double> quality, std::span<const Index> items) {
  std::vector<Index> order(quality.size());
  std::iota(order.begin(), order.end(), Index{0});
  const auto middle = order.begin() + static_cast<std::ptrdiff_t>(order.size() - order.size() / 2);
  std::nth_element(order.begin(), middle, order.end(), [&](Index a, Index b) {
    const double of_a = quality[a], of_b = quality[b];
    return of_a != of_b ? of_a > of_b : a < b;
  });
  std::sort(order.begin(), middle);
  const auto upper = std::count_if(items.begin(), items.end(),
                                   [&](Index row) { return std::binary_search(order.begin(), middle, row); });
  return static_cast<double>(upper) / static_cast<double>(items.size());
}

// A metric of a column that the data set lacks is no news; one that would take too long is.
void add_metrics(const ProblemSetup& setup, std::span<const Index> items, const MetricChoice& metrics,
                 Evaluation& result) {
  std::vector<std::string> columns =
      setup.quality_columns();  // and those of the data set's own quality that were not asked for
  for (const std::string& column : setup.data().quality_columns()) {
    if (std::find(columns.begin(), columns.end(), column) == columns.end()) columns.push_back(column);
  }
  for (const Metric& metric : evaluate_metrics(setup.data(), items, columns, {.only = metrics})) {
    if (metric.value)
      result.metrics[metric.name] = *metric.value;
    else if (metric.left_out)
      result.warnings.push_back(metric.name + " is left out: " + metric.reason);
  }
}

}  // namespace

std::int64_t score_bytes(const ProblemSetup& setup) {
  // Near-duplicates and facility location hold the answer's rows once more; all else is a few numbers a row.
  const Index d = setup.data().dims(), rows = setup.problem().expected_rows();
  const std::int64_t metrics = rows * d * static_cast<Index>(sizeof(float)) + 32 * setup.data().size();
  // The search for a bound holds the relaxation and a dozen numbers a row.
  const Problem& problem = setup.problem();
  if (!why_no_bound(setup).empty()) return metrics;
  return std::max(metrics, problem.objective->relax_bytes(problem) + 96 * setup.data().size());
}

std::optional<RandomFloor> random_floor(const ProblemSetup& setup, std::span<const Index> items) {
  const Problem problem = problem_of_size(setup, items);
  const Index rows =
      problem.budget.unit == Unit::none ? static_cast<Index>(items.size()) : problem.expected_rows();
  if (setup.plain()) {
    if (const auto exact = setup.objective().random_expectation(rows)) return RandomFloor{*exact, 0, true};
  }
  if (setup.objective().oracle_work(rows) * kFloorDraws > kMostWork) return std::nullopt;
  const Stream stream(static_cast<std::uint64_t>(rows), purpose("random floor " + setup.data().digest()));
  std::vector<double> values;
  for (int draw = 0; draw < kFloorDraws; ++draw) {
    const PartOfWork part(static_cast<double>(draw) / kFloorDraws, (draw + 1.0) / kFloorDraws);
    values.push_back(setup.objective().value(
        random_answer(setup, problem, rows, stream, static_cast<std::uint64_t>(draw))));
  }
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / kFloorDraws;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return RandomFloor{mean, std::sqrt(squares / (kFloorDraws - 1) / kFloorDraws), false};
}

std::map<std::string, double> components(const ProblemSetup& setup, std::span<const Index> items) {
  std::map<std::string, double> parts;
  if (const auto quality = setup.problem().quality; !quality.empty()) {
    parts["mean_quality"] = mean_quality(quality, items, static_cast<Index>(items.size()));
  }
  if (const Objective* diversity = setup.objective().diversity())
    parts["diversity"] = diversity->value(items);
  return parts;
}

Evaluation evaluate(const ProblemSetup& setup, std::span<const Index> items, const KnownProblem& known,
                    const MetricChoice& metrics) {
  // Shares of a phase, for the eye: the value, the metrics, random answers, the bound.
  constexpr double kValue = 0.1, kMetrics = 0.5, kRandom = 0.7;
  Evaluation result;
  result.rows = static_cast<Index>(items.size());
  {
    const PartOfWork part(0, kValue);
    result.value = setup.objective().value(items);
  }
  if (const auto quality = setup.problem().quality; !quality.empty()) {
    result.metrics["mean_quality"] = mean_quality(quality, items, result.rows);
    result.metrics["upper_half_share"] = upper_half_share(quality, items);
  }
  if (!metrics || !metrics->empty()) {
    const PartOfWork part(kValue, kMetrics);
    add_metrics(setup, items, metrics, result);
  }
  if (setup.valueless()) {
    result.bound_reason = "there is no objective";
    return result;
  }
  {
    const PartOfWork part(kMetrics, kRandom);
    result.random = known.random ? known.random : random_floor(setup, items);
  }
  if (!result.random) {
    result.warnings.push_back(fmt::format(
        "the value of random answers is left out: {} draws take {:.1e} multiply-adds, above {:.0e}",
        kFloorDraws, setup.objective().oracle_work(setup.problem().expected_rows()) * kFloorDraws,
        kMostWork));
  }
  if (const auto warning = setup.objective().warning(result.rows)) result.warnings.push_back(*warning);
  const Index meant = setup.problem().expected_rows();
  if (setup.problem().budget.unit == Unit::rows && result.rows != meant) {  // fewer rows may be worth more
    result.bound_reason =
        fmt::format("the answer has {} rows, bounds are for answers of {}", result.rows, meant);
    return result;
  }
  result.bound = known.bound;
  result.bound_reason = known.no_bound;
  MASKBENCH_CHECK(!known.bound || *known.bound >= result.value - kBoundRounding * std::abs(result.value),
                  "an upper bound is below a value that was reached");
  if (!result.bound && result.bound_reason.empty() && std::isfinite(result.value)) {
    const PartOfWork part(kRandom, 1);
    UpperBound found;
    const double seconds = seconds_of([&] { found = search_bound(setup, items, result.value); });
    if (found.certificate) result.bound_seconds = seconds;
    result.bound_reason = found.reason;
    if (found.certificate) result.bound = found.certificate->bound;
    result.certificate = std::move(found.certificate);
  }
  if (result.bound && result.random) {
    result.normalised = normalised_value(result.value, *result.random, *result.bound);
  }
  return result;
}

}  // namespace maskbench
