// threshold_greedy: takes any row whose gain reaches a threshold that falls by a factor from pass to pass.
//
//   for w = d, d (1 - eps), d (1 - eps)^2, ... >= eps d / n,  d = largest gain of one row:
//     for each i:  if f(U + i) - f(U) >= w, take i
//
// Source: badanidiyuru2014fast, Algorithm 1. Guarantee: 1 - 1/e - eps of the optimum where f is monotone and
// submodular. Cost: at most (n/eps) ln(n/eps) gains; far fewer, since a row is looked at only while its last
// gain reaches the threshold. Memory: the state's, and 24 bytes a candidate.
//
//   code       paper  meaning
//   threshold  w
//   bound             last gain of a row: it never grows
//
// Departs from the source: the last gains spare most looks, and passes that would take nothing are skipped;
// neither changes a pick. Below the last threshold the source stops; here the rows left follow in the order
// of their gains there, so that a budget is filled. gain_evaluations counts bounds and gains alike.

#include <algorithm>
#include <limits>

#include "algorithms/core/selector.hpp"
#include "algorithms/greedy/greedy_start.hpp"
#include "algorithms/greedy/take_best.hpp"

namespace maskbench {
namespace {

constexpr std::size_t kTogether = 512;  // rows whose bounds are asked for at once
constexpr double kUnknown = std::numeric_limits<double>::infinity(), kGone = -kUnknown;  // bounds

struct ThresholdGreedyParams {
  double epsilon = 0.05;

  template <class Visit>
  void fields(Visit&& visit) {
    visit("epsilon", epsilon, between(1e-4, 0.99), "by which share the threshold falls from pass to pass");
  }
};

class ThresholdGreedy final : public Selector {
 public:
  using Params = ThresholdGreedyParams;
  explicit ThresholdGreedy(const Params& params) : params_(params) {}

  std::optional<std::string> refuses(const Problem& problem) const override {
    const ObjectiveTraits traits = problem.objective->traits();
    if (!traits.submodular || !traits.monotone) return "needs a monotone and submodular objective";
    return std::nullopt;
  }

  Selection select(const Problem& problem, RunContext& context) override {
    Run run(problem, context);
    const bool whole = run.passes(1 - params_.epsilon, params_.epsilon) && run.rest();
    Selection selection = run.answer();
    if (!whole) selection.why = Stop::interrupted;
    return selection;
  }

  std::int64_t scratch_bytes(const Problem& problem) const override {
    const auto n = static_cast<Index>(problem.candidates.size());
    return 24 * n + problem.objective->lazy_bytes(n);
  }

 private:
  class Run {
   public:
    Run(const Problem& problem, RunContext& context)
        : problem_(problem),
          context_(context),
          state_(context.starting([&] { return greedy_start(problem, true); })),
          rows_(problem.candidates.begin(), problem.candidates.end()),
          bound_(rows_.size(), kUnknown),
          meter_(problem) {}

    // All passes of falling thresholds. False: told to stop.
    bool passes(double factor, double last) {
      if (!pass(kUnknown)) return false;  // takes nothing, lowers all bounds
      double threshold = largest_gain();
      const double end = last * threshold / static_cast<double>(std::max<std::size_t>(rows_.size(), 1));
      while (threshold >= end && threshold > 0 && !meter_.full()) {
        if (!pass(threshold)) return false;
        const double most = *std::max_element(bound_.begin(), bound_.end());
        do threshold *= factor;
        while (threshold > most && threshold >= end);
      }
      return true;
    }

    // The budget's rest, by the gains after the last pass.
    bool rest() {
      std::vector<Index> left;
      for (std::size_t k = 0; k < rows_.size(); ++k) {
        if (bound_[k] != kGone) left.push_back(rows_[k]);
      }
      std::vector<double> gain(left.size());
      for (std::size_t first = 0; first < left.size() && !meter_.full(); first += kTogether) {
        if (context_.stopping()) return false;
        const std::size_t count = std::min(kTogether, left.size() - first);
        state_->gains(std::span(left).subspan(first, count), std::span(gain).subspan(first, count));
        context_.count(Work::gain_evaluations, static_cast<std::int64_t>(count));
      }
      while (const auto row = take_best(left, gain, meter_, selection_)) {
        if (!added(*row)) return false;
      }
      return true;
    }

    Selection answer() {
      selection_.why = meter_.full() ? Stop::filled : Stop::exhausted;
      return std::move(selection_);
    }

   private:
    double largest_gain() {
      while (!rows_.empty()) {
        const auto top = std::max_element(bound_.begin(), bound_.end());
        const double gain = state_->gain(rows_[top - bound_.begin()]);
        context_.count(Work::gain_evaluations, 1);
        if (gain == *top) return gain;
        *top = gain;
      }
      return 0;
    }

    // One pass over the rows whose bound reaches the threshold, ascending, some together.
    bool pass(double threshold) {
      std::vector<std::size_t> places;
      for (std::size_t k = 0; k < rows_.size(); ++k) {
        if (bound_[k] >= threshold) places.push_back(k);
      }
      for (std::size_t first = 0; first < places.size() && !meter_.full(); first += kTogether) {
        const auto some = std::span(places).subspan(first, std::min(kTogether, places.size() - first));
        if (context_.stopping() || !part(some, threshold)) return false;
      }
      return true;
    }

    bool part(std::span<const std::size_t> places, double threshold) {
      std::vector<Index> rows;
      for (const std::size_t place : places) rows.push_back(rows_[place]);
      std::vector<double> upper(rows.size());
      bool exact = state_->uppers(rows, upper), going = true;
      auto work = static_cast<std::int64_t>(rows.size());
      for (std::size_t k = 0; k < rows.size() && going && !meter_.full(); ++k) {
        double& bound = bound_[places[k]];
        bound = std::min(bound, upper[k]);
        if (bound < threshold) continue;
        if (!exact) {
          bound = state_->gain(rows[k]);
          ++work;
        }
        if (bound < threshold) continue;
        const auto gain = static_cast<float>(bound);
        bound = kGone;  // taken, or may not be taken
        if (!meter_.take(rows[k])) continue;
        selection_.items.push_back(rows[k]);
        selection_.score.push_back(gain);
        exact = false;  // the gains of this part are yesterday's now
        going = added(rows[k]);
      }
      context_.count(Work::gain_evaluations, work);
      return going;
    }

    bool added(Index row) {
      state_->add(row);
      context_.progress(share_done(problem_, selection_));
      return context_.checkpoint(selection_.items);
    }

    const Problem& problem_;
    RunContext& context_;
    std::unique_ptr<GreedyState> state_;
    std::vector<Index> rows_;    // ascending
    std::vector<double> bound_;  // beside them
    Meter meter_;
    Selection selection_;
  };

  Params params_;
};

}  // namespace

MASKBENCH_SELECTOR(threshold_greedy, ThresholdGreedy, "takes rows whose gain reaches a falling threshold",
                   "badanidiyuru2014fast", .needs_objective = true, .by_gain = true)

}  // namespace maskbench
