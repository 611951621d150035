// A plug-in for the gate's own tests, built three times: plain, half as slow again, and with one wrong row.
//   PLANTED_WORK   units of work for an answer      PLANTED_SHIFT   rows by which the answer is off

#include "algorithms/core/plugin_shim.hpp"

namespace maskbench {
namespace {

class Planted final : public Selector {
 public:
  Selection select(const Problem& problem, RunContext& context) override {
    const MatrixView rows = problem.data.features();
    double sum = 0;
    for (int unit = 0; unit < PLANTED_WORK; ++unit) {
      for (Index i = 0; i < rows.rows; ++i) {
        for (Index k = 0; k < rows.cols; ++k) sum += static_cast<double>(rows.row(i)[k]);
      }
    }
    Selection selection;
    const auto first = static_cast<std::size_t>(sum > 1e30 ? 1 : PLANTED_SHIFT);
    const auto wanted = static_cast<std::size_t>(problem.budget.amount);
    for (std::size_t i = 0; i < wanted; ++i) selection.items.push_back(problem.candidates[first + i]);
    context.count(Work::rows_read, static_cast<std::int64_t>(wanted));
    return selection;
  }
  std::int64_t scratch_bytes(const Problem&) const override { return 0; }
};

}  // namespace

MASKBENCH_SELECTOR(planted, Planted, "the first rows, after some work", "fan2026datamask", .no_quotas = true,
                   .no_kept = true)

}  // namespace maskbench

MASKBENCH_PLUGIN(maskbench::register_selector_planted)
