// All records of some files, by what they are about.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "experiments/records/record.hpp"

namespace maskbench {

using Curves = std::map<std::string, std::vector<PointRecord>>;  // by cell

// A step that does not grow begins a new attempt, and the earlier points count no more.
void add_point(Curves& curves, PointRecord point);

// The first point from which on every value is within 1 % of the way from random answers to the cell's own;
// null: there is none.
const PointRecord* converged_point(const std::vector<PointRecord>& curve, const CellRecord& cell);

// The last record of a cell counts.
class RecordIndex {
 public:
  explicit RecordIndex(const std::vector<Json>& records);

  const std::vector<RunRecord>& runs() const {
    return runs_;
  }  // one for each descriptor and group, in order of appearance
  const std::vector<std::string>& builds() const { return builds_; }  // a line each, no line twice
  const std::vector<std::string>& hosts() const { return hosts_; }

  const CellRecord* cell(const std::string& key) const;                  // null: it has not run
  const std::vector<PointRecord>& points(const std::string& key) const;  // of the last attempt
  const std::map<std::string, CellRecord>& cells() const { return cells_; }

  // Two cells with the same problem can be compared; a synthetic data set is another one with every seed, and
  // a budget with other quotas or kept rows is another one too.
  std::string problem(const CellRecord& cell) const;
  std::string pool(const CellRecord& cell) const;  // the same, whatever the objective
  std::string rows(const CellRecord& cell) const;  // the same, whatever scores make the quality

  // What a value of this problem can be at most: the least bound on record, or else the best value on record.
  struct Ceiling {
    double value = 0;
    bool bound = false;  // false: the best value known
  };
  std::optional<Ceiling> ceiling(const CellRecord& cell) const;
  std::optional<double> bound_seconds(
      const CellRecord& cell) const;  // of the search for the bound of its problem

 private:
  std::vector<RunRecord> runs_;
  std::vector<std::string> builds_, hosts_;
  std::map<std::string, CellRecord> cells_;
  Curves points_;
  std::map<std::string, std::string> budgets_;                  // of a planned cell, as the plan words it
  std::map<std::string, double> best_, bound_, bound_seconds_;  // by problem
};

}  // namespace maskbench
