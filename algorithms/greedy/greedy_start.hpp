// The state that a greedy loop picks by.
#pragma once

#include <algorithm>
#include <memory>
#include <utility>

#include "algorithms/core/objective.hpp"

namespace maskbench {

// Gains a unit of the budget: what a row brings for what it takes. Bounds stay bounds, and gains that never
// grow still never do.
class GainsAUnit final : public GreedyState {
 public:
  GainsAUnit(std::unique_ptr<GreedyState> state, const Problem& problem)
      : state_(std::move(state)), problem_(problem) {}
  double value() const override { return state_->value(); }
  double gain(Index row) const override { return problem_.worth(row, state_->gain(row)); }
  void add(Index row) override { state_->add(row); }
  void swap(Index out, Index in) override { state_->swap(out, in); }
  void gains(std::span<const Index> rows, std::span<double> out) const override {
    state_->gains(rows, out);
    for (std::size_t k = 0; k < rows.size(); ++k) out[k] = problem_.worth(rows[k], out[k]);
  }
  double upper(Index row) const override { return problem_.worth(row, state_->upper(row)); }
  bool uppers(std::span<const Index> rows, std::span<double> out) const override {
    const bool exact = state_->uppers(rows, out);
    for (std::size_t k = 0; k < rows.size(); ++k) out[k] = problem_.worth(rows[k], out[k]);
    return exact;
  }

 private:
  std::unique_ptr<GreedyState> state_;
  const Problem& problem_;
};

// Of U = the kept rows. `lazy`: upper() will be asked for most rows, gain() for few.
inline std::unique_ptr<GreedyState> greedy_start(const Problem& problem, bool lazy = false) {
  auto state = problem.objective->start(GreedyStart::of(problem, lazy));
  if (!problem.a_unit) return state;
  return std::make_unique<GainsAUnit>(std::move(state), problem);
}

}  // namespace maskbench
