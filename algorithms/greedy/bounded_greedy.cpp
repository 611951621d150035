// bounded_greedy: greedy's picks for quality + pairwise similarity, without looking at most rows at most picks.
//
//   U_t = U_{t-1} + argmax over i of  a q_i / S - c x_i.s,   s = sum of x over U_{t-1},   c = 2b/(S(S-1))
//
// A pick looks at a short list first. Each row on it has an upper bound on its gain from the last pass over all rows (GainBounds);
// rows are evaluated exactly, by greedy's own expression, where the bound is not below the best gain found. The rest of the
// rows share one bound; where it is not below the best gain either, the list is made anew from everybody's bounds, and where that has
// cost as much as a pass, a pass makes the bounds tight again.
// Source: ours (paper-facts 8d); the rule is greedy's (nemhauser1978analysis), in the manner of minoux1978accelerated.
// Guarantee: the picks of greedy, ties included.  Cost: greedy's O(S n d) where bounds do not bite, else a few dozen passes;
// O(32 n) memory beside the data.
//
//   code       paper-facts  meaning
//   sum        s            sum of the rows chosen
//   list, rest candidates, non-candidates
//   best       best         the largest exact gain found for this pick

#include <algorithm>
#include <cmath>
#include <limits>

#include "algorithms/core/selector.hpp"
#include "algorithms/greedy/gain_bounds.hpp"
#include "algorithms/greedy/take_best.hpp"
#include "algorithms/kernels/rows.hpp"

namespace maskbench {
namespace {

constexpr std::size_t kListShare = 32, kShortestList = 512;  // of the rows left, on the list
constexpr int kMostSkips = 32;

class BoundedRun {
 public:
  BoundedRun(const Problem& problem, RunContext& context)
      : problem_(problem),
        context_(context),
        form_(*problem.objective->quadratic_form()),
        x_(problem.data.features()),
        size_(static_cast<double>(problem.expected_rows())),
        pairs_(size_ * (size_ - 1)),
        c_(pairs_ > 0 ? 2 * form_.pair_weight / pairs_ : 0),
        bounds_(x_, problem.candidates, c_),
        sum_(row_sum(x_, problem.kept)) {
    for (std::size_t c = 0; c < problem.candidates.size(); ++c) rest_.push_back(static_cast<std::int32_t>(c));
  }

  Selection run() {
    Selection selection;
    Meter meter(problem_);
    refresh();
    while (!meter.full() && !(list_.empty() && rest_.empty())) {
      if (context_.stopping()) return ended(std::move(selection), Stop::interrupted);
      const Pick pick = next();
      auto& from = pick.from_list ? list_ : rest_;
      from.erase(from.begin() + static_cast<std::ptrdiff_t>(pick.at));
      const Index row = problem_.candidates[static_cast<std::size_t>(pick.place)];
      if (!meter.take(row)) continue;
      selection.items.push_back(row);
      selection.score.push_back(static_cast<float>(pick.gain));
      const float* x = x_.row(row);
      for (std::size_t k = 0; k < sum_.size(); ++k) sum_[k] += static_cast<double>(x[k]);
      context_.progress(share_done(problem_, selection));
      if (!context_.checkpoint(selection.items)) return ended(std::move(selection), Stop::interrupted);
    }
    return ended(std::move(selection), meter.full() ? Stop::filled : Stop::exhausted);
  }

 private:
  struct Pick {
    double gain = -std::numeric_limits<double>::infinity();
    std::int32_t place = 0;
    std::size_t at = 0;  // in the list or the rest
    bool from_list = true;
    bool beats(double other, std::int32_t its_place) const { return gain != other ? gain > other : place < its_place; }
  };

  static Selection ended(Selection selection, Stop why) {
    selection.why = why;
    return selection;
  }

  // The expression of greedy's states, operation by operation.
  double gain(std::int32_t place) const {
    const Index row = problem_.candidates[static_cast<std::size_t>(place)];
    const double pair = pairs_ <= 0 ? 0.0 : -2 * dot(x_.row(row), sum_.data(), x_.cols) / pairs_;
    if (form_.quality.empty()) return form_.pair_weight * pair;
    return form_.quality_weight * (form_.quality[static_cast<std::size_t>(row)] / size_) + form_.pair_weight * pair;
  }

  // Exact gains of everybody left: bounds are tight again.
  void refresh() {
    rest_.insert(rest_.end(), list_.begin(), list_.end());
    list_.clear();
    std::sort(rest_.begin(), rest_.end());
    std::vector<double> gains(problem_.candidates.size(), 0.0);
#pragma omp parallel for schedule(static)
    for (std::size_t k = 0; k < rest_.size(); ++k) gains[static_cast<std::size_t>(rest_[k])] = gain(rest_[k]);
    context_.count(Work::gain_evaluations, static_cast<std::int64_t>(rest_.size()));
    double largest = 0;
    for (const double value : gains) largest = std::max(largest, std::abs(value));
    const double length = std::sqrt(squared_norm(sum_)) + size_;
    bounds_.refresh(std::move(gains), sum_, 0x1p-50 * (static_cast<double>(x_.cols + 8) * c_ * length + largest));
    spent_ = 0;
    make_list();
  }

