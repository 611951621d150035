#include "algorithms/datamask/policy_gradient.hpp"

#include "algorithms/datamask/logits.hpp"
#include "algorithms/datamask/rounded_scorer.hpp"
#include "algorithms/kernels/random_subset.hpp"

namespace maskbench {

PolicyGradient::PolicyGradient(const Problem& problem, const DatamaskParams& params, const Block& block,
                               const BlockSlopes* slopes, std::vector<double> logits, RunContext& context)
    : params_(params),
      block_(block),
      context_(context),
      rounded_(params.storage != datamask::Storage::float32),
      scorer_(rounded_ ? std::make_unique<RoundedScorer>(problem, block, params)
                       : problem.objective->scorer()),
      logits_(std::move(logits)),
      advantage_(params.group_size) {
  if (slopes != nullptr && params.control_variate == datamask::Predicted::slopes) variate_.emplace(*slopes);
}

void PolicyGradient::run(std::int64_t steps) {
  for (std::int64_t some = 0; some < steps; ++some) one_step(step_++);
}

void PolicyGradient::one_step(std::uint64_t step) {
  const auto n = static_cast<Index>(logits_.size());
  const std::vector<Index> places = random_subset(block_.batches, step, n, block_.size.rows);
  batch_weights(logits_, places, weight_);
  sampler_.draw(block_.masks, step * advantage_.size(), weight_, params_.group_size, block_.size.picked,
                params_.log_prob == datamask::LogProb::pl_ordered, masks_);
  scorer_->score(rounded_ ? places : gather(block_.rows, places), masks_, advantage_);
  if (!normalise(advantage_, params_.sigma == datamask::Sigma::sample))
    return;  // equal rewards say nothing: no step
  if (variate_ && variate_->explain(logits_, places, masks_, advantage_))
    context_.count(Work::rows_read, 2 * n);
  gradient_.resize(places.size());
  log_prob_gradient(params_, masks_, weight_, advantage_, gradient_);
  if (variate_) variate_->add_expectation(logits_, places, masks_.masks, gradient_);
  const double rate = block_.eta * schedule_at(params_, step) / static_cast<double>(advantage_.size());
  for (std::size_t b = 0; b < places.size(); ++b) logits_[places[b]] += rate * gradient_[b];
}

}  // namespace maskbench
