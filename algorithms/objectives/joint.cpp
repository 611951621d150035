// joint: quality and diversity of the set together.
//
//   f(U) = lambda f_qua(U) / a + (1 - lambda) f_div(U) / b
//
// f_qua is the mean merged quality, f_div another registered objective. Scaling `raw`: a = b = 1, the literal
// reading. `sd`: a and b are the terms' deviations over 256 random sets of the budget's size, a fixed probe
// per data digest, so that lambda weighs terms of equal spread (facts 10b).
// Source: DATAMASK's objective (arXiv 2512.24265), lambda = 1 is quality alone.

#include "algorithms/core/quality.hpp"
#include "algorithms/core/registry.hpp"
#include "algorithms/kernels/random_subset.hpp"
#include "algorithms/objectives/mean_quality.hpp"

namespace maskbench {
namespace {

constexpr Index kProbes = 256;

enum class Scaling { raw, sd };
constexpr std::array<const char*, 2> names(Scaling) {
  return {"raw", "sd"};
}

struct JointParams {
  double lambda = 0.5;
  std::string diversity = "pairwise_similarity";
  Scaling scaling = Scaling::raw;
  Merge merge = Merge::minmax;

  template <class Visit>
  void fields(Visit&& visit) {
    visit("lambda", lambda, between(0, 1), "weight of quality; 1: quality alone");
    visit("diversity", diversity, any(), "the diversity objective, with its parameters");
    visit("scaling", scaling, names_of<Scaling>,
          "terms as they are, or divided by their deviation over random sets");
    visit("merge", merge, names_of<Merge>, "how each quality column is scaled before the sum");
  }
};

// Population deviation of a term over kProbes random sets of `size` rows; 1 where the term does not vary.
double probe_deviation(MaskScorer& scorer, const ObjectiveInput& input, Index size) {
  const Index n = input.data.size();
  std::vector<Index> all(n);
  std::iota(all.begin(), all.end(), Index{0});
  MaskSet masks{kProbes, size, {}};
  const Stream stream(0, purpose("joint probe " + input.data.digest()));
  for (Index mask = 0; mask < kProbes; ++mask) {
    for (const Index row : random_subset(stream, static_cast<std::uint64_t>(mask), n, size)) {
      masks.items.push_back(static_cast<std::int32_t>(row));
    }
  }
  std::vector<double> rewards(kProbes);
  scorer.score(all, masks, rewards);
  const double mean = std::accumulate(rewards.begin(), rewards.end(), 0.0) / kProbes;
  double squares = 0;
  for (const double reward : rewards) squares += (reward - mean) * (reward - mean);
  const double deviation = std::sqrt(squares / kProbes);
  return deviation > 1e-12 * std::abs(mean) ? deviation : 1.0;
}

class JointState final : public GreedyState {
 public:
  JointState(std::unique_ptr<GreedyState> quality, std::unique_ptr<GreedyState> diversity, double a, double b)
      : quality_(std::move(quality)), diversity_(std::move(diversity)), a_(a), b_(b) {}
  double value() const override { return a_ * quality_->value() + b_ * diversity_->value(); }
  double gain(Index row) const override { return a_ * quality_->gain(row) + b_ * diversity_->gain(row); }
  void gains(std::span<const Index> rows, std::span<double> out) const override {
    diversity_->gains(rows, out);
    for (std::size_t k = 0; k < rows.size(); ++k) out[k] = a_ * quality_->gain(rows[k]) + b_ * out[k];
  }
  double upper(Index row) const override { return a_ * quality_->gain(row) + b_ * diversity_->upper(row); }
  bool uppers(std::span<const Index> rows, std::span<double> out) const override {
    const bool exact = diversity_->uppers(rows, out);
    for (std::size_t k = 0; k < rows.size(); ++k) out[k] = a_ * quality_->gain(rows[k]) + b_ * out[k];
    return exact;
  }
  void add(Index row) override {
    quality_->add(row);
    diversity_->add(row);
  }
  void swap(Index out, Index in) override {
    quality_->swap(out, in);
    diversity_->swap(out, in);
  }

 private:
  std::unique_ptr<GreedyState> quality_, diversity_;
  double a_, b_;
};

class JointScorer final : public MaskScorer {
 public:
  JointScorer(std::unique_ptr<MaskScorer> quality, std::unique_ptr<MaskScorer> diversity, double a, double b)
      : quality_(std::move(quality)), diversity_(std::move(diversity)), a_(a), b_(b) {}
  void score(std::span<const Index> batch, const MaskSet& masks, std::span<double> rewards) override {
    diversity_rewards_.resize(rewards.size());
    quality_->score(batch, masks, rewards);
    diversity_->score(batch, masks, diversity_rewards_);
    for (std::size_t j = 0; j < rewards.size(); ++j)
      rewards[j] = a_ * rewards[j] + b_ * diversity_rewards_[j];
  }

