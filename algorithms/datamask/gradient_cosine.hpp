// How near one step of DATAMASK points to the exact gradient.
#pragma once

#include <optional>

#include "algorithms/core/problem.hpp"
#include "algorithms/datamask/datamask_params.hpp"

namespace maskbench {

// At equal logits: the mean cosine over 32 batches, drawn with the batch, group and log_prob of `params`, and
// facts 1e: sqrt(G / (N_b + G)). Nothing for objectives other than those of quality and pairwise
// similarity, whose exact gradient at equal logits is a formula, and for batches that leave no choice.
struct GradientCosine {
  double measured = 0, theory = 0;
};
std::optional<GradientCosine> gradient_cosine(const Problem& problem, const DatamaskParams& params);

}  // namespace maskbench
