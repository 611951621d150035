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
// that is claimed); what is not shown to hold `differs`. A claim that is measured through a stand-in names
// its `control`: tests whose answer is known, by which the stand-in shows that it can tell one row from
// another. While there are none, or one does not hold, the claim has `no control` and its tests no verdict.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "experiments/records/json.hpp"

namespace maskbench {

// One test on one problem.
struct TestOutcome {
  std::size_t test = 0;             // index into ClaimResult::tests
  std::string metric;               // of the left side
  std::string problem;              // "quick: web_sample, disf, 10 %"
  std::string left_row, right_row;  // "datamask (paper)", "min of greedy, random"; "" a number
  std::string left, right;          // means, as a table would show them; of a time with the value reached
  double difference = 0;            // d
  bool ratio = false;               // d is left / right - 1
  std::optional<double> low, high;  // of d; none for one pair
  int pairs = 0;                    // 0: numbers of the paper
  std::string verdict;              // holds | fails | not decided | no control
};

struct ClaimTest {
  std::string asks;      // "seconds of datamask (paper) below those of greedy by more than 98.9 %"
  std::string records;   // "speedup (paper), where objective = disf"; "" the paper's own numbers
  std::string argument;  // for the margin
};

struct ClaimResult {
  std::string id, topic, title, finding, text, source, published, why;
  std::string stated;    // status in the file
  std::string measured;  // reproduced | differs | no control | no records | not runnable here (no tests, or
                         // the paper's sizes alone)
  std::vector<ClaimTest> tests;
  std::vector<TestOutcome> outcomes;  // of all tests, in order
  std::vector<std::string> missing;   // why a test has none

  // False: the records say otherwise than the file. Missing records contradict nothing.
  bool agrees() const { return measured == "no records" || measured == stated; }
};

// Records by descriptor and group: "speedup-quick" -> lines.
using RecordsByTable = std::map<std::string, std::vector<Json>>;

// UserError with file and line: an id given twice, a side that fits several cells, an operator between what
// has no ratio.
std::vector<ClaimResult> judge_claims(const Document& claims, const RecordsByTable& records);

// "claims: 12 reproduced, 5 differ, 20 not runnable"
std::string closing_line(const std::vector<ClaimResult>& results);

// "seconds, quick: ...: -12 % [-15 %, -9.1 %], 5 seeds: holds"
std::string evidence_of(const TestOutcome& outcome);

// A table a topic: claim, paper says, we find, verdict. Each claim links to its heading, its id, in the file
// `evidence` beside the page.
std::string claims_page(const std::vector<ClaimResult>& results, const std::string& evidence);
std::string claims_latex(const std::vector<ClaimResult>& results);  // needs array, booktabs and longtable
std::string claims_text(const std::vector<ClaimResult>& results);   // for a terminal of 100 columns

// Of each claim the full statement, what explains the answer, its tests and what each found.
std::string evidence_page(const std::vector<ClaimResult>& results);

// The results of each topic, in the order of reading; topics without claims are left out.
std::vector<std::pair<std::string, std::vector<const ClaimResult*>>> by_topic(
    const std::vector<ClaimResult>& results);

}  // namespace maskbench
