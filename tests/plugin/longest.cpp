// longest: the rows with the most tokens first; what a user's first plug-in looks like.

#include "algorithms/core/selector.hpp"

namespace maskbench {
namespace {

struct LongestParams {
  double power = 1;
  bool reverse = false;

  template <class Visit>
  void fields(Visit&& visit) {
    visit("power", power, above(0, 8), "of the length; any gives the same order");
    visit("reverse", reverse, any(), "shortest first");
  }
};

class Longest final : public Selector {
 public:
  using Params = LongestParams;
  explicit Longest(const Params& params) : params_(params) {}

  std::optional<std::string> refuses(const Problem& problem) const override {
    if (!problem.data.has_sizes("tokens")) return "needs a length column";
    return std::nullopt;
  }
  Selection select(const Problem& problem, RunContext& context) override {
    std::vector<double> score;
    for (const Index row : problem.candidates) {
      const double length = problem.data.lengths()[row];
      score.push_back((params_.reverse ? -1 : 1) * std::pow(length, params_.power));
    }
    context.count(Work::rows_read, static_cast<std::int64_t>(score.size()));
    context.progress(1);
    return take_highest(problem, score);
  }

 private:
  Params params_;
};

}  // namespace

MASKBENCH_SELECTOR(longest, Longest, "most tokens first", "fan2026datamask")

}  // namespace maskbench
