// top_k: the rows of highest quality, whatever they resemble.
//
//   maximise  sum of q_i over U,  |U| = S
//
// Source: the classifier filters that web corpora are cut with (selection-rules B5, B17), and DATAMASK's quality-only
// baseline. Guarantee: exact; ties by the smaller id.  Cost: O(n + S log S).
//
// Departs from the source: a budget where the filters have a threshold.

#include "algorithms/core/selector.hpp"

namespace maskbench {
namespace {

class TopK final : public Selector {
 public:
  Selection select(const Problem& problem, RunContext& context) override {
    std::vector<double> score;
    score.reserve(problem.candidates.size());
    for (const Index row : problem.candidates) score.push_back(problem.quality[static_cast<std::size_t>(row)]);
    context.count(Work::rows_read, static_cast<std::int64_t>(score.size()));
    return take_highest(problem, score);
  }
  std::int64_t scratch_bytes(const Problem& problem) const override {
    return static_cast<std::int64_t>(problem.candidates.size()) * 32;
  }
};

}  // namespace

MASKBENCH_SELECTOR(top_k, TopK, "highest quality first", "li2024dclm", .needs_quality = true)

}  // namespace maskbench
