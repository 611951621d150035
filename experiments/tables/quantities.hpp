// From records to the numbers of a table: one measure of one selector on one problem, over its repetitions.
#pragma once

#include <string>
#include <vector>

#include "experiments/tables/measures.hpp"

namespace maskbench {

// `reasons` false: notes of limits and kills leave out the measured times.
Quantity quantity_of(const std::string& measure, const Place& place, const Comparison& compared,
                     const RecordIndex& index, bool reasons);

// Of a measure and its differences: a place's numbers less those of `against`, seed by seed on the same
// problem; where one side ran a problem once only, since no seed changes its answer, that number stands for
// all seeds. Mean, and interval of bootstrap_interval().
Quantity paired_difference(const std::string& measure, const Place& place, const Comparison& compared,
                           const Place* against, const Comparison& against_compared, const RecordIndex& index,
                           bool reasons);

// Percentile bootstrap of the mean: the range that holds the middle 95 % of kResamples means of as many draws
// with replacement. A pure function of the values and their order. At least two values.
inline constexpr int kResamples = 10000;
struct Interval {
  double low = 0, high = 0;
};
Interval bootstrap_interval(const std::vector<double>& values);

}  // namespace maskbench
