#include "algorithms/datamask/block.hpp"

#include <algorithm>
#include <cmath>

#include "algorithms/core/objective.hpp"
#include "algorithms/datamask/logits.hpp"
#include "algorithms/datamask/rounded_scorer.hpp"
#include "algorithms/kernels/random_subset.hpp"

namespace maskbench {
namespace {

constexpr Index kBlockRows = 1000000;  // where `blocks` leaves it open

}  // namespace

BatchSize batch_size(Index block_rows, Index budget, const DatamaskParams& params) {
  const auto n = static_cast<double>(block_rows);
  const auto s = static_cast<double>(std::max<Index>(budget, 1));
  const double least = std::ceil(static_cast<double>(params.least_picked) * n / s);
  const auto rows = static_cast<Index>(std::min(std::max(std::ceil(params.batch * n), least), n));
  const auto picked = static_cast<Index>(std::llround(static_cast<double>(rows) * s / n));
  return {rows, std::clamp(picked, Index{1}, rows)};
}

double step_size(const DatamaskParams& params, const BatchSize& size, Index block_rows) {
  const auto group = static_cast<double>(params.group_size);
  const double factor = params.baseline == datamask::Baseline::leave_one_out ? group / (group - 1) : 1.0;
  if (params.eta != 0) return factor * params.eta;
  if (params.travel == 0) return factor * (size.rows <= 10000 ? 4.0 : 8.0);
  return factor * params.travel * static_cast<double>(block_rows) /
         (static_cast<double>(params.steps) * std::sqrt(static_cast<double>(size.picked)));
}

double schedule_at(const DatamaskParams& params, std::uint64_t step) {
  return params.schedule == datamask::Schedule::linear
             ? 1 - static_cast<double>(step) / static_cast<double>(params.steps)
             : 1.0;
}

Index block_count(Index rows, const DatamaskParams& params) {
  return std::min(rows, params.blocks != 0 ? params.blocks : (rows + kBlockRows - 1) / kBlockRows);
}

Index share_of(Index budget, Index block_rows, Index all_rows, Index blocks) {
  if (blocks == 1) return budget;
  const double part =
      static_cast<double>(budget) * static_cast<double>(block_rows) / static_cast<double>(all_rows);
  return std::clamp(static_cast<Index>(std::llround(part)), Index{1}, block_rows);
}

std::vector<Block> random_blocks(const Problem& problem, const std::vector<Index>& survivors,
                                 const DatamaskParams& params, RunContext& context) {
  const auto n = static_cast<Index>(survivors.size());
  const Index count = block_count(n, params);
  std::vector<Block> blocks;
  for (std::vector<Index>& places : random_partition(context.random(purpose("datamask blocks")), n, count)) {
    const auto number = static_cast<std::uint64_t>(blocks.size());
    const auto stream = [&](const char* of) { return context.random(purpose(of)).split(number); };
    const auto block_rows = static_cast<Index>(places.size());
    const Index budget = share_of(problem.rows_to_pick(), block_rows, n, count);
    const BatchSize size = batch_size(block_rows, budget, params);
    std::vector<Index> rows = gather(survivors, places);
    blocks.push_back({static_cast<Index>(number), count, std::move(places), std::move(rows), budget, size,
                      step_size(params, size, block_rows), stream("datamask batches"),
                      stream("datamask masks"), stream("datamask final mask")});
  }
  return blocks;
}

std::int64_t learning_bytes(const Problem& problem, const DatamaskParams& params) {
  const auto n = static_cast<std::int64_t>(problem.candidates.size());
  const auto batch = static_cast<std::int64_t>(params.batch * static_cast<double>(n)) + 1;
  const auto picked = static_cast<std::int64_t>(problem.expected_share() * static_cast<double>(batch)) + 2;
  const auto dims = static_cast<std::int64_t>(problem.data.features().cols);
  const std::int64_t slopes =
      wants_slopes(params) ? 64 * n + 32 * dims * dims + problem.objective->relax_bytes(problem) : 0;
  const Index blocks = block_count(n, params);
  const std::int64_t rounded = n == 0 ? 0 : RoundedScorer::bytes((n + blocks - 1) / blocks, dims, params);
  const bool prunes = params.prune > 0 && !problem.quality.empty();
  const auto left = prunes ? static_cast<std::int64_t>((1 - params.prune) * static_cast<double>(n)) : n;
  return std::max(32 * n, 72 * std::max(left, problem.rows_to_pick())) + 64 * batch +
         params.group_size * (8 * picked + 4 * dims) + slopes + rounded;
}

}  // namespace maskbench
