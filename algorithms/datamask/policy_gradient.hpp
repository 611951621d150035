// DATAMASK's step on the logits of a block: the group-normalised policy gradient (fan2026datamask).
//
//   code       paper      meaning
//   logits     L          one a row
//   weight     exp(L)     of the batch's rows, scaled so that the largest is 1
//   places     batch      rows that take part in the step, among the block's
//   masks      M_1..M_G   the group
//   advantage  A_j        rewards f(M_j), then (f_j - mean f) / sigma f
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "algorithms/core/objective.hpp"
#include "algorithms/core/run_context.hpp"
#include "algorithms/datamask/block.hpp"
#include "algorithms/datamask/control_variate.hpp"
#include "algorithms/kernels/cuda/logit_loop.hpp"
#include "algorithms/kernels/gumbel_topk.hpp"

namespace maskbench {

// The loop on the CPU; what it is given must outlive it. `slopes`: for the control variate, or null.
class PolicyGradient final : public cuda::LogitLoop {
 public:
  PolicyGradient(const Problem& problem, const DatamaskParams& params, const Block& block,
                 const BlockSlopes* slopes, std::vector<double> logits, RunContext& context);
  void run(std::int64_t steps) override;
  std::vector<double> logits() const override { return logits_; }

 private:
  void one_step(std::uint64_t step);

  const DatamaskParams& params_;
  const Block& block_;
  RunContext& context_;
  bool rounded_;  // the scorer is asked by place in the block, else by row
  std::unique_ptr<MaskScorer> scorer_;
  std::optional<ControlVariate> variate_;
  std::vector<double> logits_, weight_, advantage_, gradient_;
  MaskSampler sampler_;
  MaskSet masks_;
  std::uint64_t step_ = 0;
};

}  // namespace maskbench
