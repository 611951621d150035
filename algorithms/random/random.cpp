// random: a uniform random set, the floor of every normalised value.
//
// Guarantee: every set of S candidates is equally likely.  Cost: O(n).
//
// Departs from the source: nothing to depart from.

#include "algorithms/core/selector.hpp"
#include "algorithms/kernels/random_subset.hpp"

namespace maskbench {
namespace {

class Random final : public Selector {
 public:
  Selection select(const Problem& problem, RunContext& context) override {
    std::vector<Index> order(problem.candidates.begin(), problem.candidates.end());
    shuffle(context.random(purpose("random order")), 0, order);
    context.count(Work::keys_drawn, static_cast<std::int64_t>(order.size()));
    return take_in_order(problem, order);
  }
  std::int64_t scratch_bytes(const Problem& problem) const override {
    return static_cast<std::int64_t>(problem.candidates.size()) * 16;
  }
};

}  // namespace

MASKBENCH_SELECTOR(random, Random, "uniform without replacement", "fan2026datamask", .stochastic = true,
                   .walks_tiles = true)

}  // namespace maskbench
