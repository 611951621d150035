// Numbers about a problem that no answer tells.
#pragma once

#include <optional>
#include <span>

#include "experiments/problem/problem_setup.hpp"

namespace maskbench {

// Spearman's rank correlation of each row's quality with what it would add to the diversity of a fixed random
// set of S rows; positive: the two terms want the same rows. Nothing without a quality, without a diversity,
// or where the gains would take too long (kMostWork).
std::optional<double> quality_correlation(const ProblemSetup& setup);

double spearman(std::span<const double> a,
                std::span<const double> b);  // ties share their mean rank; 0 where one is constant

}  // namespace maskbench
