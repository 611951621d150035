// The analytic gradient of an objective over the rows of a block: what warm starts and the control variate
// rest on. Of the objective's relaxation, or where it has none (in-set DiSF) of its extension.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "algorithms/core/objective.hpp"

namespace maskbench {

class BlockSlopes {
 public:
  // For sets of `budget` of the `rows`, which stay where they are.
  BlockSlopes(const Problem& problem, std::span<const Index> rows, Index budget);
  BlockSlopes(const BlockSlopes&) = delete;  // problem_ is pointed to
  BlockSlopes& operator=(const BlockSlopes&) = delete;

  bool known() const {
    return relaxation_ != nullptr || extension_ != nullptr;
  }  // false: the objective has none
  Index rows() const { return static_cast<Index>(problem_.candidates.size()); }
  Index budget() const { return problem_.budget.amount; }

  std::vector<double> at(std::span<const double> inclusion) const;
  std::vector<double> at_even_chances() const;  // inclusion S/n for all: one_shot's score
  // At the fractional optimum of the relaxation, or of the surrogate where there is no relaxation.
  std::vector<double> at_optimum() const;

 private:
  Problem problem_;  // of the block alone
  std::unique_ptr<Relaxation> relaxation_;
  std::unique_ptr<Extension> extension_;
};

}  // namespace maskbench
