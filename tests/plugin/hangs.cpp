// hangs: a selector that never returns, whatever the harness says.

#include "algorithms/core/selector.hpp"

namespace maskbench {
namespace {

class Hangs final : public Selector {
 public:
  Selection select(const Problem&, RunContext&) override {
    for (volatile bool forever = true; forever;) {
    }
    return {};
  }
  std::int64_t scratch_bytes(const Problem&) const override { return 0; }
};

}  // namespace

MASKBENCH_SELECTOR(hangs, Hangs, "never returns, whatever the harness says", "fan2026datamask")

}  // namespace maskbench
