// What a selector is asked, and what it answers.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "datasets/core/dataset.hpp"

namespace maskbench {

class Objective;

enum class Unit { rows, tokens, bytes, characters, none };  // none: the method's own thresholds decide
// How an order fills a budget: the longest prefix within it; the shortest that reaches it; every row in turn
// that still fits.
enum class Fill { at_most, at_least, pack };

// The budget is of the whole answer, kept rows included. For rows all fills are the same.
struct Budget {
  Unit unit = Unit::rows;
  std::int64_t amount = 0;
  Fill fill = Fill::at_most;
};

constexpr std::array<const char*, 5> names(Unit) {
  return {"rows", "tokens", "bytes", "characters", "none"};
}
constexpr std::array<const char*, 3> names(Fill) {
  return {"at_most", "at_least", "pack"};
}
inline const char* name_of(Unit unit) {
  return names(unit)[static_cast<std::size_t>(unit)];
}

inline Unit unit_named(std::string_view name) {
  for (const Unit unit : {Unit::rows, Unit::tokens, Unit::bytes, Unit::characters, Unit::none}) {
    if (name == name_of(unit)) return unit;
  }
  throw UserError("\"" + std::string(name) +
                  "\" is no unit; there are rows, tokens, bytes, characters, none");
}

inline Fill fill_named(std::string_view name) {
  for (const Fill fill : {Fill::at_most, Fill::at_least, Fill::pack}) {
    if (name == names(fill)[static_cast<std::size_t>(fill)]) return fill;
  }
  throw UserError("\"" + std::string(name) +
                  "\" is no way to fill a budget; there are at_most, at_least, pack");
}

// `amount` units of the budget's unit (rows, where it has none) for rows with this label, filled as the
// budget is: a prefix of the method's order that stays within it, or the shortest that reaches it.
struct Quota {
  std::string column;
  std::int32_t label = 0;
  std::int64_t amount = 0;
};

struct Problem {
  const Dataset& data;
  std::span<const Index> candidates;  // ascending; what may be picked
  std::span<const Index>
      kept;  // ascending, none of them a candidate; chosen before, part of the answer's set
  std::span<const double> quality;  // n: the one merged quality; empty where none was asked for
  const Objective* objective = nullptr;
  Budget budget;
  std::span<const Quota> quotas;
  std::span<const Index>
      reference{};  // ascending; rows that the answer shall stand for; empty: the objective's own
  std::optional<Index> planned{};  // S where the budget is in tokens, bytes or characters (budget/solve.hpp)
  bool a_unit = false;             // gains are ranked by what they bring a unit of the budget

  // The merged quality of a row; 0 where none was asked for.
  double quality_of(Index row) const { return quality.empty() ? 0.0 : quality[row]; }

  // Units that a row takes from the budget.
  std::int64_t length_of(Index row) const {
    if (budget.unit == Unit::rows) return 1;
    if (budget.unit == Unit::none) return 0;
    return data.sizes(name_of(budget.unit))[row];
  }

  // Whether rows take more or less of the budget, so that it does not fix how many the answer has.
  bool sized() const { return budget.unit != Unit::rows && budget.unit != Unit::none; }

  // What a gain is worth to a method that picks by gains.
  double worth(Index row, double gain) const {
    return a_unit ? gain / static_cast<double>(std::max<std::int64_t>(length_of(row), 1)) : gain;
  }

  // Rows still to pick, between 0 and all candidates: exact for a budget in rows, else as planned; where
  // nobody has planned, as many as fit in the order of the candidates.
  Index rows_to_pick() const;

  Index expected_rows() const { return static_cast<Index>(kept.size()) + rows_to_pick(); }  // S
  double expected_share() const {  // of the candidates
    return candidates.empty() ? 0.0
                              : static_cast<double>(rows_to_pick()) / static_cast<double>(candidates.size());
  }
};

enum class Stop { filled, exhausted, threshold, interrupted };

struct Selection {
  std::vector<Index> items{};           // new rows, in pick order; no kept row among them
  std::vector<std::int32_t> repeats{};  // beside items; empty: all 1
  std::vector<float> score{};           // beside items: the method's own; may be empty
  Stop why = Stop::filled;
  std::string note{};  // what the user should know of how it came about; mostly empty
};

// What is left of a budget and its quotas while a method picks.
class Meter {
 public:
  explicit Meter(const Problem& problem) : problem_(problem) {
    for (const Quota& quota : problem.quotas)
      left_.push_back({problem.data.label(quota.column), quota.label, quota.amount, false});
    for (const Index row : problem.kept) add(row, 1);
    if (problem.budget.fill == Fill::pack && problem.sized()) smallest_ = shortest(problem);
  }

  // True once no further row may be picked.
  bool full() const {
    return closed_ || (problem_.budget.unit != Unit::none && used_ + smallest_ > problem_.budget.amount);
  }

