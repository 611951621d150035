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
#include "algorithms/objectives/weighted_sum.hpp"

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

class Joint final : public WeightedSum {
 public:
  using Params = JointParams;

  Joint(const Params& params, const ObjectiveInput& input)
      : Joint(params, input, make_objective(params.diversity, input)) {}

  Joint(const Params& params, const ObjectiveInput& input, std::unique_ptr<Objective> diversity)
      : WeightedSum(merge_quality(input.data, input.quality_columns, params.merge), params.lambda,
                    diversity.get(), 1 - params.lambda),
        diversity_(std::move(diversity)) {
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

 private:
  std::unique_ptr<Objective> diversity_;
};

}  // namespace

MASKBENCH_OBJECTIVE(joint, Joint, "lambda times quality plus (1 - lambda) times diversity", "fan2026datamask",
                    .needs_features = true, .needs_quality = true, .walks_tiles = true, .standard = true)

}  // namespace maskbench
