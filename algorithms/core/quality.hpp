// One quality a row from one or several score columns (facts 10a): each column is scaled over all n
// rows, a single column too, then they are summed.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "datasets/core/dataset.hpp"

namespace maskbench {

// merge: minmax | raw | zscore (population deviation) | rank (mean rank of ties, 0..1). A constant column
// gives 0 except under raw. n entries, float64.
std::vector<double> merge_quality(const Dataset& data, std::span<const std::string> columns,
                                  const std::string& merge);

}  // namespace maskbench
