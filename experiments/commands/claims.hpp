// What `maskbench claims` and `maskbench check claims` share.
#pragma once

#include <vector>

#include "experiments/gate/gate.hpp"

namespace maskbench {

// One verdict a claim of paper/claims.json: same | changed (its status is another by the records) | no
// records, which is undecided; and one for each page, results/tables/claims.md and claims-evidence.md.
std::vector<GateVerdict> check_claims();

}  // namespace maskbench
