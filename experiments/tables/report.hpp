// From the records of one run to its tables: what stands in which cell.
#pragma once

#include "experiments/records/record.hpp"
#include "experiments/tables/measures.hpp"
#include "experiments/tables/table.hpp"

namespace maskbench {

// All rows and columns that the plan and the descriptor name. `times`: false, no seconds, no memory, no host.
// UserError: a measure that no cell has.
Report report_of(const RunRecord& run, const RecordIndex& index, bool times);

}  // namespace maskbench
