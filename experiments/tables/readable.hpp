// A table for people: what has no number is a line below it, and it is no wider than a screen.
#pragma once

#include "experiments/tables/table.hpp"

namespace maskbench {

// Rows (and groups of columns) that were refused or have not run in a whole table become a line below it, a
// table of nothing else a note of the report. Then at most `columns` columns stay, labels counted: the first
// measures of the descriptor that fit whole, so that every group shows the same ones, and what was published
// where there is room left; columns without any number go first. A line names what is not shown. `columns` 0:
// all columns.
Report readable(Report report, std::size_t columns);

}  // namespace maskbench
