// datamask: learn a logit for each row by policy gradient on sampled masks.
//
//   maximise over L   E[f(M)],   M ~ S draws without replacement, P(i) = softmax(L)_i
//   L <- L + eta (1/G) sum_j A_j grad ln P(M_j | L),   A_j = (f_j - mean f) / sigma f
//
// Source: Fan, Xian, Sun, Shen, "Joint Selection for Large-Scale Pre-Training Data via Policy Gradient-based
// Mask Learning", arXiv 2512.24265: prune by quality, initialise by quality, on random batches draw G masks
// and step; the final mask comes from the logits. Guarantee: none. Cost: a step O(N_b G) random words and
// O(N_b G S_b/N_b d) adds; memory O(N + G (S_b + d)).
//
//   code        paper      meaning
//   logits      L          one a row
//   weight      exp(L)     of the batch's rows, scaled so that the largest is 1
//   batch       b          rows that take part in a step
//   masks       M_1..M_G   the group
//   advantage   A_j        group-normalised reward
//   slopes      grad f     analytic, at the inclusion probabilities: for warm starts and the control variate
//
// Departs from the source: what it leaves open is chosen in paper-facts and is a parameter (see
// datamask_params.hpp). A batch is never so small that its masks hold fewer than two rows. Without a quality
// column nothing is pruned and logits start equal. Preset `ours` starts from one_shot's score and takes what
// the objective's slopes predict out of the rewards, whose part of the gradient is then exact
// (control_variate.hpp). Blocks are merged by rank within the block, so that each gives the same share. With
// device=cuda the steps run there: same words and masks, sums of rows in another order (on_device.hpp).

#include "algorithms/datamask/datamask_params.hpp"

#include "algorithms/core/selector.hpp"
#include "algorithms/datamask/control_variate.hpp"
#include "algorithms/datamask/logits.hpp"
#include "algorithms/datamask/on_device.hpp"
#include "algorithms/kernels/gumbel_topk.hpp"
#include "algorithms/kernels/random_subset.hpp"

namespace maskbench {
namespace {

constexpr Index kBlockRows = 1000000;
constexpr std::int64_t kProbeEvery = 100;  // steps

class Datamask final : public Selector {
 public:
  using Params = DatamaskParams;
  explicit Datamask(const Params& params) : params_(params) {}

  std::optional<std::string> refuses(const Problem& problem) const override {
    if (params_.device == "cuda") return device_refusal(problem, params_, kBlockRows);
    return std::nullopt;
  }

  void prepare(const Problem& problem) override {
    if (params_.device == "cuda")
      uploaded_ = cuda::upload_rows(problem.data.features(), prune_by_quality(problem, params_.prune));
  }

  Selection select(const Problem& problem, RunContext& context) override {
    const std::vector<Index> survivors = prune_by_quality(problem, params_.prune);
    const auto n = static_cast<Index>(survivors.size());
    const Index blocks =
        std::min(n, params_.blocks != 0 ? params_.blocks : (n + kBlockRows - 1) / kBlockRows);
    std::vector<Ranked> ranking;
    std::uint64_t number = 0;
    for (const std::vector<Index>& block :
         random_partition(context.random(purpose("datamask blocks")), n, blocks)) {
      learn(problem, survivors, block, number++, blocks, context, ranking);
    }
    return take_ranked(problem, std::move(ranking));
  }

  std::int64_t scratch_bytes(const Problem& problem) const override {
    const auto n = static_cast<std::int64_t>(problem.candidates.size());
    const auto batch = static_cast<std::int64_t>(params_.batch * static_cast<double>(n)) + 1;
    const auto picked = static_cast<std::int64_t>(problem.expected_share() * static_cast<double>(batch)) + 2;
    const auto dims = static_cast<std::int64_t>(problem.data.features().cols);
    const std::int64_t slopes =
        wants_slopes(params_) ? 64 * n + 32 * dims * dims + problem.objective->relax_bytes(problem) : 0;
    return 64 * n + 64 * batch + params_.group_size * (8 * picked + 4 * dims) + slopes;
  }

