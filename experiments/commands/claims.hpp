// What `maskbench claims` and `maskbench check claims` share.
#pragma once

#include <string>

namespace maskbench {

// Prints what the records say otherwise than paper/claims.json, what has no records, and the closing line. 1
// where a status differs, or where results/tables/claims.md is not what the records give; else 0. `json`: one
// object instead of lines.
int check_claims(bool json);

}  // namespace maskbench
