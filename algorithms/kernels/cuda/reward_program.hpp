// What rewards.hpp promises, for whatever machine runs bodies.
#pragma once

#include <numeric>

#include "algorithms/kernels/cuda/reward_bodies.hpp"
#include "algorithms/kernels/cuda/rewards.hpp"
#include "algorithms/kernels/cuda/step_program.hpp"
#include "algorithms/kernels/rows.hpp"

namespace maskbench::cuda {

inline std::vector<std::int32_t> places_to(Index count) {
  std::vector<std::int32_t> places(count);
  std::iota(places.begin(), places.end(), 0);
  return places;
}

inline void check_sets(const GivenSets& sets, std::size_t batch) {
  MASKBENCH_CHECK(sets.masks > 0 && sets.picked > 0 &&
                      static_cast<std::int64_t>(sets.items.size()) == sets.masks * sets.picked,
                  "G x S_b positions");
  for (const std::int32_t item : sets.items) {
    MASKBENCH_CHECK(0 <= item && static_cast<std::size_t>(item) < batch, "positions of the batch");
  }
}

template <class Machine>
std::vector<double> pairwise_rewards_on(MatrixView features, std::span<const Index> batch,
                                        const GivenSets& sets) {
  check_sets(sets, batch.size());
  const auto n = static_cast<std::int64_t>(batch.size());
  const typename Machine::Rows rows(features, batch);
  Machine machine;
  GivenMasks::View given;
  StepView& view = given.step;
  view.shape = {n, n, sets.picked, sets.masks, features.cols};
  const auto size = static_cast<double>(sets.picked);
  view.pair_factor = sets.picked < 2 ? 0.0 : 1 / (size * (size - 1));
  std::vector<double> linear;
  for (const Index row : batch)
    linear.push_back(view.pair_factor * dot(features.row(row), features.row(row), features.cols));
  view.features = rows.data();
  view.linear = machine.copy_in(std::span<const double>(linear));
  for_each_reward_buffer(view, [&](auto*& pointer, std::int64_t count) { machine.allocate(pointer, count); });
  machine.overwrite(view.batch_row, std::span<const std::int32_t>(places_to(n)));
  given.items = machine.copy_in(sets.items);
  machine.template run<GivenMasks>(given, sets.masks);
  run_rewards(machine, view);
  return machine.copy_out(view.reward, sets.masks);
}

template <class Machine>
std::vector<double> disf_rewards_on(MatrixView features, std::span<const Index> batch,
                                    const GivenSets& sets) {
  check_sets(sets, batch.size());
  const typename Machine::Rows rows(features, batch);
  Machine machine;
  DisfView view;
  view.masks = sets.masks;
  view.picked = sets.picked;
  view.dims = features.cols;
  view.pitch = rows.pitch();
  view.epsilon = 1e-8;
  view.features = rows.data();
  view.items = machine.copy_in(sets.items);
  machine.allocate(view.mean, sets.masks * view.dims);
  machine.allocate(view.weight, sets.masks * view.dims);
  machine.allocate(view.tile, sets.masks * tile_pairs(view.tiles()));
  machine.allocate(view.reward, sets.masks);
  machine.template run<DisfMoments>(view, sets.masks * view.column_blocks());
  machine.template run<DisfTiles>(view, sets.masks * tile_pairs(view.tiles()));
  machine.template run<DisfRewards>(view, sets.masks);
  return machine.copy_out(view.reward, sets.masks);
}

template <class Machine>
std::vector<double> row_products_on(MatrixView features, std::span<const Index> chosen,
                                    std::span<const double> y) {
  MASKBENCH_CHECK(static_cast<Index>(y.size()) == features.cols, "one entry a column");
  const typename Machine::Rows rows(features, chosen);
  Machine machine;
  RowDots::View view;
  view.rows = rows.count();
  view.pitch = rows.pitch();
  view.features = rows.data();
  std::vector<double> padded_y(y.begin(), y.end());
  padded_y.resize(rows.pitch(), 0.0);
  view.y = machine.copy_in(std::span<const double>(padded_y));
  machine.allocate(view.out, view.rows);
  machine.template run<RowDots>(view, ceil_div(view.rows, RowDots::kRows));
  return machine.copy_out(view.out, view.rows);
}

template <class Machine>
std::vector<double> facility_location_gains_on(MatrixView features, std::span<const Index> reference,
                                               std::span<const Index> candidates,
                                               std::span<const double> best) {
  MASKBENCH_CHECK(best.size() == reference.size() && !reference.empty() && !candidates.empty(),
                  "one best a reference row");
  std::vector<Index> both(reference.begin(), reference.end());
  both.insert(both.end(), candidates.begin(), candidates.end());
  const typename Machine::Rows rows(features, both);
  const std::vector<std::int32_t> places = places_to(rows.count());
  Machine machine;
  GainView view;
  view.references = static_cast<std::int64_t>(reference.size());
  view.candidates = static_cast<std::int64_t>(candidates.size());
  view.dims = features.cols;
  view.pitch = rows.pitch();
  view.features = rows.data();
  const std::int32_t* const first = machine.copy_in(std::span<const std::int32_t>(places));
  view.reference_row = first;
  view.candidate_row = first + view.references;
  view.best = machine.copy_in(best);
  machine.allocate(view.partial, view.parts() * view.candidates);
  machine.allocate(view.gain, view.candidates);
  machine.template run<GainTiles>(view, view.parts() * view.candidate_tiles());
  machine.template run<GainSums>(view, ceil_div(view.candidates, GainSums::kThreads));
  return machine.copy_out(view.gain, view.candidates);
}

}  // namespace maskbench::cuda
