// A step as a sequence of kernels over one set of buffers, for whatever machine runs bodies: the device
// (machine.cuh), or the host in tests (host_machine.hpp). A machine allocates, fills, copies in and out, and
// runs bodies over blocks.
#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <vector>

#include "algorithms/kernels/cuda/batch_bodies.hpp"
#include "algorithms/kernels/cuda/logit_loop.hpp"
#include "algorithms/kernels/cuda/mask_bodies.hpp"
#include "algorithms/kernels/cuda/row_sum_bodies.hpp"
#include "algorithms/kernels/cuda/update_bodies.hpp"

namespace maskbench::cuda {

// Calls give(pointer, elements) for every buffer that rewards take, given a batch.
template <class Give>
void for_each_reward_buffer(StepView& v, Give&& give) {
  const StepShape& s = v.shape;
  give(v.batch_row, s.batch);
  give(v.mask_bits, s.masks * s.batch_words());
  give(v.linear_reward, s.masks);
  give(v.partial, s.chunks() * s.masks * s.pitch());
  give(v.squares, s.masks * s.slices());
  give(v.reward, s.masks);
}

// The same for all of a step that is not the caller's input.
template <class Give>
void for_each_buffer(StepView& v, Give&& give) {
  const StepShape& s = v.shape;
  for_each_reward_buffer(v, give);
  give(v.logits, s.rows);
  give(v.step, std::int64_t{1});
  give(v.first, s.rows);
  give(v.marked, s.row_words());
  give(v.draw, s.batch);
  give(v.counts, v.list_blocks());
  give(v.batch, s.batch);
  give(v.top, std::int64_t{kTopBlocks});
  give(v.weight, s.batch);
  give(v.batch_linear, s.batch);
  give(v.log_time, std::int64_t{1});
  give(v.next_log_time, std::int64_t{1});
  give(v.ringing, v.weight_blocks());
  give(v.bracket, std::int64_t{1});
  give(v.bounds, 4 * ceil_div(s.batch, 4));
  give(v.keys, s.masks * s.batch);
  give(v.positions, s.masks * s.batch);
  give(v.advantage, s.masks);
}

template <class Machine>
void run_rewards(Machine& machine, const StepView& v) {  // from mask_bits and linear_reward
  const StepShape& s = v.shape;
  machine.template run<RowSums>(v, s.row_sum_blocks());
  machine.template run<SliceSquares>(v, s.masks * s.slices());
  machine.template run<MaskRewards>(v, ceil_div(s.masks, MaskRewards::kThreads));
}

template <class Machine>
void run_step(Machine& machine, const StepView& v) {
  const StepShape& s = v.shape;
  machine.fill(v.first, 0xff, s.rows);
  machine.fill(v.marked, 0, s.row_words());
  machine.template run<DrawBatch>(v, ceil_div(s.batch, DrawBatch::kThreads));
  machine.template run<MarkBatch>(v, ceil_div(s.batch, MarkBatch::kThreads));
  machine.template run<CountBatch>(v, v.list_blocks());
  machine.template run<ListBatch>(v, v.list_blocks());
  machine.template run<BatchTop>(v, kTopBlocks);
  machine.template run<BatchWeights>(v, v.weight_blocks());
  machine.template run<BatchBounds>(v, v.weight_blocks());
  machine.template run<SampleMasks>(v, s.masks);
  run_rewards(machine, v);
  machine.template run<Advantages>(v, 1);
  machine.template run<UpdateLogits>(v, ceil_div(s.batch, UpdateLogits::kThreads));
}

inline StreamKey key_of(const Stream& stream) {
  return {stream.key()[0], stream.key()[1]};
}

template <class Machine>
class LogitLoopOn final : public LogitLoop {
 public:
  LogitLoopOn(std::shared_ptr<const typename Machine::Rows> rows, const LoopInput& input)
      : rows_(std::move(rows)) {
    const std::size_t n = input.shape.rows;
    MASKBENCH_CHECK(input.row_of.size() == n && input.linear.size() == n && input.logits.size() == n,
                    "an entry a place");
    MASKBENCH_CHECK(rows_->pitch() == input.shape.pitch(), "the rows have the step's dimensions");
    MASKBENCH_CHECK(std::all_of(input.row_of.begin(), input.row_of.end(),
                                [&](std::int32_t row) { return 0 <= row && row < rows_->count(); }),
                    "uploaded rows only");
    MASKBENCH_CHECK(1 <= input.shape.picked && input.shape.picked <= input.shape.batch &&
                        input.shape.batch <= input.shape.rows,
                    "a mask picks of the batch, the batch of the rows");
    view_.shape = input.shape;
    view_.batches = key_of(input.batches);
    view_.draws = key_of(input.draws);
    view_.pair_factor = input.pair_factor;
    view_.rate = input.eta / static_cast<double>(input.shape.masks);
    view_.sample_deviation = input.sample_deviation;
    view_.features = rows_->data();
    view_.row_of = machine_.copy_in(input.row_of);
    view_.linear = machine_.copy_in(input.linear);
    for_each_buffer(view_, [&](auto*& pointer, std::int64_t count) { machine_.allocate(pointer, count); });
    machine_.overwrite(view_.logits, input.logits);
    machine_.fill(view_.step, 0, 1);
    machine_.overwrite(view_.log_time, std::span<const double>(&kNoTime, 1));
  }

  void run(std::int64_t steps) override {
    machine_.repeat(steps, [this](Machine& machine) { run_step(machine, view_); });
  }

  std::vector<double> logits() const override { return machine_.copy_out(view_.logits, view_.shape.rows); }

  const StepView& view() const { return view_; }
  Machine& machine() { return machine_; }

 private:
  Machine machine_;
  std::shared_ptr<const typename Machine::Rows> rows_;
  StepView view_;
};

}  // namespace maskbench::cuda
