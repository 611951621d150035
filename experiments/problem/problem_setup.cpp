#include "experiments/problem/problem_setup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <numeric>

#include "algorithms/core/quality.hpp"
#include "algorithms/core/registry.hpp"
#include "datasets/core/share.hpp"
#include "experiments/records/json.hpp"

namespace maskbench {
namespace {

std::vector<Index> checked_kept(const Dataset& data, std::vector<Index> kept) {
  std::sort(kept.begin(), kept.end());
  for (std::size_t i = 0; i < kept.size(); ++i) {
    if (kept[i] < 0 || kept[i] >= data.size()) {
      throw UserError("kept row " + std::to_string(kept[i]) + " is not in data set " + data.name() +
                      ": rows are 0 to " + std::to_string(data.size() - 1));
    }
    if (i > 0 && kept[i] == kept[i - 1])
      throw UserError("kept row " + std::to_string(kept[i]) + " is named twice");
  }
  return kept;
}

std::vector<Index> all_but(Index n, const std::vector<Index>& kept) {
  std::vector<Index> rows;
  rows.reserve(static_cast<std::size_t>(n) - kept.size());
  auto next = kept.begin();
  for (Index row = 0; row < n; ++row) {
    if (next != kept.end() && *next == row)
      ++next;
    else
      rows.push_back(row);
  }
  return rows;
}

// The number of a label as a quota file writes it: the number itself, or the string that stands for it.
std::optional<std::int32_t> label_of(const std::string& text, std::span<const std::int32_t> labels,
                                     const std::vector<std::string>* names) {
  std::int32_t label = 0;
  if (names != nullptr) {
    const auto found = std::find(names->begin(), names->end(), text);
    if (found == names->end()) return std::nullopt;
    return static_cast<std::int32_t>(found - names->begin());
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), label);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (std::find(labels.begin(), labels.end(), label) == labels.end()) return std::nullopt;
  return label;
}

std::vector<Quota> quotas_of(const Dataset& data, const QuotaRequest& wanted, const Budget& budget) {
  const Document& document = wanted.amounts;
  const std::span<const std::int32_t> labels = data.label(wanted.column);
  if (!document.json.is_object() || document.json.empty()) {
    throw UserError(document.at("") + ": quotas are an object from labels of column \"" + wanted.column +
                    "\" to amounts, like {\"7\": 0.25, \"9\": 40}");
  }
  std::vector<Quota> quotas;
  for (const auto& [text, amount] : document.json.items()) {
    const auto label = label_of(text, labels, data.label_names(wanted.column));
    if (!label)
      throw UserError(document.at(text) + ": \"" + text + "\" is not a label of column \"" + wanted.column +
                      "\"");
    const bool share = amount.is_number_float();
    if (share ? !(amount.get<double>() >= 0 && amount.get<double>() <= 1)
              : !amount.is_number_integer() || amount.get<std::int64_t>() < 0) {
      throw UserError(document.at(text) + ": the quota of label " + text + " is " + amount.dump() +
                      "; give a whole number of at least 0, or a share between 0.0 and 1.0");
    }
    if (share && budget.unit == Unit::none)
      throw UserError(document.at(text) + ": a share needs a budget to be a share of");
    quotas.push_back({wanted.column, *label,
                      share ? share_floor(amount.get<double>(), budget.amount) : amount.get<std::int64_t>()});
  }
  return quotas;
}

// Budget::of has looked at rows; sizes are the data set's.
void check_budget(const Problem& problem) {
  const Budget& budget = problem.budget;
  if (budget.unit == Unit::none) return;
  std::int64_t total = 0, kept = 0;
  for (Index row = 0; row < problem.data.size(); ++row) total += problem.length_of(row);
  for (const Index row : problem.kept) kept += problem.length_of(row);
  const std::string unit = name_of(budget.unit);
  if (budget.amount > total) {
    throw UserError("a budget of " + std::to_string(budget.amount) + " " + unit + " is more than the " +
                    std::to_string(total) + " " + unit + " of data set " + problem.data.name());
  }
  if (kept > budget.amount) {
    throw UserError("the kept rows alone take " + std::to_string(kept) + " " + unit +
                    ", more than the budget of " + std::to_string(budget.amount));
  }
}

}  // namespace

ProblemSetup::ProblemSetup(std::shared_ptr<const Dataset> data, const ProblemRequest& request)
    : data_(std::move(data)),
      quality_columns_(request.quality.empty() ? data_->quality_columns() : request.quality),
      kept_(checked_kept(*data_, request.kept)) {
  candidates_ = all_but(data_->size(), kept_);
  for (const std::string& column : quality_columns_) data_->score(column);  // says which exist
  const Budget budget = request.budget.of(*data_);
  for (const QuotaRequest& wanted : request.quotas) {
    const std::vector<Quota> more = quotas_of(*data_, wanted, budget);
    quotas_.insert(quotas_.end(), more.begin(), more.end());
  }
  problem_ = std::make_unique<Problem>(Problem{*data_, candidates_, kept_, {}, nullptr, budget, quotas_});
  check_budget(*problem_);
  set_aside();
  named_ = request.objective.empty() ? objectives().standard(!quality_columns_.empty(), data_->dims() > 0)
                                     : request.objective;
  rows_meant_ = request.rows_meant.value_or(problem_->expected_rows());
  objective_ = named_.make({*data_, quality_columns_, rows_meant_});
  problem_->objective = objective_.get();
  if (!objective_->quality().empty()) {
    problem_->quality = objective_->quality();
  } else if (!quality_columns_.empty()) {
    merged_quality_ = merge_quality(*data_, quality_columns_, Merge::minmax);
    problem_->quality = merged_quality_;
  }
}

void ProblemSetup::set_aside() {
  if (!problem_->sized() || problem_->budget.fill == Fill::at_least) return;
  const std::string unit = name_of(problem_->budget.unit);
  std::int64_t room = problem_->budget.amount, longest = 0,
               shortest = std::numeric_limits<std::int64_t>::max();
  for (const Index row : kept_) room -= problem_->length_of(row);
  const std::size_t before = candidates_.size();
  std::erase_if(candidates_, [&](Index row) {
    const std::int64_t length = problem_->length_of(row);
    shortest = std::min(shortest, length);
    const bool in_quotas = std::all_of(quotas_.begin(), quotas_.end(), [&](const Quota& quota) {
      return data_->label(quota.column)[row] != quota.label || length <= quota.amount || quota.amount == 0;
    });
    if (length <= room && in_quotas) return false;
    longest = std::max(longest, length);
    return true;
  });
  const std::size_t aside = before - candidates_.size();
  problem_->candidates = candidates_;
  if (aside == 0) return;
  if (candidates_.empty() && kept_.empty())
    throw UserError(fmt::format("no row fits into {} {}{}: the shortest has {}", problem_->budget.amount,
                                unit, quotas_.empty() ? "" : " and its quota", shortest));
  notes_.push_back(fmt::format("{} of {} rows do not fit alone and were set aside; the longest has {} {}",
                               aside, before, longest, unit));
}

bool ProblemSetup::plain() const {
  const Unit unit = problem_->budget.unit;
  return kept_.empty() && quotas_.empty() && (unit == Unit::rows || unit == Unit::none);
}

}  // namespace maskbench
