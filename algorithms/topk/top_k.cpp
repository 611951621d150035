// top_k: the rows of highest quality, or of highest score in one column, whatever they resemble.
//
//   maximise  sum of q_i over U,  |U| = S
//
// Source: the classifier filters that web corpora are cut with (rules B5, B17), and DATAMASK's
// quality-only baseline. Guarantee: exact; ties by the smaller id.  Cost: O(n + S log S).
//
// Departs from the source: a budget where the filters have a threshold.

#include "algorithms/core/ordered_values.hpp"
#include "algorithms/core/selector.hpp"

namespace maskbench {
namespace {

class TopK final : public Selector {
 public:
  struct Params {
    std::string column;
    template <class Visit>
    void fields(Visit&& visit) {
      visit("column", column, any(), "score column; empty: the problem's quality");
    }
  };
  explicit TopK(const Params& params) : params_(params) {}

  std::optional<std::string> refuses(const Problem& problem) const override {
    if (params_.column.empty() || problem.data.parts().scores.contains(params_.column)) return std::nullopt;
    return "the data set has no score column \"" + params_.column + "\"";
  }

  void refine(SelectorTraits& traits) const override {
    traits.needs_quality = traits.needs_quality && params_.column.empty();
  }

  std::int64_t scratch_bytes(const Problem& problem) const override {
    return Selector::scratch_bytes(problem) + (params_.column.empty() ? 0 : 8 * problem.data.size());
  }

  Selection select(const Problem& problem, RunContext& context) override {
    const std::vector<double> column =  // in its own order, whatever float32 makes of it
        params_.column.empty() ? std::vector<double>()
                               : ordered_values(problem.data.exact_score(params_.column));
    std::vector<double> score;
    score.reserve(problem.candidates.size());
    for (const Index row : problem.candidates) {
      score.push_back(column.empty() ? problem.quality[row] : column[static_cast<std::size_t>(row)]);
    }
    context.count(Work::rows_read, score.size());
    return take_highest(problem, score);
  }

 private:
  Params params_;
};

}  // namespace

MASKBENCH_SELECTOR(top_k, TopK, "highest quality first", "li2024dclm", .needs_quality = true,
                   .walks_tiles = true, .any_size = true)

}  // namespace maskbench
