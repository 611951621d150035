// A share of a whole by exact decimal arithmetic: 0.29 of 100 is 29, though the product of the doubles
// is 28.999...
#pragma once

#include "datasets/core/types.hpp"

namespace maskbench {

// floor(share * whole) and ceil(share * whole), where `share` is the decimal number that its shortest text
// says; neither is negative.
Index share_floor(double share, Index whole);
Index share_ceil(double share, Index whole);

}  // namespace maskbench
