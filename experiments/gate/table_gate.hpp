// The table gate: committed records, rendered again, give the committed tables byte for byte.
#pragma once

#include <string>
#include <vector>

#include "experiments/gate/gate.hpp"

namespace maskbench {

// One verdict for each table and format that `root`/results/runs/current.json names, or that stands in
// `root`/results/tables under a name of that form, DESCRIPTOR-GROUP: same | changed (the first line that
// differs) | missing (the table, or its records) | no records (a table that current.json does not name).
// UserError: current.json is not an object of file names.
std::vector<GateVerdict> check_tables(const std::string& root);

}  // namespace maskbench
