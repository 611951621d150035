#include "algorithms/budget/solve.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "algorithms/budget/priced.hpp"

namespace maskbench {
namespace {

constexpr int kRounds = 8;         // selections that look for S
constexpr int kPrices = 10;        // selections that look for a price
constexpr double kSettled = 0.01;  // of S: the denominators of an objective are as good as right

// S where a method has not been asked yet: what fits in the order of quality; of the candidates, where
// there is none.
Index first_plan(const Problem& problem) {
  std::vector<Index> order(problem.candidates.begin(), problem.candidates.end());
  if (!problem.quality.empty()) {
    std::stable_sort(order.begin(), order.end(),
                     [&](Index a, Index b) { return problem.quality[a] > problem.quality[b]; });
  }
  const auto rows = static_cast<Index>(problem.kept.size() + take_in_order(problem, order).items.size());
  return std::max<Index>(rows, 1);
}

class RowSearch {
 public:
  RowSearch(Selector& selector, const Problem& problem, RunContext& context)
      : selector_(selector), sized_(problem), context_(context) {}

  // By value a unit of the budget too, where a longer row may be worth its length: the better of the two
  // (leskovec2007cost). Picks by gain alone have the best single row, which the guarantee needs.
  Selection better_of_both() {
    Selection by_gain = settled();
    if (by_gain.why == Stop::interrupted) return by_gain;
    sized_.a_unit = true;
    Selection a_unit = settled();
    sized_.a_unit = false;
    if (a_unit.why == Stop::interrupted) return interrupted(std::move(by_gain));
    return value_of(a_unit) > value_of(by_gain) ? std::move(a_unit) : std::move(by_gain);
  }

  // The answer for the S that it has.
  Selection settled() {
    Index fewer = 0, more = static_cast<Index>(sized_.kept.size() + sized_.candidates.size()) + 1;
    Index plan = first_plan(sized_);
    Selection below, above;  // the answers for `fewer`, which had more rows, and for `more`, which had fewer
    for (int round = 0; round < kRounds && more - fewer > 1; ++round) {
      Selection answer = ask(plan);
      const Index rows = rows_of(answer);
      if (answer.why == Stop::interrupted) return round == 0 ? answer : interrupted(larger(below, above));
      if (settles(plan, rows)) return answer;
      (rows > plan ? fewer : more) = plan;
      (rows > plan ? below : above) = std::move(answer);
      plan = fewer < rows && rows < more ? rows : fewer + (more - fewer) / 2;
    }
    return without_fixed_point(more, std::move(below), std::move(above));
  }

 private:
  // A whole answer that was to be compared with others, or made for a better S.
  static Selection interrupted(Selection answer) {
    answer.why = Stop::interrupted;
    return answer;
  }
  static Selection& larger(Selection& one, Selection& other) {
    return one.items.size() >= other.items.size() ? one : other;
  }

  static bool settles(Index plan, Index rows) {
    return std::abs(rows - plan) <= static_cast<Index>(kSettled * static_cast<double>(plan));
  }

  Index rows_of(const Selection& answer) const {
    return static_cast<Index>(sized_.kept.size() + answer.items.size());
  }

  Selection ask(Index plan) {
    sized_.planned = plan;
    try {
      return selector_.select(sized_, context_);
    } catch (const Interrupted&) {
      return {.why = Stop::interrupted};
    }
  }

  // The value of the answer's first rows, as many as `rows` at most.
  double value_of(const Selection& answer, std::optional<Index> rows = {}) const {
    std::vector<Index> all(sized_.kept.begin(), sized_.kept.end());
    const Index left = std::max<Index>(rows.value_or(rows_of(answer)) - static_cast<Index>(all.size()), 0);
    const auto count =
        static_cast<std::ptrdiff_t>(std::min<Index>(left, static_cast<Index>(answer.items.size())));
    all.insert(all.end(), answer.items.begin(), answer.items.begin() + count);
    std::sort(all.begin(), all.end());
    return sized_.objective->value(all, rows);
  }

  // No S holds: told S the method fills the budget with fewer rows, told fewer with more than those. Then S
  // rows are made to fit, if that can be done; else the answer with more rows stays.
  Selection without_fixed_point(Index size, Selection below, Selection above) {
    std::string note = "the number of rows that fill the budget does not settle";
    if (!above.items.empty()) {
      note +=
          ": told " + std::to_string(size) + ", the selector fills it with " + std::to_string(rows_of(above));
    }
    const bool between = !below.items.empty() && !above.items.empty();
    std::optional<Selection> fitted;
    if (between && sized_.budget.fill != Fill::at_least && sized_.objective != nullptr && !sized_.a_unit)
      fitted = made_to_fit(size);
    note += fitted ? "; a price for length, or leaving out what does not fit, makes them fit"
                   : "; the answer with more rows is taken";
    Selection best = fitted ? std::move(*fitted) : std::move(larger(below, above));
    if (best.note.empty()) best.note = std::move(note);
    return best;
  }

  // The best answer of `size` rows: with what does not fit left out, and with the lowest price a unit of the
  // budget under which as many rows fit. Nothing where neither has the rows.
  std::optional<Selection> made_to_fit(Index size) {
    const Objective& own = *sized_.objective;
    std::optional<Selection> best;
    const auto keep_better = [&](Selection answer) {
      if (rows_of(answer) >= size && (!best || value_of(answer, size) > value_of(*best, size)))
        best = std::move(answer);
    };
    if (const Fill fill = std::exchange(sized_.budget.fill, Fill::pack); fill != Fill::pack) {
      keep_better(ask(size));  // one that packs has been asked this
      sized_.budget.fill = fill;
    }
    double low = 0, high = 0, price = first_price(size);
    for (int round = 0; round < kPrices; ++round) {
      const Priced priced(own, sized_, size, price);
      sized_.objective = &priced;
      Selection answer = ask(size);
      sized_.objective = &own;
      if (answer.why == Stop::interrupted) return best;
      (rows_of(answer) >= size ? high : low) = price;
      keep_better(std::move(answer));
      price = high == 0 ? 4 * price : (low + high) / 2;
    }
    return best;
  }

  // Where a row of mean length loses what the objective gains by one of its S rows.
  double first_price(Index size) const {
    std::vector<Index> all(sized_.candidates.begin(), sized_.candidates.end());
    all.resize(std::min<std::size_t>(all.size(), static_cast<std::size_t>(size)));
    const double value = std::abs(sized_.objective->value(all, size));
    return std::max(value, 1e-9) / static_cast<double>(std::max<std::int64_t>(sized_.budget.amount, 1)) / 16;
  }

  Selector& selector_;
  Problem sized_;
  RunContext& context_;
};

}  // namespace

Selection solve(const NamedSelector& selector, const Problem& problem, RunContext& context) {
  if (!problem.sized()) return selector->select(problem, context);
  const SelectorTraits& traits = selector.traits;
  if (traits.any_size) {
    Problem sized = problem;
    sized.planned = first_plan(problem);
    return selector->select(sized, context);
  }
  RowSearch search(*selector, problem, context);
  const bool pays = traits.by_gain && problem.objective != nullptr && problem.objective->traits().monotone &&
                    !problem.objective->traits().linear;
  return pays ? search.better_of_both() : search.settled();
}

}  // namespace maskbench
