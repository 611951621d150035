// grouped: another selector in each value of a label.
//
//   C = G_1 + ... + G_k by label;  U = union of inner(G_j, S_j)
//   proportional: S_j = S |G_j| / |C| (largest remainder);  equal: S_j = min(|G_j|, level), sum S_j = S
//   (water-filling)
//
// Source: rules that choose domain by domain, cluster by cluster or source by source (rules A4,
// A12, B7, B15). Guarantee: none for the whole, the inner one's in each group. Cost: the inner one's on each
// group.
//
//   code    here  meaning
//   parts   G_j   the candidates of a label's value, by ascending value
//   amount  S_j   units of the budget for a group
//
// Departs from the source: the shares are of these two kinds; others are quotas, which are the caller's
// (--quota).

#include <cmath>
#include <map>
#include <numeric>

#include "algorithms/kernels/largest_remainder.hpp"
#include "algorithms/wrappers/in_parts.hpp"
#include "algorithms/wrappers/water_filling.hpp"

namespace maskbench {
namespace {

enum class Share { proportional, equal };
constexpr std::array<const char*, 2> names(Share) {
  return {"proportional", "equal"};
}

struct GroupedParams {
  std::string inner = "random";
  std::string label;
  Share share = Share::proportional;
  template <class Visit>
  void fields(Visit&& visit) {
    visit("inner", inner, any(), "the selector that chooses in each group");
    visit("label", label, any(), "column of groups; left out: the data set's only label");
    visit("share", share, names_of<Share>, "of the budget for a group: by its size, or the same for all");
  }
};

class Grouped final : public Selector {
 public:
  using Params = GroupedParams;
  explicit Grouped(const Params& params) : params_(params), inner_(params.inner) {}

  std::optional<std::string> refuses(const Problem& problem) const override {
    const auto& labels = problem.data.parts().labels;
    if (params_.label.empty() ? labels.size() != 1 : !labels.contains(params_.label)) {
      std::string known;
      for (const auto& column : labels) known += (known.empty() ? "" : ", ") + column.first;
      return "needs the column of groups, label=COLUMN; the data set has: " +
             (known.empty() ? "none" : known);
    }
    return inner_.refuses(problem);
  }

  void refine(SelectorTraits& traits) const override { inner_.refine(traits); }

  Selection select(const Problem& problem, RunContext& context) override {
    const Parts groups = groups_of(problem);
    const std::vector<std::int64_t> size = part_sizes(problem, groups);
    const std::int64_t all = std::accumulate(size.begin(), size.end(), std::int64_t{0});
    const std::int64_t total = std::clamp<std::int64_t>(problem.budget.amount - kept_size(problem), 0, all);
    return select_in_parts(
        problem, context, inner_, groups,
        params_.share == Share::equal ? water_filling(total, size) : largest_remainder(total, size),
        {.number = purpose("grouped")});
  }

  std::int64_t scratch_bytes(const Problem& problem) const override {
    if (problem.candidates.empty() || refuses(problem)) return 0;
    std::map<std::int32_t, Index> sizes;
    const auto label = labels_of(problem);
    Index largest = 0;
    for (const Index row : problem.candidates) largest = std::max(largest, ++sizes[label[row]]);
    const double share = static_cast<double>(largest) / static_cast<double>(problem.candidates.size());
    return bytes_in_parts(problem, inner_, largest,
                          std::llround(share * static_cast<double>(problem.budget.amount)));
  }

 private:
  std::span<const std::int32_t> labels_of(const Problem& problem) const {
    return params_.label.empty() ? problem.data.parts().labels.begin()->second
                                 : problem.data.label(params_.label);
  }

  Parts groups_of(const Problem& problem) const {
    const auto label = labels_of(problem);
    std::map<std::int32_t, std::vector<Index>> groups;
    for (const Index row : problem.candidates) groups[label[row]].push_back(row);
    Parts parts;
    for (auto& group : groups) parts.push_back(std::move(group.second));
    return parts;
  }

  Params params_;
  InnerSelector inner_;
};

}  // namespace

MASKBENCH_SELECTOR(grouped, Grouped, "another selector in each value of a label", "fan2026datamask",
                   .stochastic = true, .may_stop_early = true, .repeats = true, .no_quotas = true,
                   .any_size = true)

}  // namespace maskbench
