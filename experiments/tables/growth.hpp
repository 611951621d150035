// How work and time grow with the number of rows: exponents of power laws, fitted to the records of one run.
#pragma once

#include <optional>
#include <span>

#include "experiments/tables/measures.hpp"
#include "experiments/tables/table.hpp"

namespace maskbench {

// y = a n^exponent, by least squares of log y on log n.
struct PowerLaw {
  double exponent = 0;
  double error =
      0;  // half the width of the 95 % confidence interval (Student's t); not finite for two points
  int points = 0;
};

// Nothing for fewer than two different n; values that are not positive are left out.
std::optional<PowerLaw> fit_power_law(std::span<const double> n, std::span<const double> y);

// One row a selector: exponents of its counted work (all kinds added up) and, with `times`, of its time, over
// all sizes and over those from `from` rows on. Cells that were cut short or extrapolated do not count.
Table growth_table(const RunRecord& run, const RecordIndex& index, Index from, bool times);

}  // namespace maskbench
