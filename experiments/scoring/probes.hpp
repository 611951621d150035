// Numbers about a problem, or about one step of a method on it, that no answer tells.
#pragma once

#include <optional>
#include <span>

#include "datasets/core/params.hpp"
#include "experiments/problem/problem_setup.hpp"

namespace maskbench {

// Spearman's rank correlation of each row's quality with what it would add to the diversity of a fixed random
// set of S rows; positive: the two terms want the same rows. Nothing without a quality, without a diversity,
// or where the gains would take too long (kMostWork).
std::optional<double> quality_correlation(const ProblemSetup& setup);

// How near one step of DATAMASK points to the exact gradient, at equal logits: the mean cosine over 32
// batches, drawn with the batch, group and log_prob of `selector`, and facts 1e: sqrt(G / (N_b + G)).
// Nothing for other selectors, and for objectives other than those of quality and pairwise similarity, whose
// exact gradient at equal logits is a formula.
struct GradientCosine {
  double measured = 0, theory = 0;
};
std::optional<GradientCosine> gradient_cosine(const ProblemSetup& setup, const Spec& selector);

double spearman(std::span<const double> a,
                std::span<const double> b);  // ties share their mean rank; 0 where one is constant

}  // namespace maskbench
