// A problem as a Parquet file for other programs, and their answers.
//
//   row                        int64, 0..n-1
//   id                         string, where the data set has ids
//   embedding                  float32 list of fixed length d, where it has features, as stored
//   quality                    float64, the merged quality, where one was asked for
//   tokens, bytes, characters  int32, where the source has them
//   candidate, kept            bool: may be picked; was chosen before
#pragma once

#include <string>

#include "algorithms/core/problem.hpp"

namespace maskbench {

// UserError: `path` cannot be written.
void write_problem(const std::string& path, const Problem& problem);

// SELECTED.parquet (datasets/readers/selection_file.hpp) as an answer to this problem; kept rows in it are
// passed over. UserError: a row that is not a candidate, or more than the budget allows.
Selection read_answer(const std::string& path, const Problem& problem);

}  // namespace maskbench
