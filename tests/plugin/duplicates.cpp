// duplicates: a selector that answers the same row again and again.

#include "algorithms/core/selector.hpp"

namespace maskbench {
namespace {

class Duplicates final : public Selector {
 public:
  Selection select(const Problem& problem, RunContext&) override {
    Selection selection;
    selection.items.assign(problem.rows_to_pick(), problem.candidates.front());
    return selection;
  }
  std::int64_t scratch_bytes(const Problem&) const override { return 0; }
};

}  // namespace

MASKBENCH_SELECTOR(duplicates, Duplicates, "answers the same row again and again", "fan2026datamask")

}  // namespace maskbench
