// From records to the numbers of a table: one measure of one selector on one problem, over its repetitions.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "experiments/records/record.hpp"
#include "experiments/tables/table.hpp"

namespace maskbench {

using Curves = std::map<std::string, std::vector<PointRecord>>;  // by cell

// A step that does not grow begins a new attempt, and the earlier points count no more.
void add_point(Curves& curves, PointRecord point);

// The first point from which on every value is within 1 % of the way from random answers to the cell's own;
// null: there is none.
const PointRecord* converged_point(const std::vector<PointRecord>& curve, const CellRecord& cell);

// All records, by what they are about. The last record of a cell counts.
class Evidence {
 public:
  explicit Evidence(const std::vector<Json>& records);

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

// The repetitions of one place in a table.
struct Place {
  std::string row;                // row label
  std::vector<std::string> keys;  // cells, in order of repetition
};

// What a place is compared with: the table's `reference` and `same_picks`.
struct Comparison {
  const Place* reference = nullptr;  // of speedup and time_to_reach
  const Place* twin = nullptr;       // makes the same picks; its values stand where this place has none
  const Place* reference_twin = nullptr;
  double extrapolate_rows = 0;  // of core_seconds and machine_seconds
};

const std::set<std::string>& own_measures();  // what every record gives, apart from its metrics and its work
bool is_own_measure(const std::string& measure);  // one of them, or work.NAME, kept.Q.D, pool.Q.D
Kind kind_of(const std::string& measure);
bool is_time(const std::string& measure);      // differs between two runs of one build: times, memory
bool reads_curve(const std::string& measure);  // is made of the points of a cell, not of the cell alone
std::string title_of(const std::string& measure);

// (value - random) / (ceiling - random); nothing where the room is within rounding or three errors of the
// mean.
std::optional<double> normalised_value(double value, const RandomFloor& random, double ceiling);

// Of a measure and its differences: a place's numbers less those of `against`, seed by seed on the same
// problem; where one side ran a problem once only, since no seed changes its answer, that number stands for
// all seeds. Mean, and interval of bootstrap_interval().
Quantity paired_difference(const std::string& measure, const Place& place, const Comparison& compared,
                           const Place* against, const Comparison& against_compared, const Evidence& evidence,
                           bool reasons);

// Percentile bootstrap of the mean: the range that holds the middle 95 % of kResamples means of as many draws
// with replacement. A pure function of the values and their order. At least two values.
inline constexpr int kResamples = 10000;
struct Interval {
  double low = 0, high = 0;
};
Interval bootstrap_interval(const std::vector<double>& values);

// `reasons` false: notes of limits and kills leave out the measured times.
Quantity quantity_of(const std::string& measure, const Place& place, const Comparison& compared,
                     const Evidence& evidence, bool reasons);

}  // namespace maskbench
