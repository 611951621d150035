// What the paper states, held against our records: a pure function of paper/claims.json and of the records
// behind the committed tables. experiments/schema/claims.schema.json has the form of the file.
//
// A test compares two rows of a descriptor, cell by cell: same problem, same repetition. A problem is one
// value of dataset, objective, budget and selector each, without those that the two sides name. A row that
// runs once, because no seed changes its answer, stands against every repetition of the other. d is the mean
// over the pairs of left - right, or of left / right - 1 (by the mean of logarithms); its interval has 95 %
// by Student's t, and is d itself where there is one pair.
//
//   <   below by more than the margin: the interval ends below -margin       >   begins above margin
//   <=  at most so much above: the interval ends at or below margin          >=  begins at or above -margin
//   =   no further apart: the interval is within -margin and margin
//
// A time that ran out counts as what it was then, which is less than the whole: it decides only what a longer
// time would decide the same way. A problem whose interval has the margin inside is `not decided`. A claim is
// `reproduced` where all of its tests hold, each on every problem with records (or on some problem, where
// that is claimed); what is not shown to hold `differs`.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "experiments/records/json.hpp"

namespace maskbench {

// One test on one problem.
struct Finding {
  std::string metric;               // of the left side
  std::string problem;              // "quick: web_sample, disf, 10 %"
  std::string left_row, right_row;  // "datamask (paper)", "min of greedy, random"; "" a number
  std::string left, right;          // means, as a table would show them; of a time with the value reached
  double difference = 0;            // d
  bool ratio = false;               // d is left / right - 1
  std::optional<double> low, high;  // of d; none for one pair
  int pairs = 0;                    // 0: numbers of the paper
  std::string verdict;              // holds | fails | not decided
};

struct ClaimResult {
  std::string id, text, source, published, why;
  std::string stated;    // status in the file
  std::string measured;  // reproduced | differs | not runnable here (no tests, or the paper's sizes alone) |
                         // no records
  std::vector<Finding> findings;     // of all tests, in order
  std::vector<std::string> missing;  // why a test has none

  // False: the records say otherwise than the file. Missing records contradict nothing.
  bool agrees() const { return measured == "no records" || measured == stated; }
};

// Records by descriptor and group: "speedup-quick" -> lines.
using RecordsByTable = std::map<std::string, std::vector<Json>>;

// UserError with file and line: an id given twice, a side that fits several cells, an operator between what
// has no ratio.
std::vector<ClaimResult> judge_claims(const Document& claims, const RecordsByTable& records);

std::string closing_line(
    const std::vector<ClaimResult>& results);  // "claims: 12 reproduced, 5 differ, 20 not runnable"
std::string evidence_of(
    const Finding& finding);  // "seconds, quick: ...: -12 % [-15 %, -9.1 %], 5 seeds: holds"
std::string claims_page(const std::vector<ClaimResult>& results);   // markdown
std::string claims_latex(const std::vector<ClaimResult>& results);  // needs array, booktabs and longtable

}  // namespace maskbench
