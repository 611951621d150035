// stochastic_greedy: greedy that looks at a fresh random sample of the rows at every pick.
//
//   U_t = U_{t-1} + argmax over i in R_t of f(U_{t-1} + i) - f(U_{t-1}),
//   R_t: r random rows not in U_{t-1},  r = (n/S) ln(1/eps)
//
// Source: mirzasoleiman2015lazier, Algorithm 1.
// Guarantee: 1 - 1/e - eps of the optimum in expectation where f is monotone and submodular; none elsewhere,
// where it is a heuristic all the same. Cost: n ln(1/eps) gains in all, whatever S is. Memory: the state's,
// and 8 bytes a candidate.
//
//   code    paper  meaning
//   left    V \ A  candidates not picked yet; the sample is brought to its front
//   sample  R, s   rows looked at in this pick
//
// Departs from the source: a sample is drawn without replacement, by a partial Fisher-Yates shuffle. Where
// quotas keep out all rows of a sample, another one is drawn. gain_evaluations counts bounds and gains alike.

#include <algorithm>
#include <cmath>

#include "algorithms/core/selector.hpp"
#include "algorithms/greedy/best_gain.hpp"
#include "algorithms/greedy/greedy_start.hpp"
#include "algorithms/greedy/take_best.hpp"

namespace maskbench {
namespace {

struct StochasticGreedyParams {
  double epsilon = 0.01;

  template <class Visit>
  void fields(Visit&& visit) {
    visit("epsilon", epsilon, between(1e-12, 0.999), "what the guarantee gives up; smaller: larger samples");
  }
};

class StochasticGreedy final : public Selector {
 public:
  using Params = StochasticGreedyParams;
  explicit StochasticGreedy(const Params& params) : params_(params) {}

  Selection select(const Problem& problem, RunContext& context) override {
    const auto state = context.starting([&] { return greedy_start(problem, true); });
    const Stream stream = context.random(purpose("stochastic_greedy samples"));
    std::vector<Index> left(problem.candidates.begin(), problem.candidates.end());
    const std::size_t wanted = sample_size(problem);
    Selection selection;
    selection.why = Stop::interrupted;
    Meter meter(problem);
    for (std::uint64_t draw = 0; !meter.full() && !left.empty(); ++draw) {
      std::size_t sample = std::min(wanted, left.size());
      for (std::size_t k = 0; k < sample; ++k)
        std::swap(left[k], left[k + stream.below(left.size() - k, k, draw)]);
      context.count(Work::keys_drawn, static_cast<std::int64_t>(sample));
      while (sample > 0 && !meter.full()) {
        if (context.stopping()) return selection;
        const BestGain best = best_gain(*state, std::span(left).first(sample), context);
        const Index row = left[best.place];
        left[best.place] = left[--sample];
        left[sample] = left.back();
        left.pop_back();
        if (!meter.take(row)) continue;
        selection.items.push_back(row);
        selection.score.push_back(static_cast<float>(best.gain));
        state->add(row);
        context.progress(share_done(problem, selection));
        if (!context.checkpoint(selection.items)) return selection;
        break;
      }
    }
    selection.why = meter.full() ? Stop::filled : Stop::exhausted;
    return selection;
  }

  std::int64_t scratch_bytes(const Problem& problem) const override {
    const auto n = static_cast<Index>(problem.candidates.size());
    return 8 * n + 16 * static_cast<std::int64_t>(sample_size(problem)) + problem.objective->lazy_bytes(n);
  }

 private:
  std::size_t sample_size(const Problem& problem) const {
    const double share = 1.0 / std::max(problem.expected_share(), 1e-300);
    const double rows = std::ceil(share * std::log(1 / params_.epsilon));
    return static_cast<std::size_t>(
        std::clamp(rows, 1.0, std::max(1.0, static_cast<double>(problem.candidates.size()))));
  }

  Params params_;
};

}  // namespace

MASKBENCH_SELECTOR(stochastic_greedy, StochasticGreedy,
                   "greedy over a random sample of the rows at every pick", "mirzasoleiman2015lazier",
                   .stochastic = true, .needs_objective = true, .by_gain = true)

}  // namespace maskbench
