// quality: the mean of one merged quality over the set.
//
//   f(U) = (1/S) sum of q_i over i in U
//
// q_i is one score column or the sum of several, each scaled over all n rows (facts 10a).
// Exact maximum: the S largest q.  Cost: O(S).

#include "algorithms/core/quality.hpp"

#include "algorithms/core/registry.hpp"
#include "algorithms/objectives/mean_quality.hpp"

namespace maskbench {
namespace {

struct QualityParams {
  Merge merge = Merge::minmax;

  template <class Visit>
  void fields(Visit&& visit) {
    visit("merge", merge, names_of<Merge>, "how each column is scaled before the sum");
  }
};

class Quality final : public Objective {
 public:
  using Params = QualityParams;

  Quality(const Params& params, const ObjectiveInput& input)
      : quality_(merge_quality(input.data, input.quality_columns, params.merge)) {}

  ObjectiveTraits traits() const override {
    const bool rises = quality_.empty() || *std::min_element(quality_.begin(), quality_.end()) >= 0;
    return {.monotone = rises,
            .submodular = true,
            .concave_relaxation = true,
            .linear = true,
            .affine_duals = true};
  }

  double value(std::span<const Index> items, std::optional<Index> size) const override {
    return mean_quality(quality_, items, size.value_or(static_cast<Index>(items.size())));
  }
  std::unique_ptr<GreedyState> start(const GreedyStart& start) const override {
    return std::make_unique<MeanQualityState>(quality_, start);
  }
  std::unique_ptr<MaskScorer> scorer() const override {
    return std::make_unique<MeanQualityScorer>(quality_);
  }
  std::unique_ptr<Relaxation> relax(const Problem& problem) const override {
    return std::make_unique<MeanQualityRelaxation>(quality_, problem);
  }
  std::optional<QuadraticForm> quadratic_form() const override { return QuadraticForm{quality_, 1, 0}; }
  std::optional<double> random_expectation(Index) const override {
    return std::accumulate(quality_.begin(), quality_.end(), 0.0) / static_cast<double>(quality_.size());
  }
  std::span<const double> quality() const override { return quality_; }
  double oracle_work(Index rows) const override { return static_cast<double>(rows); }
  std::int64_t greedy_bytes(Index) const override { return 0; }

 private:
  std::vector<double> quality_;  // n
};

}  // namespace

MASKBENCH_OBJECTIVE(quality, Quality, "mean quality of the set", "fan2026datamask", .needs_quality = true,
                    .walks_tiles = true, .standard = true, .advised = "relaxation")

}  // namespace maskbench
