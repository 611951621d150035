// The best of many gains with few of them computed: bounds rule out the rest.
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <vector>

#include "algorithms/core/objective.hpp"
#include "algorithms/core/run_context.hpp"

namespace maskbench {

// Where one pick stands. `left` is ascending; what is asked for is the row of largest gain, ties: the smaller
// id, as take_best() has it over gains of all rows.
class Screen {
 public:
  // May be told to stop between chunks: false.
  bool start(const GreedyState& state, std::span<const Index> left, RunContext& context) {
    value_.resize(left.size());
    exact_.assign(left.size(), 0);
    bool exact = false;
    for (std::size_t first = 0; first < left.size(); first += kChunk) {
      if (context.stopping()) return false;
      const std::size_t count = std::min(kChunk, left.size() - first);
      exact = state.uppers(left.subspan(first, count), std::span(value_).subspan(first, count));
      context.count(exact ? Work::gain_evaluations : Work::rows_read, static_cast<std::int64_t>(count));
      std::fill_n(exact_.begin() + static_cast<std::ptrdiff_t>(first), count, static_cast<char>(exact));
    }
    group_ = kFirstGroup;
    return true;
  }

  // The place in `left`, and its gain; nothing: told to stop. Call again after drop().
  std::optional<std::size_t> best(const GreedyState& state, std::span<const Index> left,
                                  RunContext& context) {
    while (true) {
      std::size_t leader = left.size();
      open_.clear();
      for (std::size_t c = 0; c < left.size(); ++c) {
        if (exact_[c] && (leader == left.size() || value_[c] > value_[leader])) leader = c;
      }
      for (std::size_t c = 0; c < left.size(); ++c) {
        if (!exact_[c] && (leader == left.size() || value_[c] >= value_[leader])) open_.push_back(c);
      }
      if (open_.empty()) return leader;
      if (context.stopping()) return std::nullopt;
      const std::size_t count = std::min(group_, open_.size());
      std::nth_element(open_.begin(), open_.begin() + static_cast<std::ptrdiff_t>(count) - 1, open_.end(),
                       [&](std::size_t a, std::size_t b) {
                         return value_[a] != value_[b] ? value_[a] > value_[b] : a < b;
                       });
      rows_.clear();
      for (std::size_t k = 0; k < count; ++k) rows_.push_back(left[open_[k]]);
      gains_.resize(count);
      state.gains(rows_, gains_);
      context.count(Work::gain_evaluations, static_cast<std::int64_t>(count));
      for (std::size_t k = 0; k < count; ++k) {
        value_[open_[k]] = gains_[k];
        exact_[open_[k]] = 1;
      }
      group_ = std::min(2 * group_, kChunk);
    }
  }

  double value(std::size_t place) const { return value_[place]; }
  void drop(std::size_t place) {
    value_.erase(value_.begin() + static_cast<std::ptrdiff_t>(place));
    exact_.erase(exact_.begin() + static_cast<std::ptrdiff_t>(place));
  }

 private:
  static constexpr std::size_t kChunk = 2048, kFirstGroup = 8;
  std::vector<double> value_;  // gains where exact, bounds elsewhere
  std::vector<char> exact_;
  std::size_t group_ = kFirstGroup;
  std::vector<std::size_t> open_;
  std::vector<Index> rows_;
  std::vector<double> gains_;
};

}  // namespace maskbench
