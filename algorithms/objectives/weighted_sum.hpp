// A weighted sum a mean(r) + b f of the mean of a row score r and another objective f: what `joint` is, and
// an objective under a price a token.
#pragma once

#include <algorithm>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "algorithms/objectives/mean_quality.hpp"

namespace maskbench {

class WeightedState final : public GreedyState {
 public:
  WeightedState(std::unique_ptr<GreedyState> scores, std::unique_ptr<GreedyState> other, double a, double b)
      : scores_(std::move(scores)), other_(std::move(other)), a_(a), b_(b) {}
  double value() const override { return a_ * scores_->value() + b_ * other_->value(); }
  double gain(Index row) const override { return a_ * scores_->gain(row) + b_ * other_->gain(row); }
  void gains(std::span<const Index> rows, std::span<double> out) const override {
    other_->gains(rows, out);
    for (std::size_t k = 0; k < rows.size(); ++k) out[k] = a_ * scores_->gain(rows[k]) + b_ * out[k];
  }
  double upper(Index row) const override { return a_ * scores_->gain(row) + b_ * other_->upper(row); }
  bool uppers(std::span<const Index> rows, std::span<double> out) const override {
    const bool exact = other_->uppers(rows, out);
    for (std::size_t k = 0; k < rows.size(); ++k) out[k] = a_ * scores_->gain(rows[k]) + b_ * out[k];
    return exact;
  }
  void add(Index row) override {
    scores_->add(row);
    other_->add(row);
  }
  void swap(Index out, Index in) override {
    scores_->swap(out, in);
    other_->swap(out, in);
  }

 private:
  std::unique_ptr<GreedyState> scores_, other_;
  double a_, b_;
};

class WeightedScorer final : public MaskScorer {
 public:
  WeightedScorer(std::unique_ptr<MaskScorer> scores, std::unique_ptr<MaskScorer> other, double a, double b)
      : scores_(std::move(scores)), other_(std::move(other)), a_(a), b_(b) {}
  void score(std::span<const Index> batch, const MaskSet& masks, std::span<double> rewards) override {
    other_rewards_.resize(rewards.size());
    scores_->score(batch, masks, rewards);
    other_->score(batch, masks, other_rewards_);
    for (std::size_t j = 0; j < rewards.size(); ++j) rewards[j] = a_ * rewards[j] + b_ * other_rewards_[j];
  }

 private:
  std::unique_ptr<MaskScorer> scores_, other_;
  double a_, b_;
  std::vector<double> other_rewards_;
};

class WeightedRelaxation final : public Relaxation {
 public:
  WeightedRelaxation(const Problem& problem, std::unique_ptr<Relaxation> scores,
                     std::unique_ptr<Relaxation> other, double a, double b)
      : Relaxation(problem), scores_(std::move(scores)), other_(std::move(other)), a_(a), b_(b) {}
  std::vector<double> dual(std::span<const double> inclusion) const override {
    return other_->dual(inclusion);
  }
  double intercept(std::span<const double> dual) const override {
    return a_ * scores_->intercept({}) + b_ * other_->intercept(dual);
  }
  void slopes(std::span<const double> dual, std::span<double> out) const override {
    std::vector<double> slope(out.size());
    scores_->slopes({}, slope);
    other_->slopes(dual, out);
    for (std::size_t c = 0; c < out.size(); ++c) out[c] = a_ * slope[c] + b_ * out[c];
  }
  std::optional<double> curvature(std::span<const double> step) const override {
    const std::optional<double> other = other_->curvature(step);
    return other ? std::optional(b_ * *other) : std::nullopt;
  }
  bool dual_subgradient(std::span<const double> dual, std::span<const Index> chosen,
                        std::span<double> out) const override {
    if (!other_->dual_subgradient(dual, chosen, out)) return false;
    for (double& entry : out) entry *= b_;
    return true;
  }

 private:
  std::unique_ptr<Relaxation> scores_, other_;
  double a_, b_;
};

// Quality's value is one more moment.
class WeightedExtension final : public Extension {
 public:
  WeightedExtension(const Problem& problem, std::unique_ptr<Relaxation> scores,
                    std::unique_ptr<Extension> other, double a, double b)
      : scores_(std::move(scores)),
        other_(std::move(other)),
        slope_(problem.candidates.size()),
        a_(a),
        b_(b) {
    scores_->slopes({}, slope_);
  }
  std::vector<double> moments(std::span<const double> inclusion) const override {
    std::vector<double> all = other_->moments(inclusion);
    all.push_back(scores_->value(inclusion));
    return all;
  }
  double value(std::span<const double> moments) const override {
    return a_ * moments.back() + b_ * other_->value(moments.first(moments.size() - 1));
  }
  void slopes(std::span<const double> moments, std::span<double> out) const override {
    other_->slopes(moments.first(moments.size() - 1), out);
    for (std::size_t c = 0; c < out.size(); ++c) out[c] = a_ * slope_[c] + b_ * out[c];
  }

