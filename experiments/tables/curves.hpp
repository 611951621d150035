// Which points of a curve stay in the records: what the run's own table can read, unless its descriptor keeps
// curves whole ("curves": true, for figures of them).
#pragma once

#include <string>
#include <vector>

#include "experiments/records/record.hpp"

namespace maskbench {

enum class Keep {
  all,     // the descriptor says so
  needed,  // the table shows a measure of the curve: what any such measure can read, without metrics and work
  none
};
Keep points_to_keep(const Json& descriptor);  // resolved: with its group applied

// `points`: of one cell, in order. Of `needed` stay the points above all before them (time_to_reach, whatever
// its target), the first from which on all are near the cell's value and the one before it, or, where no such
// point is, the last (converged_*).
std::vector<PointRecord> kept_points(const std::vector<PointRecord>& points, const CellRecord& cell,
                                     Keep keep);

// The same for all records of a file. Points of attempts that a later one took over from, and `run` records
// that a later one of the same descriptor and group takes the place of, go too. Everything else stays, in its
// order.
std::vector<Json> thinned(const std::vector<Json>& records);

}  // namespace maskbench
