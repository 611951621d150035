// The host's side of the plug-in interface: a Problem, its objective and a RunContext as C tables.
#pragma once

#include <memory>
#include <vector>

#include "algorithms/core/plugin_abi.h"
#include "algorithms/core/selector.hpp"

namespace maskbench {

// Holds the tables that describe a data set; the data set must outlive it.
class HostData {
 public:
  explicit HostData(const Dataset& data);
  HostData(const HostData&) = delete;
  HostData& operator=(const HostData&) = delete;
  const maskbench_data* table() const { return &table_; }

 private:
  std::vector<maskbench_column> columns_;
  std::vector<std::unique_ptr<HostData>> others_;
  std::vector<maskbench_related_data> related_;
  maskbench_data table_{};
};

// Holds the tables that describe a problem; they live as long as it does.
class HostProblem {
 public:
  explicit HostProblem(const Problem& problem);
  HostProblem(const HostProblem&) = delete;
  HostProblem& operator=(const HostProblem&) = delete;
  const maskbench_problem* table() const { return &table_; }

 private:
  std::shared_ptr<void> self_;  // what the objective's table points to
  HostData data_;
  std::vector<maskbench_quota> quotas_;
  maskbench_objective objective_{};
  maskbench_problem table_{};
};

maskbench_host host_callbacks(RunContext& context);

}  // namespace maskbench
