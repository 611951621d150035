// The harness scores every answer itself: the objective's oracle, metrics, and what a random answer would
// have had.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "algorithms/metrics/metrics.hpp"
#include "experiments/problem/problem_setup.hpp"
#include "experiments/records/record.hpp"
#include "experiments/scoring/certificate.hpp"

namespace maskbench {

struct Evaluation {
  Index rows = 0;
  double value = 0;  // may be non-finite: the caller says `failed`
  std::map<std::string, double> metrics;
  std::optional<RandomFloor> random;  // nothing: too costly, a warning says so
  std::optional<double> bound;
  std::string bound_reason;                // where there is no bound
  std::optional<Certificate> certificate;  // of a bound that was searched for here
  std::optional<double> bound_seconds;     // of that search
  std::optional<double> normalised;        // (value - random) / (bound - random)
  std::vector<std::string> warnings;
};

// What an earlier answer to the same problem has told already.
struct KnownProblem {
  std::optional<RandomFloor> random;
  std::optional<double> bound;
  std::string no_bound;  // the reason why there is none
};

// `items`: the whole set, kept rows included. What is known is not computed again. `metrics` come
// beside the value, what it is held to, and the merged quality.
Evaluation evaluate(const ProblemSetup& setup, std::span<const Index> items, const KnownProblem& known = {},
                    const MetricChoice& metrics = {});

// Exact where the objective knows a formula and every set of S rows is feasible; else the mean over
// kFloorDraws random answers, fixed per data digest and S, with as many rows as `items` has (the answer, kept
// rows included) where the budget does not say how many.
std::optional<RandomFloor> random_floor(const ProblemSetup& setup, std::span<const Index> items);

// Parts of the objective that a convergence curve shows beside its value: mean_quality and diversity, where
// there are any.
std::map<std::string, double> components(const ProblemSetup& setup, std::span<const Index> items);

// Bytes that evaluate() will take for a moment, beside the data set.
std::int64_t score_bytes(const ProblemSetup& setup);

inline constexpr int kFloorDraws = 32;
inline constexpr double kMostWork = 2e11;       // of one number that repeats the oracle
inline constexpr double kMostPointWork = 2e10;  // of one point of a convergence curve

}  // namespace maskbench
