// From the lists of a descriptor to its cells: sweeps multiplied out, names checked, axes and keys made.
#pragma once

#include <vector>

#include "experiments/descriptor/descriptor.hpp"

namespace maskbench {

// All cells, repetition by repetition. `descriptor` gives id, group and limits. UserError with line and path:
// an unknown name or parameter, a budget that is none or several, an `only` that names no axis, the same cell
// twice.
std::vector<Cell> cells_of(const Document& document, const Descriptor& descriptor, const KnownNames& names);

// The cells that fit all axes of `only`. UserError with what there is where an axis or a value fits none.
std::vector<Cell> cells_that_fit(std::vector<Cell> cells, const std::vector<PathValue>& only);

}  // namespace maskbench