 private:
  std::unique_ptr<MaskScorer> quality_, diversity_;
  double a_, b_;
  std::vector<double> diversity_rewards_;
};

class JointRelaxation final : public Relaxation {
 public:
  JointRelaxation(const Problem& problem, std::unique_ptr<Relaxation> quality,
                  std::unique_ptr<Relaxation> diversity, double a, double b)
      : Relaxation(problem), quality_(std::move(quality)), diversity_(std::move(diversity)), a_(a), b_(b) {}
  std::vector<double> dual(std::span<const double> inclusion) const override {
    return diversity_->dual(inclusion);
  }
  double intercept(std::span<const double> dual) const override {
    return a_ * quality_->intercept({}) + b_ * diversity_->intercept(dual);
  }
  void slopes(std::span<const double> dual, std::span<double> out) const override {
    std::vector<double> slope(out.size());
    quality_->slopes({}, slope);
    diversity_->slopes(dual, out);
    for (std::size_t c = 0; c < out.size(); ++c) out[c] = a_ * slope[c] + b_ * out[c];
  }
  std::optional<double> curvature(std::span<const double> step) const override {
    const std::optional<double> diversity = diversity_->curvature(step);
    return diversity ? std::optional(b_ * *diversity) : std::nullopt;
  }
  bool dual_subgradient(std::span<const double> dual, std::span<const Index> chosen,
                        std::span<double> out) const override {
    if (!diversity_->dual_subgradient(dual, chosen, out)) return false;
    for (double& entry : out) entry *= b_;
    return true;
  }

 private:
  std::unique_ptr<Relaxation> quality_, diversity_;
  double a_, b_;
};

// Quality's value is one more moment.
class JointExtension final : public Extension {
 public:
  JointExtension(const Problem& problem, std::unique_ptr<Relaxation> quality,
                 std::unique_ptr<Extension> diversity, double a, double b)
      : quality_(std::move(quality)),
        diversity_(std::move(diversity)),
        slope_(problem.candidates.size()),
        a_(a),
        b_(b) {
    quality_->slopes({}, slope_);
  }
  std::vector<double> moments(std::span<const double> inclusion) const override {
    std::vector<double> all = diversity_->moments(inclusion);
    all.push_back(quality_->value(inclusion));
    return all;
  }
  double value(std::span<const double> moments) const override {
    return a_ * moments.back() + b_ * diversity_->value(moments.first(moments.size() - 1));
  }
  void slopes(std::span<const double> moments, std::span<double> out) const override {
    diversity_->slopes(moments.first(moments.size() - 1), out);
    for (std::size_t c = 0; c < out.size(); ++c) out[c] = a_ * slope_[c] + b_ * out[c];
  }

 private:
  std::unique_ptr<Relaxation> quality_;
  std::unique_ptr<Extension> diversity_;
  std::vector<double> slope_;
  double a_, b_;
};

class Joint final : public Objective {
 public:
  using Params = JointParams;

  Joint(const Params& params, const ObjectiveInput& input)
      : quality_(merge_quality(input.data, input.quality_columns, params.merge)),
        diversity_(make_objective(params.diversity, input)),
        a_(params.lambda),
        b_(1 - params.lambda) {
    if (params.scaling == Scaling::raw) return;
    if (input.expected_rows < 1)
      throw UserError("joint: scaling=sd needs a budget: its probe draws sets of that size");
    MeanQualityScorer quality_scorer(quality_);
    a_ /= probe_deviation(quality_scorer, input, input.expected_rows);
    b_ /= probe_deviation(*diversity_->scorer(), input, input.expected_rows);
  }

  static void refine_registered(const Params& params, ObjectiveEntryTraits& traits) {
    const NamedObjective diversity = objectives().named(params.diversity);
    traits.walks_tiles =
        diversity.traits().walks_tiles && params.scaling == Scaling::raw;  // the probe draws masks
    traits.advised = diversity.traits().advised;
  }

