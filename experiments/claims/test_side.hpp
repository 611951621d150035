// One side of a claim's test, and the test in words.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "experiments/claims/claims.hpp"
#include "experiments/records/json.hpp"
#include "experiments/records/record.hpp"

namespace maskbench {

// A cell that has run, with its place in the plan.
struct RanCell {
  const CellRecord* record = nullptr;
  Json axes;
  std::size_t planned = 0;  // repetitions of its row on its problem
};

// A number of the paper, or the cells of a row.
struct Side {
  std::optional<double> number;
  Json axes = Json::object();
  std::string metric, take;
  bool own_metric = false;

  std::string row() const;  // "datamask (paper)", "stochastic_greedy, epsilon = 0.1", "min of greedy, random"
  bool fits(const RanCell& cell) const;
};

Side side_of(const Json& json, const std::string& metric);

ClaimTest asked(const Json& test);

}  // namespace maskbench
