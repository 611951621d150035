// One selector in each of several parts of the candidates, and their answers as one.
#pragma once

#include <vector>

#include "algorithms/wrappers/inner_selector.hpp"

namespace maskbench {

using Parts = std::vector<std::vector<Index>>;  // rows, ascending in each part

struct PartRules {
  std::uint64_t number = 0;  // of the first part's random streams
  bool cover_part = false;   // the inner answer stands for its part's rows, not for all (Problem::reference)
};

// Units of the budget that the kept rows take, and all rows of each part.
std::int64_t kept_size(const Problem& problem);
std::vector<std::int64_t> part_sizes(const Problem& problem, const Parts& parts);

// The inner selector on part j with amounts[j] of the budget, the kept rows besides. In tokens, bytes or
// characters each part reaches its amount. The rows come in turn by their rank in their part, and the
// budget's own rule cuts the last ones off.
Selection select_in_parts(const Problem& problem, RunContext& context, InnerSelector& inner,
                          const Parts& parts, const std::vector<std::int64_t>& amounts, PartRules rules);

// Bytes beside the data for parts of at most `largest` rows with at most `amount` of the budget.
std::int64_t bytes_in_parts(const Problem& problem, const InnerSelector& inner, std::int64_t largest,
                            std::int64_t amount);

}  // namespace maskbench
