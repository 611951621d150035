// like_targets: the rows most like the weighted targets; a rule that reads a related data set, text and ids.

#include "algorithms/core/selector.hpp"

namespace maskbench {
namespace {

class LikeTargets final : public Selector {
 public:
  std::optional<std::string> refuses(const Problem& problem) const override {
    const Dataset* targets = problem.data.related("targets");
    if (targets == nullptr) return "needs --related targets=FILE";
    if (!problem.data.has_text() || !problem.data.has_ids()) return "needs --text and --id";
    return std::nullopt;
  }
  // x_i . (sum of weight_t g_t over targets of task 1), g the target's second embedding; a thousandth for
  // each character, and nothing for the row whose id is a target's id.
  Selection select(const Problem& problem, RunContext&) override {
    const Dataset& targets = *problem.data.related("targets");
    const MatrixView x = problem.data.features();
    const TensorView gradient = targets.matrix("gradient");
    std::vector<double> direction(x.cols, 0.0);
    for (Index t = 0; t < targets.size(); ++t) {
      if (targets.label("task")[t] != 1) continue;
      for (Index k = 0; k < x.cols; ++k) {
        direction[k] +=
            static_cast<double>(targets.score("weight")[t]) *
            static_cast<double>(static_cast<const float*>(gradient.data)[t * gradient.stride + k]);
      }
    }
    std::vector<double> score;
    for (const Index row : problem.candidates) {
      double sum = 0.001 * static_cast<double>(problem.data.text(row).size());
      for (Index k = 0; k < x.cols; ++k) sum += static_cast<double>(x.row(row)[k]) * direction[k];
      for (Index t = 0; t < targets.size(); ++t) {
        if (targets.id(t) == problem.data.id(row)) sum = 0;
      }
      score.push_back(sum);
    }
    return take_highest(problem, score);
  }
  std::int64_t scratch_bytes(const Problem& problem) const override {
    return static_cast<std::int64_t>(problem.candidates.size()) * 32;
  }
};

}  // namespace

MASKBENCH_SELECTOR(like_targets, LikeTargets, "most like the weighted targets", "fan2026datamask")

}  // namespace maskbench
