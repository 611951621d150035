// none: no objective, for rules that need none (a score's order, a threshold, a draw) on data that have
// neither a quality nor features.
//
//   f(U) = 0
//
// It is the standard one there. Methods that optimise an objective refuse it; reports show no value.

#include "algorithms/core/registry.hpp"
#include "algorithms/objectives/mean_quality.hpp"

namespace maskbench {
namespace {

class None final : public Objective {
 public:
  using Params = NoParams;

  None(const Params&, const ObjectiveInput& input)
      : zeros_(static_cast<std::size_t>(input.data.size()), 0.0) {}

  ObjectiveTraits traits() const override {
    return {.monotone = true,
            .submodular = true,
            .concave_relaxation = true,
            .linear = true,
            .valueless = true,
            .affine_duals = true};
  }

  double value(std::span<const Index>, std::optional<Index>) const override { return 0; }
  std::unique_ptr<GreedyState> start(const GreedyStart& start) const override {
    return std::make_unique<MeanQualityState>(zeros_, start);
  }
  std::unique_ptr<MaskScorer> scorer() const override { return std::make_unique<MeanQualityScorer>(zeros_); }
  std::unique_ptr<Relaxation> relax(const Problem& problem) const override {
    return std::make_unique<MeanQualityRelaxation>(zeros_, problem);
  }
  std::optional<double> random_expectation(Index) const override { return 0.0; }
  double oracle_work(Index) const override { return 0; }
  std::int64_t greedy_bytes(Index) const override { return 0; }

 private:
  std::vector<double> zeros_;  // n
};

}  // namespace

MASKBENCH_OBJECTIVE(none, None, "no objective: the selector's own rule decides", "fan2026datamask",
                    .walks_tiles = true, .standard = true, .advised = "random")

}  // namespace maskbench