 private:
  // Learns the logits of one of `blocks` blocks of the `survivors` and appends its rows, ranked.
  void learn(const Problem& problem, std::span<const Index> survivors, std::span<const Index> block,
             std::uint64_t number, Index blocks, RunContext& context, std::vector<Ranked>& ranking) const {
    const std::vector<Index> rows = gather(survivors, block);
    const auto n = static_cast<Index>(rows.size());
    const Index budget = share_of(problem.rows_to_pick(), n, static_cast<Index>(survivors.size()), blocks);
    const BatchSize size = batch_size(n, budget, params_);
    const double eta = step_size(params_, size, n);
    const Stream batches = context.random(purpose("datamask batches")).split(number);
    const Stream draws = context.random(purpose("datamask masks")).split(number);
    const Stream last = context.random(purpose("datamask final mask")).split(number);
    const auto scorer = problem.objective->scorer();

    std::optional<BlockSlopes> slopes;
    if (wants_slopes(params_)) slopes.emplace(problem, rows, budget);
    if (slopes && !slopes->known()) slopes.reset();
    std::optional<ControlVariate> variate;
    if (slopes && params_.control_variate == "slopes") variate.emplace(*slopes);
    std::vector<double> logits = initial_logits(problem, rows, params_, slopes ? &*slopes : nullptr);
    std::unique_ptr<cuda::LogitLoop> loop;  // device=cuda: keeps the logits
    if (params_.device == "cuda") {
      loop = device_loop(problem, params_, {uploaded_, survivors, block, size, eta, batches, draws}, logits);
    }
    const auto answer = [&] {
      if (loop != nullptr) logits = loop->logits();
      std::vector<Ranked> so_far = ranking;
      rank_block(rows, logits, params_.final_mask == "sample" ? &last : nullptr, so_far);
      return take_ranked(problem, std::move(so_far)).items;
    };
    Patience patience(params_.patience);
    MaskSampler sampler;
    MaskSet masks;
    const auto group = static_cast<std::size_t>(params_.group_size);
    std::vector<double> weight, reward(group), gradient;
    const auto one_step = [&](std::uint64_t step) {
      const std::vector<Index> places = random_subset(batches, step, n, size.rows);
      const std::vector<Index> batch = gather(rows, places);
      batch_weights(logits, places, weight);
      sampler.draw(draws, step * group, weight, params_.group_size, size.picked,
                   params_.log_prob == "pl_ordered", masks);
      scorer->score(batch, masks, reward);
      if (!normalise(reward, params_.sigma == "sample"))
        return;  // a group of equal rewards says nothing: no step
      if (variate && variate->explain(logits, places, masks, reward)) context.count(Work::rows_read, 2 * n);
      gradient.resize(places.size());
      log_prob_gradient(params_, masks, weight, reward, gradient);
      if (variate) variate->add_expectation(logits, places, masks.masks, gradient);
      const double rate = eta * schedule_at(params_, step) / static_cast<double>(group);
      for (std::size_t b = 0; b < places.size(); ++b) {
        logits[static_cast<std::size_t>(places[b])] += rate * gradient[b];
      }
    };
    for (std::int64_t step = 0; step < params_.steps;) {
      const std::int64_t some = loop != nullptr ? std::min(kDeviceSteps, params_.steps - step) : 1;
      loop != nullptr ? loop->run(some) : one_step(static_cast<std::uint64_t>(step));
      step += some;
      context.count(Work::keys_drawn, some * params_.group_size * size.rows);
      context.count(Work::rows_read, some * size.rows);
      context.count(Work::steps, some);
      context.progress(
          (static_cast<double>(number) + static_cast<double>(step) / static_cast<double>(params_.steps)) /
          static_cast<double>(blocks));
      if (context.stopping() || !context.checkpoint(answer)) break;
      if (params_.patience > 0 && step % kProbeEvery == 0) {
        if (loop != nullptr) logits = loop->logits();
        if (patience.spent(problem.objective->value(highest(rows, logits, budget)))) break;
      }
    }
    if (loop != nullptr) logits = loop->logits();
    rank_block(rows, logits, params_.final_mask == "sample" ? &last : nullptr, ranking);
  }

  Params params_;
  std::shared_ptr<const cuda::DeviceRows> uploaded_;  // device=cuda: the survivors
};

}  // namespace

MASKBENCH_SELECTOR(datamask, Datamask, "logits learned by group-normalised policy gradient on sampled masks",
                   "fan2026datamask", .stochastic = true, .no_kept = true, .needs_objective = true)

}  // namespace maskbench
