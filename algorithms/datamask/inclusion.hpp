// Inclusion probabilities of sampling without replacement, to first order (facts 2c): a row of weight w
// is among the first S of the exponential clocks with probability pi = 1 - exp(-k w), k such that they sum to
// S.
#pragma once

#include <span>
#include <vector>

#include "datasets/core/types.hpp"

namespace maskbench {

// The k of the weights, which are positive; `guess` (where above 0) is a k from near by. picked < weights.
double clock_time(std::span<const double> weight, Index picked, double guess = 0);

// out = pi.
void inclusion_probabilities(std::span<const double> weight, double time, std::span<double> out);

// out = d pi_i / dL_i by the logit L = ln w, at a fixed k: D_i = k w_i exp(-k w_i). Since k keeps the sum,
// the gradient of sum over i of g_i pi_i is D_i (g_i - mean of g weighted by D).
void inclusion_rates(std::span<const double> weight, double time, std::span<double> out);

}  // namespace maskbench
