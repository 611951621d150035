// Shares of the answer by decile of quality and of density, from a record's details.
#pragma once

#include <optional>
#include <string>

#include "experiments/records/json.hpp"

namespace maskbench {

// "kept.3.10": of the rows in decile 3 of quality and 10 of density, the share in the answer; "all" for any
// decile. "pool.3.10": their share of all rows, whatever was kept.
// Nothing: the record has no deciles, or the pool no row there. UserError: `measure` has another form.
std::optional<double> share_of_deciles(const Json& details, const std::string& measure);

}  // namespace maskbench
