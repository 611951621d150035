// paper/claims.json beside the records that results/runs/current.json names.
#pragma once

#include <string>
#include <vector>

#include "experiments/claims/claims.hpp"

namespace maskbench {

struct ClaimsRequest {
  std::string claims;   // "": paper/claims.json of the repository
  std::string current;  // "": results/runs/current.json; its files count from the folder above `results`
};

struct JudgedClaims {
  Document file;
  std::vector<ClaimResult> results;
};

// UserError: a file is missing or breaks its schema. A table whose records are not there has none.
JudgedClaims judge_claims_file(const ClaimsRequest& request);

// The file's text with every status that the records contradict replaced by the measured one; all else stays
// as it is.
std::string accepted_text(const JudgedClaims& judged);

}  // namespace maskbench
