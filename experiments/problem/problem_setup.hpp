// From what a user or a descriptor asks for to a Problem, with everything that the Problem points to.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "algorithms/core/objective.hpp"
#include "algorithms/core/problem.hpp"
#include "algorithms/core/registry.hpp"
#include "datasets/core/dataset.hpp"
#include "experiments/descriptor/descriptor.hpp"

namespace maskbench {

// How much of each label of a column may be taken: {"7": 0.25, "9": 40}. A whole number is an amount in the
// budget's unit, a number with a decimal point a share of the budget; labels that are not named are free.
struct QuotaRequest {
  std::string column;
  Document amounts;
};

struct ProblemRequest {
  NamedObjective objective;          // empty: the standard one
  std::vector<std::string> quality;  // score columns; empty: the data set's own
  BudgetRequest budget;
  std::vector<Index> kept;  // chosen before; part of the answer and of the budget
  std::vector<QuotaRequest> quotas;
  std::optional<Index>
      rows_meant;  // the S of scales that are probed at that size; nothing: the problem's own
};

// Holds what problem() points to; stays where it was made.
class ProblemSetup {
 public:
  // UserError: an unknown column or label, a budget of 0 or above what there is, kept rows out of range or
  // repeated.
  ProblemSetup(std::shared_ptr<const Dataset> data, const ProblemRequest& request);
  ProblemSetup(const ProblemSetup&) = delete;
  ProblemSetup& operator=(const ProblemSetup&) = delete;

  const Problem& problem() const { return *problem_; }
  const Dataset& data() const { return *data_; }
  const Objective& objective() const { return *objective_; }
  const NamedObjective& named_objective() const { return named_; }
  const std::string& objective_text() const { return named_.canonical(); }
  const std::vector<std::string>& quality_columns() const { return quality_columns_; }

  // No objective was asked for and the data have none: a value means nothing.
  bool valueless() const { return objective_->traits().valueless; }

  // The S that the objective was made at (Problem::expected_rows() where the budget is in rows).
  Index rows_meant() const { return rows_meant_; }

  // What the user should know of the problem: candidates that were set aside.
  const std::vector<std::string>& notes() const { return notes_; }

  // True where every set of S rows is a feasible answer: no kept rows, quotas or sizes to respect.
  bool plain() const;

 private:
  void set_aside();  // candidates that do not fit though nothing else is taken

  std::shared_ptr<const Dataset> data_;
  std::vector<std::string> quality_columns_;
  std::vector<double> merged_quality_;
  std::vector<Index> candidates_, kept_;
  std::vector<std::string> notes_;
  Index rows_meant_ = 0;
  std::vector<Quota> quotas_;
  NamedObjective named_;
  std::unique_ptr<Objective> objective_;
  std::unique_ptr<Problem> problem_;
};

}  // namespace maskbench
