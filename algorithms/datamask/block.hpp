// The random blocks that DATAMASK learns apart, and the sizes of their steps.
#pragma once

#include <vector>

#include "algorithms/core/problem.hpp"
#include "algorithms/core/run_context.hpp"
#include "algorithms/datamask/datamask_params.hpp"
#include "datasets/core/random.hpp"

namespace maskbench {

// Rows that a step draws (N_b) and that each of its masks holds (S_b).
struct BatchSize {
  Index rows = 0, picked = 0;
};
BatchSize batch_size(Index block_rows, Index budget, const DatamaskParams& params);

// eta before the schedule. A row whose score is one deviation from the mean changes its logit by about eta
// sqrt(S_b)/N_b a step that it takes part in (facts 1f), which are E N_b/n steps: so `travel` takes eta
// = travel n / (E sqrt(S_b)).
double step_size(const DatamaskParams& params, const BatchSize& size, Index block_rows);
// The share of it left at a step.
double schedule_at(const DatamaskParams& params, std::uint64_t step);

struct Block {
  Index number = 0, of = 1;         // of all blocks
  std::vector<Index> places, rows;  // among the survivors; of the data set; ascending both
  Index budget = 0;
  BatchSize size;
  double eta = 0;
  Stream batches, masks, last;  // random streams: subsets, their masks, the final mask
};

// How many blocks `rows` survivors make, and a block's part of `budget`: proportional to its rows, at
// least 1.
Index block_count(Index rows, const DatamaskParams& params);
Index share_of(Index budget, Index block_rows, Index all_rows, Index blocks);

std::vector<Block> random_blocks(const Problem& problem, const std::vector<Index>& survivors,
                                 const DatamaskParams& params, RunContext& context);

// Of learning them, beside the problem's data.
std::int64_t learning_bytes(const Problem& problem, const DatamaskParams& params);

}  // namespace maskbench