  // The highest bounds on the list, in order of rows; the others become the rest.
  void make_list() {
    rest_.insert(rest_.end(), list_.begin(), list_.end());
    std::sort(rest_.begin(), rest_.end());
    std::vector<double> bound(rest_.size());
    bounds_.of(rest_, bound);
    spent_ += rest_.size() * 32 / static_cast<std::size_t>(std::max<Index>(32, x_.cols));
    const std::size_t length = std::min(rest_.size(), std::max(kShortestList, rest_.size() / kListShare));
    std::vector<double> order = bound;
    if (length < order.size()) std::nth_element(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(length), order.end(), std::greater<>());
    const double limit = length < order.size() ? order[length] : -std::numeric_limits<double>::infinity();
    std::vector<std::int32_t> others;
    std::vector<double> other_bound;
    list_.clear();
    for (std::size_t k = 0; k < rest_.size(); ++k) {
      if (bound[k] > limit) {
        list_.push_back(rest_[k]);
      } else {
        others.push_back(rest_[k]);
        other_bound.push_back(bound[k]);
      }
    }
    rest_ = std::move(others);
    group_ = bounds_.group(rest_, other_bound);
  }

  // The largest exact gain on the list; rows whose bound is below it are not looked at.
  Pick best_of_list() {
    Pick best;
    if (list_.empty()) return best;
    bound_.resize(list_.size());
    bounds_.of(list_, bound_);
    const auto top = static_cast<std::size_t>(std::max_element(bound_.begin(), bound_.end()) - bound_.begin());
    best = {gain(list_[top]), list_[top], top, true};
    std::vector<std::size_t> open;
    for (std::size_t k = 0; k < list_.size(); ++k) {
      if (k != top && bound_[k] >= best.gain) open.push_back(k);
    }
    std::vector<double> exact(open.size());
#pragma omp parallel for schedule(static) if (open.size() * static_cast<std::size_t>(x_.cols) > 100'000)
    for (std::size_t k = 0; k < open.size(); ++k) exact[k] = gain(list_[open[k]]);
    for (std::size_t k = 0; k < open.size(); ++k) {
      if (!best.beats(exact[k], list_[open[k]])) best = {exact[k], list_[open[k]], open[k], true};
    }
    spent_ += open.size() + 1;
    context_.count(Work::gain_evaluations, static_cast<std::int64_t>(open.size()) + 1);
    return best;
  }

  Pick next() {
    bounds_.move_to(sum_);
    const std::size_t left = list_.size() + rest_.size();
    if (skip_ > 0) {
      --skip_;
      return pass();
    }
    for (int attempt = 0; attempt < 2 && spent_ < left; ++attempt) {
      const Pick best = best_of_list();
      if (best.gain > bounds_.of(group_)) return ++served_, best;
      if (attempt == 0) make_list();
    }
    return best_of_all();
  }

  // Passes that serve no further pick are followed by ever more of their like.
  Pick best_of_all() {
    patience_ = served_ > 0 ? 1 : std::min(2 * patience_, kMostSkips);
    skip_ = patience_ - 1;
    served_ = 0;
    return pass();
  }

  // A pass over everybody: the pick, and tight bounds.
  Pick pass() {
    refresh();
    Pick best;
    for (const bool from_list : {true, false}) {
      const auto& places = from_list ? list_ : rest_;
      for (std::size_t at = 0; at < places.size(); ++at) {
        const double known = bounds_.known(places[at]);
        if (!best.beats(known, places[at])) best = {known, places[at], at, from_list};
      }
    }
    return best;
  }

  const Problem& problem_;
  RunContext& context_;
  const QuadraticForm form_;
  const MatrixView x_;
  const double size_, pairs_, c_;
  GainBounds bounds_;
  std::vector<double> sum_;              // d
  std::vector<std::int32_t> list_, rest_;  // places among the candidates, ascending
  GainBounds::Group group_;              // the rest
  std::vector<double> bound_;
  std::size_t spent_ = 0, served_ = 0;  // evaluations and picks since the last pass
  int skip_ = 0, patience_ = 1;         // picks by a pass each, without asking the bounds
};

class BoundedGreedy final : public Selector {
 public:
  std::optional<std::string> refuses(const Problem& problem) const override {
    if (!problem.objective->quadratic_form()) return "needs an objective of quality and pairwise similarity";
    return std::nullopt;
  }

  Selection select(const Problem& problem, RunContext& context) override { return BoundedRun(problem, context).run(); }

  std::int64_t scratch_bytes(const Problem& problem) const override {
    const auto n = static_cast<Index>(problem.candidates.size());
    return GainBounds::bytes(n, problem.data.features().cols) + 40 * n;
  }
};

}  // namespace

MASKBENCH_SELECTOR(bounded_greedy, BoundedGreedy, "greedy's picks from upper bounds, for quality + pairwise similarity",
                   "minoux1978accelerated", .needs_objective = true)

}  // namespace maskbench
