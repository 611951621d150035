// The parts of DATAMASK around its step: pruning, first logits, batch sizes, advantages, and the answer from the logits.
#pragma once

#include <span>
#include <vector>

#include "algorithms/core/objective.hpp"
#include "algorithms/core/problem.hpp"
#include "algorithms/datamask/datamask_params.hpp"
#include "datasets/core/random.hpp"

namespace maskbench {

class BlockSlopes;

// Candidates left, ascending, once the worst `share` by quality are dropped (ties: the larger id goes first); at least the
// rows to pick stay. All of them where the problem has no quality.
std::vector<Index> prune_by_quality(const Problem& problem, double share);

// `slopes` of the block: for warm starts, else null. A warm start has mean 0 and deviation `warmth`.
std::vector<double> initial_logits(const Problem& problem, std::span<const Index> rows, const DatamaskParams& params,
                                   const BlockSlopes* slopes);
bool wants_slopes(const DatamaskParams& params);  // of the block

// Rows that a step draws (N_b) and that each of its masks holds (S_b).
struct BatchSize {
  Index rows = 0, picked = 0;
};
BatchSize batch_size(Index block_rows, Index budget, const DatamaskParams& params);

// eta before the schedule. A row whose score is one deviation from the mean changes its logit by about eta sqrt(S_b)/N_b a step
// that it takes part in (paper-facts 1f), which are E N_b/n steps: so `travel` takes eta = travel n / (E sqrt(S_b)).
double step_size(const DatamaskParams& params, const BatchSize& size, Index block_rows);
// The share of it left at a step.
double schedule_at(const DatamaskParams& params, std::uint64_t step);

// A block's part of `budget`: proportional to its rows, at least 1. `blocks` = 1: all of it.
Index share_of(Index budget, Index block_rows, Index all_rows, Index blocks);

std::vector<Index> gather(std::span<const Index> rows, std::span<const Index> places);

// exp(L - max L) over the batch.
void batch_weights(std::span<const double> logits, std::span<const Index> places, std::vector<double>& weight);

// Rewards become advantages: (f - mean) / (sd + 1e-12). False where they do not vary.
bool normalise(std::span<double> rewards, bool sample_deviation);

// out = sum_j A_j grad ln P(M_j), as params.log_prob has it.
void log_prob_gradient(const DatamaskParams& params, const MaskSet& masks, std::span<const double> weight,
                       std::span<const double> advantage, std::span<double> out);

// The rows of highest logit, ascending ids; ties by the smaller id.
std::vector<Index> highest(std::span<const Index> rows, std::span<const double> logits, Index count);

// A row's place in its block's order, as a share of the block, so that blocks can be merged.
struct Ranked {
  double rank;
  Index row;
};
// Appends a block in order: by one draw from the logits where `last` is given, else by the logits themselves.
void rank_block(std::span<const Index> rows, std::span<const double> logits, const Stream* last, std::vector<Ranked>& ranking);
Selection take_ranked(const Problem& problem, std::vector<Ranked> ranking);

// Counts probes without a better value.
class Patience {
 public:
  explicit Patience(std::int64_t probes) : probes_(probes) {}
  bool spent(double value) {
    if (first_ || value > best_) {
      best_ = value;
      first_ = false;
      since_ = 0;
      return false;
    }
    return ++since_ >= probes_;
  }

 private:
  std::int64_t probes_, since_ = 0;
  double best_ = 0;
  bool first_ = true;
};

}  // namespace maskbench
