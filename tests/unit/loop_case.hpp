// Small inputs of the device's logit loop, for its tests on the host and on a device.
#pragma once

#include "algorithms/core/registry.hpp"
#include "algorithms/datamask/logits.hpp"
#include "algorithms/kernels/cuda/logit_loop.hpp"
#include "algorithms/kernels/rows.hpp"
#include "tests/unit/random_rows.hpp"

namespace maskbench::test {

struct LoopCase {
  std::string name;
  cuda::StepShape shape;
  std::shared_ptr<const Dataset> data{};
  std::vector<Index> uploaded{};       // rows of the data set
  std::vector<std::int32_t> row_of{};  // places -> uploaded
  std::vector<double> quality{}, linear{}, logits{};
  double eta = 4, pair_factor = 0;
  bool sample_deviation = false;
  Stream batches{5, purpose("loop case batches")}, draws{5, purpose("loop case masks")};

  cuda::LoopInput input() const {
    return {shape, batches, draws, pair_factor, eta, sample_deviation, row_of, linear, logits};
  }

  Index row(Index place) const { return uploaded[row_of[place]]; }

  // 0.3 quality + 0.7 pairwise similarity, by the objective's own scorer.
  std::vector<double> rewards(std::span<const Index> places, const MaskSet& masks) const {
    std::vector<Index> batch;
    for (const Index place : places) batch.push_back(row(place));
    std::vector<double> rewards(masks.masks);
    objective_of(*data, "pairwise_similarity")->scorer()->score(batch, masks, rewards);
    for (Index j = 0; j < masks.masks; ++j) {
      double sum = 0;
      for (Index k = 0; k < masks.picked; ++k) {
        const std::size_t at = masks.items[j * masks.picked + k];
        sum += quality[batch[at]];
      }
      auto& reward = rewards[j];
      reward = 0.3 * sum / static_cast<double>(masks.picked) + 0.7 * reward;
    }
    return rewards;
  }
};

// n of 2n rows are uploaded, in a shuffled order. `spread`: deviation of the first logits, roughly.
inline LoopCase loop_case(std::string name, cuda::StepShape shape, double spread) {
  LoopCase of{std::move(name), shape};
  of.data = random_rows(3, 2 * shape.rows, shape.dims);
  of.uploaded = some_rows(4, 2 * shape.rows, shape.rows);
  for (const Index place : some_rows(5, shape.rows, shape.rows))
    of.row_of.push_back(static_cast<std::int32_t>(place));
  const Stream noise(6, purpose("loop case"));
  for (Index row = 0; row < 2 * shape.rows; ++row)
    of.quality.push_back(noise.uniform(static_cast<std::uint64_t>(row)));
  const auto size = static_cast<double>(shape.picked);
  of.pair_factor = shape.picked < 2 ? 0 : 0.7 / (size * (size - 1));
  for (Index place = 0; place < shape.rows; ++place) {
    const float* x = of.data->features().row(of.row(place));
    of.linear.push_back(0.3 / size * of.quality[of.row(place)] + of.pair_factor * dot(x, x, shape.dims));
    of.logits.push_back(3.4 * spread * (noise.uniform(static_cast<std::uint64_t>(place), 1) - 0.5));
  }
  return of;
}

// Odd sizes on purpose: a batch of all rows, one pick, all picks, more masks than a word or a block holds.
inline std::vector<LoopCase> loop_cases() {
  std::vector<LoopCase> cases;
  cases.push_back(loop_case("ordinary", {3001, 301, 60, 33, 35}, 1));
  cases.push_back(loop_case("wide", {400, 133, 13, 130, 131}, 3));
  cases.push_back(loop_case("whole block", {257, 257, 40, 5, 8}, 0));
  cases.push_back(loop_case("all picked", {64, 32, 32, 4, 3}, 1));
  cases.push_back(loop_case("one pick", {100, 31, 1, 7, 1}, 1));
  cases.push_back(loop_case("two blocks of marks", {40'000, 1'700, 170, 16, 5}, 6));
  cases.back().sample_deviation = true;
  cases.back().eta = 1;
  return cases;
}

}  // namespace maskbench::test
