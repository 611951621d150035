// crashes: a selector that dereferences null.

#include "algorithms/core/selector.hpp"

namespace maskbench {
namespace {

class Crashes final : public Selector {
 public:
  Selection select(const Problem&, RunContext&) override {
    volatile int* nowhere = nullptr;
    *nowhere = 1;
    return {};
  }
  std::int64_t scratch_bytes(const Problem&) const override { return 0; }
};

}  // namespace

MASKBENCH_SELECTOR(crashes, Crashes, "dereferences null", "fan2026datamask")

}  // namespace maskbench
