// lazy_greedy: greedy's picks where gains never grow, with few gains computed.
//
//   U_t = U_{t-1} + argmax over i of f(U_{t-1} + i) - f(U_{t-1}),
//   from a heap of bounds  b_i >= f(U_{t-1} + i) - f(U_{t-1})
//
// Source: minoux1978accelerated: under a submodular f a gain of an earlier pick bounds today's. Two levels of
// laziness here: a stale bound is first lowered by the state's upper(), which is cheap, and only what is then
// still on top is computed. Guarantee: greedy's, with greedy's picks, ties included: the heap has the smaller
// id first among equals, so that a row whose bound equals the best gain is computed before a larger id is
// picked. Cost: one bound a candidate, then a few bounds and gains a pick (how few depends on the data; all
// of them at worst). Memory: the state's, and 32 bytes a candidate.
//
//   code    meaning
//   bound   b_i, never below the gain of today
//   looked  pick at which upper() was last asked for;  exact: the same of gain()
//
// gain_evaluations counts bounds and gains alike.
// Departs from the source: stale bounds are lowered in batches that grow with their number (a fifth of those
// seen in this pick, so that no more than a fifth is looked at in vain), since a batch is spread over
// threads.

#include <algorithm>
#include <limits>
#include <utility>

#include "algorithms/core/selector.hpp"
#include "algorithms/greedy/greedy_start.hpp"
#include "algorithms/greedy/take_best.hpp"

namespace maskbench {
namespace {

constexpr std::size_t kMostBounds = 2048;  // between two looks at whether to stop

struct Bounded {
  double bound;
  Index row;
  Index looked, exact;
};

bool worse_bound(const Bounded& a, const Bounded& b) {
  return a.bound != b.bound ? a.bound < b.bound : a.row > b.row;
}

class LazyGreedy final : public Selector {
 public:
  std::optional<std::string> refuses(const Problem& problem) const override {
    if (!problem.objective->traits().submodular)
      return "needs a submodular objective: elsewhere a gain may grow";
    return std::nullopt;
  }

  Selection select(const Problem& problem, RunContext& context) override {
    const auto state = context.starting([&] { return greedy_start(problem, true); });
    Heap heap(problem.candidates);
    Selection selection;
    Meter meter(problem);
    selection.why = Stop::interrupted;
    for (Index pick = 1; !meter.full() && !heap.empty();) {
      if (!heap.settle(*state, pick, context)) return selection;
      const Bounded best = heap.pop();
      if (!meter.take(best.row)) continue;
      selection.items.push_back(best.row);
      selection.score.push_back(static_cast<float>(best.bound));
      state->add(best.row);
      ++pick;
      context.progress(share_done(problem, selection));
      if (!context.checkpoint(selection.items)) return selection;
    }
    selection.why = meter.full() ? Stop::filled : Stop::exhausted;
    return selection;
  }

  std::int64_t scratch_bytes(const Problem& problem) const override {
    const auto n = static_cast<Index>(problem.candidates.size());
    return 32 * n + problem.objective->lazy_bytes(n);
  }

 private:
  class Heap {
   public:
    explicit Heap(std::span<const Index> rows) {
      for (const Index row : rows) rows_.push_back({std::numeric_limits<double>::infinity(), row, 0, 0});
    }
    bool empty() const { return rows_.empty(); }
    Bounded pop() {
      std::pop_heap(rows_.begin(), rows_.end(), worse_bound);
      const Bounded top = rows_.back();
      rows_.pop_back();
      return top;
    }

    // Until the top's gain is today's: it is the best then. False: told to stop.
    bool settle(const GreedyState& state, Index pick, RunContext& context) {
      std::size_t seen = 0;
      while (rows_.front().exact != pick) {
        if (context.stopping()) return false;
        if (rows_.front().looked == pick)
          compute_top(state, pick);
        else
          seen += look(state, pick, std::min(kMostBounds, 1 + seen / 4));
      }
      context.count(Work::gain_evaluations, std::exchange(work_, 0));
      return true;
    }

   private:
    void push(const Bounded& entry) {
      rows_.push_back(entry);
      std::push_heap(rows_.begin(), rows_.end(), worse_bound);
    }

    void compute_top(const GreedyState& state, Index pick) {
      Bounded top = pop();
      top.bound = state.gain(top.row);
      top.exact = pick;
      push(top);
      ++work_;
    }

    // Lowers up to `count` stale bounds from the top.
    std::size_t look(const GreedyState& state, Index pick, std::size_t count) {
      stale_.clear();
      ids_.clear();
      while (stale_.size() < count && !empty() && rows_.front().looked != pick) {
        stale_.push_back(pop());
        ids_.push_back(stale_.back().row);
      }
      bounds_.resize(ids_.size());
      const bool exact = state.uppers(ids_, bounds_);
      for (std::size_t k = 0; k < ids_.size(); ++k) {
        stale_[k].bound = exact ? bounds_[k] : std::min(stale_[k].bound, bounds_[k]);
        stale_[k].looked = pick;
        if (exact) stale_[k].exact = pick;
        push(stale_[k]);
      }
      work_ += static_cast<std::int64_t>(ids_.size());
      return ids_.size();
    }

    std::vector<Bounded> rows_, stale_;  // the heap; what was taken off it
    std::vector<Index> ids_;
    std::vector<double> bounds_;
    std::int64_t work_ = 0;
  };
};

}  // namespace

MASKBENCH_SELECTOR(lazy_greedy, LazyGreedy, "greedy's picks from a heap of stale bounds",
                   "minoux1978accelerated", .needs_objective = true, .by_gain = true)

}  // namespace maskbench