 private:
  std::unique_ptr<Relaxation> scores_;
  std::unique_ptr<Extension> other_;
  std::vector<double> slope_;
  double a_, b_;
};

// `other` outlives it.
class WeightedSum : public Objective {
 public:
  ObjectiveTraits traits() const override {
    const ObjectiveTraits other = other_->traits();
    const bool rises = quality_.empty() || *std::min_element(quality_.begin(), quality_.end()) >= 0;
    return {.monotone = rises && (b_ == 0 || other.monotone),
            .submodular = b_ == 0 || other.submodular,  // for a fixed S, as all gains are
            .concave_relaxation = b_ == 0 || other.concave_relaxation,
            .linear = b_ == 0 || other.linear,
            .affine_duals = b_ == 0 || other.affine_duals};
  }
  double value(std::span<const Index> items, std::optional<Index> size) const override {
    const Index denominator = size.value_or(static_cast<Index>(items.size()));
    return a_ * mean_quality(quality_, items, denominator) + b_ * other_->value(items, size);
  }
  double batch_value(std::span<const Index> items, std::span<const Index> batch) const override {
    return a_ * mean_quality(quality_, items, static_cast<Index>(items.size())) +
           b_ * other_->batch_value(items, batch);
  }
  std::unique_ptr<GreedyState> start(const GreedyStart& start) const override {
    return std::make_unique<WeightedState>(std::make_unique<MeanQualityState>(quality_, start),
                                           other_->start(start), a_, b_);
  }
  std::unique_ptr<MaskScorer> scorer() const override {
    return std::make_unique<WeightedScorer>(std::make_unique<MeanQualityScorer>(quality_), other_->scorer(),
                                            a_, b_);
  }
  std::unique_ptr<Relaxation> relax(const Problem& problem) const override {
    auto quality = std::make_unique<MeanQualityRelaxation>(quality_, problem);
    std::unique_ptr<Relaxation> other;
    if (b_ == 0)  // weight 0 for any linear term
      other = std::make_unique<MeanQualityRelaxation>(quality_, problem);
    else
      other = other_->relax(problem);
    if (other == nullptr) return nullptr;
    return std::make_unique<WeightedRelaxation>(problem, std::move(quality), std::move(other), a_, b_);
  }
  std::unique_ptr<Relaxation> surrogate(const Problem& problem) const override {
    std::unique_ptr<Relaxation> other = other_->surrogate(problem);
    if (other == nullptr) return nullptr;
    auto quality = std::make_unique<MeanQualityRelaxation>(quality_, problem);
    return std::make_unique<WeightedRelaxation>(problem, std::move(quality), std::move(other), a_, b_);
  }
  std::unique_ptr<Extension> extension(const Problem& problem) const override {
    std::unique_ptr<Extension> other = other_->extension(problem);
    if (other == nullptr) return nullptr;
    auto quality = std::make_unique<MeanQualityRelaxation>(quality_, problem);
    return std::make_unique<WeightedExtension>(problem, std::move(quality), std::move(other), a_, b_);
  }
  std::int64_t relax_bytes(const Problem& problem) const override {
    return b_ == 0 ? 0 : other_->relax_bytes(problem);
  }
  std::optional<QuadraticForm> quadratic_form() const override {
    if (b_ == 0) return QuadraticForm{quality_, a_, 0};
    const auto other = other_->quadratic_form();
    if (!other || !other->quality.empty() || other->pair_weight != 1) return std::nullopt;
    return QuadraticForm{quality_, a_, b_};
  }
  std::optional<double> random_expectation(Index size) const override {
    const std::optional<double> other = other_->random_expectation(size);
    if (!other) return std::nullopt;
    const double n = static_cast<double>(quality_.size());
    return a_ * std::accumulate(quality_.begin(), quality_.end(), 0.0) / n + b_ * *other;
  }
  std::span<const double> quality() const override { return quality_; }
  std::optional<std::string> warning(Index rows) const override { return other_->warning(rows); }
  const Objective* diversity() const override { return other_; }
  double oracle_work(Index rows) const override { return other_->oracle_work(rows); }  // nearly all
  std::int64_t greedy_bytes(Index candidates) const override { return other_->greedy_bytes(candidates); }
  std::int64_t lazy_bytes(Index candidates) const override { return other_->lazy_bytes(candidates); }

 protected:
  WeightedSum(std::vector<double> rows, double a, const Objective* other, double b)
      : quality_(std::move(rows)), other_(other), a_(a), b_(b) {}

  std::vector<double> quality_;  // n: the row score
  const Objective* other_;
  double a_, b_;  // weights of the two terms, scales included
};

}  // namespace maskbench
