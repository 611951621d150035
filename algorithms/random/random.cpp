// random: a uniform random set, the floor of every normalised value.
//
// Guarantee: every set of S candidates is equally likely.  Cost: O(n).
//
// Departs from the source: nothing to depart from.

#include <cstdint>
#include <limits>

#include "algorithms/core/selector.hpp"
#include "algorithms/kernels/random_subset.hpp"

namespace maskbench {
namespace {

class Random final : public Selector {
 public:
  Selection select(const Problem& problem, RunContext& context) override {
    MASKBENCH_CHECK(problem.data.size() <= std::numeric_limits<std::uint32_t>::max(), "rows of 32 bits");
    std::vector<std::uint32_t> rows(problem.candidates.begin(),
                                    problem.candidates.end());  // half as far apart as Index
    shuffle(context.random(purpose("random order")), 0, rows);
    context.count(Work::keys_drawn, static_cast<std::int64_t>(rows.size()));
    return take_in_order(problem, std::vector<Index>(rows.begin(), rows.end()));
  }
  std::int64_t scratch_bytes(const Problem& problem) const override {
    const Index n = problem.candidates.size();
    return 12 * (n + problem.rows_to_pick());
  }
};

}  // namespace

MASKBENCH_SELECTOR(random, Random, "uniform without replacement", "fan2026datamask", .stochastic = true,
                   .walks_tiles = true, .any_size = true)

}  // namespace maskbench
