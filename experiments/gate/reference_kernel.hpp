// The speed gate's yardstick.
#pragma once

#include "datasets/core/types.hpp"

namespace maskbench {

// One pass over the rows of a matrix: dot products in float64, keys from them, the smallest kept in a heap of
// `rows / 16` places, as selectors do. Frozen: every speed baseline is a ratio to it, so that the file is
// never edited (tests/gate knows its digest); a better yardstick is another file and a first baseline.
double reference_pass(MatrixView rows);

}  // namespace maskbench
