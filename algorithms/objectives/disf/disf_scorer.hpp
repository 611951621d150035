// DiSF's rewards of many masks: f from the sums of a mask's rows and of their products instead of row by row,
// O(S_b d^2 / 2) fused multiply-adds a mask, or from the rows' own Gram matrix where they are fewer than d,
// O(S_b^2 d / 2). Within 1e-10 of the oracle, relative; canonical arithmetic.
#pragma once

#include <optional>
#include <vector>

#include "algorithms/core/objective.hpp"
#include "algorithms/objectives/disf/disf_form.hpp"

namespace maskbench {

class DisfScorer final : public MaskScorer {
 public:
  explicit DisfScorer(const DisfForm& form) : form_(form) {}

  void score(std::span<const Index> batch, const MaskSet& masks, std::span<double> rewards) override;

 private:
  struct Memory {  // of a thread
    std::vector<Index> rows;
    std::vector<double> mean, scale, left, products, packed;
  };

  double reward(Memory& memory) const;
  // In-set: m_kl = G_kl - s_k s_l / n of the raw moments. Nothing where too few digits would be left of a
  // column's variance.
  std::optional<double> by_moments(Memory& memory) const;
  // The squares of Z'Z and of ZZ' have one sum; Z: the rows, standardised.
  double by_gram(Memory& memory) const;
  double one_by_one(Memory& memory) const;

  const DisfForm& form_;
};

}  // namespace maskbench
