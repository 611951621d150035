// A few orthonormal directions that hold most of the rows' length: the mean's first, then principal ones. In
// canonical arithmetic and from a fixed sample, so that what is counted with them does not depend on the
// machine.
#pragma once

#include <span>
#include <vector>

#include "datasets/core/feature_rows.hpp"

namespace maskbench {

// count x d, row-major, orthonormal to 1e-12; fewer rows where the sample spans fewer. At most
// kDirectionSample of `rows`, evenly spaced, are looked at.
inline constexpr std::size_t kDirectionSample = 2048;
std::vector<double> principal_directions(const FeatureRows& features, std::span<const Index> rows,
                                         Index count);

}  // namespace maskbench
