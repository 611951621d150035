// Student's t distribution, for confidence intervals of few points.
#pragma once

namespace maskbench {

// The t with P(|T| <= t) = 0.95. `freedom` is at least 1.
double student_quantile(int freedom);

}  // namespace maskbench
