// One quality a row from one or several score columns (facts 10a): each column is scaled over all n
// rows, a single column too, then they are summed.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "datasets/core/dataset.hpp"

namespace maskbench {

// zscore: by the population deviation; rank: the mean rank of ties, 0..1.
enum class Merge { minmax, raw, zscore, rank };
constexpr std::array<const char*, 4> names(Merge) {
  return {"minmax", "raw", "zscore", "rank"};
}

// A constant column gives 0 except under raw. n entries, float64. Of one column, the order is the column's
// own (ordered_values.hpp).
std::vector<double> merge_quality(const Dataset& data, std::span<const std::string> columns, Merge merge);

}  // namespace maskbench
