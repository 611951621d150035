// datamask: learn a logit for each row by policy gradient on sampled masks.
//
//   maximise over L   E[f(M)],   M ~ S draws without replacement, P(i) = softmax(L)_i
//   L <- L + eta (1/G) sum_j A_j grad ln P(M_j | L),   A_j = (f_j - mean f) / sigma f
//
// Source: Fan, Xian, Sun, Shen, "Joint Selection for Large-Scale Pre-Training Data via Policy Gradient-based
// Mask Learning", arXiv 2512.24265: prune by quality, initialise by quality, on random batches draw G masks
// and step (policy_gradient.cpp); the final mask comes from the logits. Guarantee: none. Cost: a step O(N_b
// G) random words and O(N_b G S_b/N_b d) adds; memory O(N + G (S_b + d)).
//
//   code        paper      meaning
//   logits      L          one a row
//   block                  rows that are learned apart, with the sizes of their steps (N_b, S_b, eta)
//   slopes      grad f     analytic, at the inclusion probabilities: for warm starts and the control variate
//   loop                   the logits and their steps, here or on a device
//
// Departs from the source: what it leaves open is chosen in facts 10 and is a parameter (see
// datamask_params.hpp). A batch is never so small that its masks hold fewer than two rows. Without a quality
// column nothing is pruned and logits start equal. Preset `ours` starts from one_shot's score and takes what
// the objective's slopes predict out of the rewards, whose part of the gradient is then exact
// (control_variate.hpp). Blocks are merged by rank within the block, so that each gives the same share. With
// device=cuda the steps run there: same words and masks, sums of rows in another order (on_device.hpp). With
// storage=bfloat16 or int8 rewards are those of rounded rows (rounded_scorer.hpp).

#include "algorithms/datamask/datamask_params.hpp"

#include "algorithms/core/selector.hpp"
#include "algorithms/datamask/block.hpp"
#include "algorithms/datamask/gradient_cosine.hpp"
#include "algorithms/datamask/logits.hpp"
#include "algorithms/datamask/on_device.hpp"
#include "algorithms/datamask/policy_gradient.hpp"
#include "algorithms/datamask/rounded_scorer.hpp"

namespace maskbench {
namespace {

constexpr std::int64_t kProbeEvery = 100;  // steps

class Datamask final : public Selector {
 public:
  using Params = DatamaskParams;
  explicit Datamask(const Params& params) : params_(params) {}

  std::optional<std::string> refuses(const Problem& problem) const override {
    return on_device() ? device_refusal(problem, params_) : RoundedScorer::refusal(problem, params_);
  }

  void prepare(const Problem& problem) override {
    if (on_device())
      uploaded_ = cuda::upload_rows(problem.data.features(), prune_by_quality(problem, params_.prune));
  }

  Selection select(const Problem& problem, RunContext& context) override {
    const std::vector<Index> survivors = prune_by_quality(problem, params_.prune);
    std::vector<Ranked> ranking;
    for (const Block& block : random_blocks(problem, survivors, params_, context))
      learn(problem, block, context, ranking);
    return take_ranked(problem, std::move(ranking));
  }

  std::int64_t scratch_bytes(const Problem& problem) const override {
    return learning_bytes(problem, params_);
  }

  std::map<std::string, double> diagnostics(const Problem& problem) const override {
    const auto cosine = gradient_cosine(problem, params_);
    if (!cosine) return {};
    return {{"gradient_cosine", cosine->measured}, {"gradient_cosine_theory", cosine->theory}};
  }

 private:
  // Learns the logits of a block and appends its rows, ranked by them.
  void learn(const Problem& problem, const Block& block, RunContext& context,
             std::vector<Ranked>& ranking) const {
    const auto slopes =
        context.starting([&] { return slopes_of(problem, block.rows, block.budget, params_); });
    std::vector<double> start =
        context.starting([&] { return initial_logits(problem, block.rows, params_, slopes.get()); });
    std::unique_ptr<cuda::LogitLoop> loop;
    if (on_device())
      loop = device_loop(problem, params_, block, uploaded_, start);
    else
      loop =
          std::make_unique<PolicyGradient>(problem, params_, block, slopes.get(), std::move(start), context);
    const auto rank = [&](std::vector<Ranked>& all) {
      rank_block(block.rows, loop->logits(),
                 params_.final_mask == datamask::FinalMask::sample ? &block.last : nullptr, all);
    };
    const auto answer = [&] {
      std::vector<Ranked> so_far = ranking;
      rank(so_far);
      return take_ranked(problem, std::move(so_far)).items;
    };
    Patience patience(params_.patience);
    for (std::int64_t step = 0; step < params_.steps;) {
      const std::int64_t some = on_device() ? std::min(kDeviceSteps, params_.steps - step) : 1;
      loop->run(some);
      step += some;
      context.count(Work::keys_drawn, some * params_.group_size * block.size.rows);
      context.count(Work::rows_read, some * block.size.rows);
      context.count(Work::steps, some);
      const double share = static_cast<double>(step) / static_cast<double>(params_.steps);
      context.progress((static_cast<double>(block.number) + share) / static_cast<double>(block.of));
      if (context.stopping() || !context.checkpoint(answer)) break;
      if (params_.patience > 0 && step % kProbeEvery == 0 &&
          patience.spent(problem.objective->value(highest(block.rows, loop->logits(), block.budget))))
        break;
    }
    rank(ranking);
  }

  bool on_device() const { return params_.device == datamask::Device::cuda; }

  Params params_;
  std::shared_ptr<const cuda::DeviceRows> uploaded_;  // device=cuda: the survivors
};

}  // namespace

MASKBENCH_SELECTOR(datamask, Datamask, "logits learned by group-normalised policy gradient on sampled masks",
                   "fan2026datamask", .stochastic = true, .no_kept = true, .needs_objective = true)

}  // namespace maskbench
