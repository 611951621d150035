// What the harness reports of every answer, whatever was optimised: computed from the rows alone, in float64,
// in ascending row order, so that neither pick order nor thread count changes a digit.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "datasets/core/dataset.hpp"

namespace maskbench {

struct Metric {
  std::string name;
  std::optional<double> value;
  std::string reason;     // why the value is missing; "" where there is one
  bool left_out = false;  // it would have a value, but time or memory do not reach: a user should be told
};

// A metric's name, `.<column>` where there is one a column, and its meaning as `maskbench list metrics`
// prints it.
struct MetricInfo {
  std::string name;
  std::string meaning;
};

// Names of the catalogue, without a column's, such as `domain_shift`; absent: all.
using MetricChoice = std::optional<std::vector<std::string>>;

inline constexpr double kNearDuplicateCosine = 0.95;  // two rows at least this close are near-duplicates
inline constexpr Index kMostClusters =
    100'000;  // label columns with more values are identifiers, not clusters

struct MetricOptions {
  // Facility location costs n S d multiply-adds and the near-duplicate rate S^2 d; above this many they are
  // missing, with the reason. Nothing is subsampled silently.
  double most_work = 2e12;
  MetricChoice only = {};
};

std::vector<MetricInfo> metric_catalogue();
std::vector<std::string> metric_names();  // what a MetricChoice can have

// UserError, after `where`: a name that no MetricChoice can have.
void check_metric_choice(const MetricChoice& choice, const std::string& where);

// The metrics of the answer `items` (distinct rows, any order, at least one), in the order of the catalogue;
// a data set's columns in alphabetical order. `quality_columns` are score columns, reported raw. UserError:
// an unknown column.
std::vector<Metric> evaluate_metrics(const Dataset& data, std::span<const Index> items,
                                     std::span<const std::string> quality_columns,
                                     const MetricOptions& options = {});

}  // namespace maskbench
