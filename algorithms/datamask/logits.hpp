// The parts of DATAMASK around its step: pruning, first logits, advantages, and the answer from the logits.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "algorithms/core/objective.hpp"
#include "algorithms/core/problem.hpp"
#include "algorithms/datamask/datamask_params.hpp"
#include "datasets/core/random.hpp"

namespace maskbench {

class BlockSlopes;

// Candidates left, ascending, once the worst `share` by quality are dropped (ties: the larger id goes first);
// at least the rows to pick stay. All of them where the problem has no quality.
std::vector<Index> prune_by_quality(const Problem& problem, double share);

// The objective's slopes over these rows; null where no parameter wants them or the objective has none.
std::unique_ptr<BlockSlopes> slopes_of(const Problem& problem, std::span<const Index> rows, Index budget,
                                       const DatamaskParams& params);
bool wants_slopes(const DatamaskParams& params);

// One a row. A warm start, which needs `slopes`, has mean 0 and deviation `warmth`.
std::vector<double> initial_logits(const Problem& problem, std::span<const Index> rows,
                                   const DatamaskParams& params, const BlockSlopes* slopes);

std::vector<Index> gather(std::span<const Index> rows, std::span<const Index> places);

// exp(L - max L) over the batch.
void batch_weights(std::span<const double> logits, std::span<const Index> places,
                   std::vector<double>& weight);

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
void rank_block(std::span<const Index> rows, std::span<const double> logits, const Stream* last,
                std::vector<Ranked>& ranking);
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
