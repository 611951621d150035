// An objective less a price for every unit of the budget that its rows take: what makes S rows fit into a
// budget in tokens (decision 0025).
//
//   f_mu(U) = f(U) - mu sum of the lengths over U,  at sets of S rows
#pragma once

#include <vector>

#include "algorithms/core/problem.hpp"
#include "algorithms/objectives/weighted_sum.hpp"

namespace maskbench {

class Priced final : public WeightedSum {
 public:
  // `size`: S; `price`: mu >= 0, of a unit of the problem's budget. The objective outlives it.
  Priced(const Objective& objective, const Problem& problem, Index size, double price)
      : WeightedSum(negative_lengths(problem), price * static_cast<double>(size), &objective, 1.0) {
    const auto form = objective.quadratic_form();
    if (!form) return;
    pair_weight_ = form->pair_weight;
    row_score_.resize(quality_.size());
    for (std::size_t row = 0; row < row_score_.size(); ++row) {
      const double own = form->quality.empty() ? 0.0 : form->quality_weight * form->quality[row];
      row_score_[row] = own + a_ * quality_[row];
    }
  }

  std::optional<QuadraticForm> quadratic_form() const override {
    if (row_score_.empty()) return std::nullopt;
    return QuadraticForm{row_score_, 1, pair_weight_};
  }
  std::span<const double> quality() const override { return other_->quality(); }
  const Objective* diversity() const override { return other_->diversity(); }

 private:
  static std::vector<double> negative_lengths(const Problem& problem) {
    std::vector<double> lengths(static_cast<std::size_t>(problem.data.size()));
    for (Index row = 0; row < problem.data.size(); ++row)
      lengths[static_cast<std::size_t>(row)] = -static_cast<double>(problem.length_of(row));
    return lengths;
  }

  std::vector<double> row_score_;  // n; empty: the objective is not of that form
  double pair_weight_ = 0;
};

}  // namespace maskbench