  // Takes the row, `copies` times, if the rules let it, and says whether it did. Under `at_most` the first
  // row that does not fit closes the budget (a prefix, not a knapsack), and likewise its label's quota, whose
  // further rows are passed over. Under `pack` a row that does not fit is passed over.
  bool take(Index row, std::int32_t copies = 1) {
    if (full()) return false;
    const std::int64_t size = problem_.length_of(row) * copies;
    const bool prefix = problem_.budget.fill == Fill::at_most;
    for (Left& left : left_) {
      if (!left.holds(row)) continue;
      const bool misfit = bounded() && left.amount < quota_size(row, copies);
      left.closed = left.closed || left.amount <= 0 || (prefix && misfit);
      if (left.closed || misfit) return false;
    }
    if (problem_.budget.unit != Unit::none && bounded() && used_ + size > problem_.budget.amount) {
      closed_ = prefix;
      return false;
    }
    add(row, copies);
    return true;
  }

 private:
  struct Left {
    std::span<const std::int32_t> labels;
    std::int32_t label;
    std::int64_t amount;
    bool closed = false;
    bool holds(Index row) const { return labels[row] == label; }
  };

  static std::int64_t shortest(const Problem& problem) {
    std::int64_t least = problem.budget.amount;
    for (const Index row : problem.candidates) least = std::min(least, problem.length_of(row));
    return least;
  }

  // No answer may be above the budget.
  bool bounded() const { return problem_.budget.fill != Fill::at_least; }

  std::int64_t quota_size(Index row, std::int32_t copies) const {
    return (problem_.budget.unit == Unit::none ? 1 : problem_.length_of(row)) * copies;
  }

  void add(Index row, std::int32_t copies) {
    used_ += problem_.length_of(row) * copies;
    for (Left& left : left_) {
      if (left.holds(row)) left.amount -= quota_size(row, copies);
    }
  }

  const Problem& problem_;
  std::vector<Left> left_;
  std::int64_t used_ = 0, smallest_ = 1;  // smallest: under `pack`, what the shortest candidate takes
  bool closed_ = false;
};

inline Index Problem::rows_to_pick() const {
  const auto all = static_cast<Index>(candidates.size());
  if (budget.unit == Unit::none) return all;
  if (budget.unit == Unit::rows)
    return std::clamp<Index>(budget.amount - static_cast<Index>(kept.size()), 0, all);
  if (planned) return std::clamp<Index>(*planned - static_cast<Index>(kept.size()), 0, all);
  Meter meter(*this);
  Index rows = 0;
  for (std::size_t c = 0; c < candidates.size() && !meter.full(); ++c)
    rows += meter.take(candidates[c]) ? 1 : 0;
  return rows;
}

// Fills the budget from `order` (rows, best first); `score` beside it, or empty.
inline Selection take_in_order(const Problem& problem, std::span<const Index> order,
                               std::span<const double> score = {}) {
  Selection selection;
  Meter meter(problem);
  for (std::size_t i = 0; i < order.size() && !meter.full(); ++i) {
    if (!meter.take(order[i])) continue;
    selection.items.push_back(order[i]);
    if (!score.empty()) selection.score.push_back(static_cast<float>(score[i]));
  }
  selection.why = meter.full() ? Stop::filled : Stop::exhausted;
  return selection;
}

// Budgets in rows without quotas take the first S of an order, and need no order of the others.
inline bool takes_a_prefix(const Problem& problem) {
  return problem.budget.unit == Unit::rows && problem.quotas.empty();
}

// The candidates of highest score (score[c] belongs to candidates[c]) until the budget is filled; ties by the
// smaller id.
inline Selection take_highest(const Problem& problem, std::span<const double> score) {
  MASKBENCH_CHECK(score.size() == problem.candidates.size(), "one score a candidate");
  std::vector<std::size_t> place(score.size());
  for (std::size_t c = 0; c < place.size(); ++c) place[c] = c;
  const auto better = [&](std::size_t a, std::size_t b) {
    return score[a] != score[b] ? score[a] > score[b] : a < b;
  };
  std::size_t sorted = place.size();
  if (takes_a_prefix(problem)) {
    sorted = std::min<std::size_t>(sorted, problem.rows_to_pick());
    std::nth_element(place.begin(), place.begin() + static_cast<std::ptrdiff_t>(sorted), place.end(), better);
    place.resize(sorted);
  }
  std::sort(place.begin(), place.end(), better);
  std::vector<Index> order(place.size());
  std::vector<double> ordered(place.size());
  for (std::size_t i = 0; i < place.size(); ++i) {
    order[i] = problem.candidates[place[i]];
    ordered[i] = score[place[i]];
  }
  return take_in_order(problem, order, ordered);
}

// Bytes that take_highest() holds at its peak: a place a candidate, an order with its scores, the answer.
inline std::int64_t highest_bytes(const Problem& problem) {
  const Index n = problem.candidates.size(), picks = problem.rows_to_pick();
  return 8 * n + 16 * (takes_a_prefix(problem) ? picks : n) + 20 * picks;
}

}  // namespace maskbench
