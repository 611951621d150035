// The maximum of a function of one number.
#pragma once

namespace maskbench {

// The x of [0, 1] with the largest value_at(x), to 1e-4 where there is one maximum only (golden-section
// search, J. Kiefer 1953).
template <class ValueAt>
double best_share(ValueAt&& value_at) {
  constexpr double kGolden = 0.6180339887498949;
  double low = 0, high = 1, a = 1 - kGolden, b = kGolden, at_a = value_at(a), at_b = value_at(b);
  for (int step = 0; step < 20; ++step) {
    if (at_a >= at_b) {
      high = b, b = a, at_b = at_a, a = high - kGolden * (high - low), at_a = value_at(a);
    } else {
      low = a, a = b, at_a = at_b, b = low + kGolden * (high - low), at_b = value_at(b);
    }
  }
  return at_a >= at_b ? a : b;
}

}  // namespace maskbench