  ObjectiveTraits traits() const override {
    const ObjectiveTraits diversity = diversity_->traits();
    const bool rises = quality_.empty() || *std::min_element(quality_.begin(), quality_.end()) >= 0;
    return {.monotone = rises && (b_ == 0 || diversity.monotone),
            .submodular = b_ == 0 || diversity.submodular,  // for a fixed S, as all gains are
            .concave_relaxation = b_ == 0 || diversity.concave_relaxation,
            .linear = b_ == 0 || diversity.linear,
            .affine_duals = b_ == 0 || diversity.affine_duals};
  }
  double value(std::span<const Index> items, std::optional<Index> size) const override {
    const Index denominator = size.value_or(static_cast<Index>(items.size()));
    return a_ * mean_quality(quality_, items, denominator) + b_ * diversity_->value(items, size);
  }
  double batch_value(std::span<const Index> items, std::span<const Index> batch) const override {
    return a_ * mean_quality(quality_, items, static_cast<Index>(items.size())) +
           b_ * diversity_->batch_value(items, batch);
  }
  std::unique_ptr<GreedyState> start(const GreedyStart& start) const override {
    return std::make_unique<JointState>(std::make_unique<MeanQualityState>(quality_, start),
                                        diversity_->start(start), a_, b_);
  }
  std::unique_ptr<MaskScorer> scorer() const override {
    return std::make_unique<JointScorer>(std::make_unique<MeanQualityScorer>(quality_), diversity_->scorer(),
                                         a_, b_);
  }
  std::unique_ptr<Relaxation> relax(const Problem& problem) const override {
    auto quality = std::make_unique<MeanQualityRelaxation>(quality_, problem);
    std::unique_ptr<Relaxation> diversity;
    if (b_ == 0)  // weight 0 for any linear term
      diversity = std::make_unique<MeanQualityRelaxation>(quality_, problem);
    else
      diversity = diversity_->relax(problem);
    if (diversity == nullptr) return nullptr;
    return std::make_unique<JointRelaxation>(problem, std::move(quality), std::move(diversity), a_, b_);
  }
  std::unique_ptr<Relaxation> surrogate(const Problem& problem) const override {
    std::unique_ptr<Relaxation> diversity = diversity_->surrogate(problem);
    if (diversity == nullptr) return nullptr;
    auto quality = std::make_unique<MeanQualityRelaxation>(quality_, problem);
    return std::make_unique<JointRelaxation>(problem, std::move(quality), std::move(diversity), a_, b_);
  }
  std::unique_ptr<Extension> extension(const Problem& problem) const override {
    std::unique_ptr<Extension> diversity = diversity_->extension(problem);
    if (diversity == nullptr) return nullptr;
    auto quality = std::make_unique<MeanQualityRelaxation>(quality_, problem);
    return std::make_unique<JointExtension>(problem, std::move(quality), std::move(diversity), a_, b_);
  }
  std::int64_t relax_bytes(const Problem& problem) const override {
    return b_ == 0 ? 0 : diversity_->relax_bytes(problem);
  }
  std::optional<QuadraticForm> quadratic_form() const override {
    if (b_ == 0) return QuadraticForm{quality_, a_, 0};
    const auto diversity = diversity_->quadratic_form();
    if (!diversity || !diversity->quality.empty() || diversity->pair_weight != 1) return std::nullopt;
    return QuadraticForm{quality_, a_, b_};
  }
  std::optional<double> random_expectation(Index size) const override {
    const std::optional<double> diversity = diversity_->random_expectation(size);
    if (!diversity) return std::nullopt;
    const double n = static_cast<double>(quality_.size());
    return a_ * std::accumulate(quality_.begin(), quality_.end(), 0.0) / n + b_ * *diversity;
  }
  std::span<const double> quality() const override { return quality_; }
  std::optional<std::string> warning(Index rows) const override { return diversity_->warning(rows); }
  const Objective* diversity() const override { return diversity_.get(); }
  double oracle_work(Index rows) const override { return diversity_->oracle_work(rows); }  // nearly all
  std::int64_t greedy_bytes(Index candidates) const override { return diversity_->greedy_bytes(candidates); }
  std::int64_t lazy_bytes(Index candidates) const override { return diversity_->lazy_bytes(candidates); }

 private:
  std::vector<double> quality_;  // n
  std::unique_ptr<Objective> diversity_;
  double a_, b_;  // weights of the two terms, scales included
};

}  // namespace

MASKBENCH_OBJECTIVE(joint, Joint, "lambda times quality plus (1 - lambda) times diversity", "fan2026datamask",
                    .needs_features = true, .needs_quality = true, .walks_tiles = true, .standard = true)

}  // namespace maskbench
