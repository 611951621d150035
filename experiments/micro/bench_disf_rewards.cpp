// DiSF's rewards of a DATAMASK step's masks beside BLAS's symmetric product of the same shape, a mask a call:
// d x d from S_b rows, or S_b x S_b from d columns where a mask has fewer rows. float64 as here; float32 for
// comparison.

#include <algorithm>
#include <memory>

#include "algorithms/core/registry.hpp"
#include "algorithms/kernels/gumbel_topk.hpp"
#include "algorithms/kernels/random_subset.hpp"
#include "datasets/core/dataset.hpp"
#include "experiments/micro/limits.hpp"

namespace maskbench::micro {
namespace {

constexpr Index kRows = 20'000, kMasks = 32;

void add_size(Index dims, Index picked) {
  DatasetBuilder builder("noise", kRows);
  builder.features("x", noise(kRows * dims), dims, true);
  const std::shared_ptr<const Dataset> data = builder.build();
  const std::shared_ptr<const Objective> objective = make_objective("disf", {*data, {}, picked});
  const std::shared_ptr<MaskScorer> scorer = objective->scorer();
  const Index batch = 10 * picked;
  const std::vector<Index> rows = random_subset(Stream(1, purpose("bench batches")), 0, kRows, batch);
  const std::vector<double> weight(rows.size(), 1.0);
  MaskSet masks;
  MaskSampler().draw({1, purpose("bench masks")}, 0, weight, kMasks, picked, false, masks);
  const Index side = std::min(dims, picked), depth = std::max(dims, picked);
  add("disf_rewards/d:" + std::to_string(dims) + "/picked:" + std::to_string(picked),
      [=, rewards = std::vector<double>(kMasks), keep = std::pair(data, objective)]() mutable {
        scorer->score(rows, masks, rewards);
      },
      {dsyrk(side, depth, kMasks)}, {.share = 0.6}, {ssyrk(side, depth, kMasks)});
}

}  // namespace
}  // namespace maskbench::micro

int main(int argc, char** argv) {
  using namespace maskbench::micro;
  return run(argc, argv, [] {
    add_size(384, 1'000);
    add_size(384, 100);
    add_size(768, 500);
  });
}
