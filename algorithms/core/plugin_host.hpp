// The host's side of the plug-in interface: a Problem, its objective and a RunContext as C tables.
#pragma once

#include <memory>
#include <vector>

#include "algorithms/core/plugin_abi.h"
#include "algorithms/core/selector.hpp"

namespace maskbench {

// Holds the tables that describe a problem; they live as long as it does.
class HostProblem {
 public:
  explicit HostProblem(const Problem& problem);
  HostProblem(const HostProblem&) = delete;
  HostProblem& operator=(const HostProblem&) = delete;
  const maskbench_problem* table() const { return &table_; }

 private:
  std::shared_ptr<void> self_;  // what the objective's table points to
  std::vector<maskbench_column> columns_;
  std::vector<maskbench_quota> quotas_;
  maskbench_objective objective_{};
  maskbench_problem table_{};
};

maskbench_host host_callbacks(RunContext& context);

}  // namespace maskbench
