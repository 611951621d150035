// filtered: only candidates in a range of a score, or of some values of a label; another selector chooses
// among them.
//
//   C' = { i in C : low <= s_i <= high, label_i in values };  answer = inner(C')
//
// by=value compares the score itself, by=rank its share of candidates below, (r_i - 1) / (|C| - 1) with r_i
// the rank of s_i upwards, equal scores by the smaller id: low=0.25,high=0.75 is the middle half. Source:
// bands and flags before a rule (rules B2, B14, C). Guarantee: the inner one's, on C'. Cost:
// O(n log n) by rank, else O(n), more than the inner one's.
//
//   code         here  meaning
//   left         C'    what the filter leaves; may be too few to fill the budget
//
// Departs from the source: nothing to depart from.

#include <charconv>
#include <numeric>

#include "algorithms/core/ordered_values.hpp"
#include "algorithms/wrappers/inner_selector.hpp"

namespace maskbench {
namespace {

constexpr double kNoLimit = 1e30;

enum class FilteredBy { value, rank };
constexpr std::array<const char*, 2> names(FilteredBy) {
  return {"value", "rank"};
}

struct FilteredParams {
  std::string inner = "random";
  std::string score;
  FilteredBy by = FilteredBy::value;
  double low = -kNoLimit;
  double high = kNoLimit;
  std::string label;
  std::string values;
  bool drop = false;
  template <class Visit>
  void fields(Visit&& visit) {
    visit("inner", inner, any(), "the selector that chooses among what is left");
    visit("score", score, any(), "score column; left out: the merged quality");
    visit("by", by, names_of<FilteredBy>,
          "what low and high bound: the score, or its rank as a share in [0, 1]");
    visit("low", low, between(-kNoLimit, kNoLimit), "smallest that stays");
    visit("high", high, between(-kNoLimit, kNoLimit), "largest that stays");
    visit("label", label, any(), "label column; left out: no look at labels");
    visit("values", values, any(), "labels that stay, like 3;7;12 or de;fr");
    visit("drop", drop, any(), "the named labels go, all others stay");
  }
};

class Filtered final : public Selector {
 public:
  using Params = FilteredParams;
  explicit Filtered(const Params& params)
      : params_(params), inner_(params.inner), values_(split_list(params.values)) {
    if (params_.label.empty() != values_.empty())
      throw UserError("filtered: label and values are given together");
    if (params_.low > params_.high) throw UserError("filtered: low is above high");
  }

  std::optional<std::string> refuses(const Problem& problem) const override {
    if (params_.score.empty() && ranged() && problem.quality.empty())
      return "needs a score column or a quality";
    if (!params_.score.empty()) problem.data.score(params_.score);  // says which there are
    for (const std::string& value : values_) {
      if (!number_of(problem.data, value))
        return "label column \"" + params_.label + "\" has no value \"" + value + "\"";
    }
    const std::vector<Index> left = what_is_left(problem);
    if (left.empty()) return "no candidate passes the filter";
    return inner_.refuses(narrowed(problem, left));
  }

  void refine(SelectorTraits& traits) const override {
    inner_.refine(traits);
    traits.may_stop_early = true;  // too few may be left
  }

  Selection select(const Problem& problem, RunContext& context) override {
    const std::vector<Index> left = what_is_left(problem);
    InnerContext inner_context(context, purpose("filtered"), 0, 1,
                               [](std::vector<Index> items) { return items; });
    return inner_.select(narrowed(problem, left), inner_context);
  }

  std::int64_t scratch_bytes(const Problem& problem) const override {
    const Index n = problem.candidates.size();
    const Index narrowing = !ranged()                        ? 0
                            : params_.by == FilteredBy::rank ? 36 * n + 16 * problem.data.size()
                                                             : 24 * n;
    return std::max(narrowing, 8 * n + inner_.scratch_bytes(problem));
  }

 private:
  // Without a budget the filter decides, unless the inner rule has thresholds of its own.
  Problem narrowed(const Problem& problem, std::span<const Index> left) const {
    Problem rest = problem;
    rest.candidates = left;
    SelectorTraits inner;
    inner_.refine(inner);
    if (problem.budget.unit == Unit::none && !inner.may_stop_early)
      rest.budget = {Unit::rows, static_cast<std::int64_t>(left.size() + problem.kept.size()), Fill::at_most};
    return rest;
  }

  // A label's number: by what it stands for, or itself where the numbers are the values.
  std::optional<std::int32_t> number_of(const Dataset& data, const std::string& value) const {
    data.label(params_.label);  // says which there are
    if (const auto* names = data.label_names(params_.label)) {
      const auto found = std::find(names->begin(), names->end(), value);
      return found == names->end() ? std::nullopt
                                   : std::optional(static_cast<std::int32_t>(found - names->begin()));
    }
    std::int32_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    return error == std::errc() && end == value.data() + value.size() ? std::optional(number) : std::nullopt;
  }

  bool ranged() const { return params_.low > -kNoLimit || params_.high < kNoLimit; }

  std::vector<Index> what_is_left(const Problem& problem) const {  // ascending
    std::vector<Index> left(problem.candidates.begin(), problem.candidates.end());
    if (ranged()) {
      const std::vector<double> score = params_.by == FilteredBy::rank ? ranks(problem) : scores(problem);
      std::size_t at = 0;
      std::erase_if(left, [&](Index) {
        const double s = score[at++];
        return s < params_.low || s > params_.high;
      });
    }
    if (!values_.empty()) {
      const auto label = problem.data.label(params_.label);
      std::vector<std::int32_t> numbers;
      for (const std::string& value : values_) {
        if (const auto number = number_of(problem.data, value)) numbers.push_back(*number);
      }
      std::erase_if(left, [&](Index row) {
        const bool named = std::find(numbers.begin(), numbers.end(), label[row]) != numbers.end();
        return named == params_.drop;
      });
    }
    return left;
  }

  std::vector<double> scores(const Problem& problem) const {  // one a candidate
    std::vector<double> all;
    if (params_.score.empty()) {
      for (const Index row : problem.candidates) all.push_back(problem.quality[row]);
    } else if (params_.by == FilteredBy::rank) {
      const std::vector<double> column = ordered_values(problem.data.exact_score(params_.score));
      for (const Index row : problem.candidates) all.push_back(column[static_cast<std::size_t>(row)]);
    } else {
      const ScoreColumn column = problem.data.exact_score(params_.score);
      for (const Index row : problem.candidates) all.push_back(column[row]);
    }
    return all;
  }

  std::vector<double> ranks(const Problem& problem) const {
    const std::vector<double> score = scores(problem);
    std::vector<std::size_t> order(score.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return score[a] < score[b]; });
    std::vector<double> rank(score.size(), 0.0);
    for (std::size_t r = 1; r < order.size(); ++r)
      rank[order[r]] = static_cast<double>(r) / static_cast<double>(order.size() - 1);
    return rank;
  }

  Params params_;
  InnerSelector inner_;
  std::vector<std::string> values_;
};

}  // namespace

MASKBENCH_SELECTOR(filtered, Filtered, "a range of a score or some labels, before another selector chooses",
                   "fan2026datamask", .stochastic = true, .may_stop_early = true, .repeats = true,
                   .any_size = true)

}  // namespace maskbench
