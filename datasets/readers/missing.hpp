// What becomes of a row that has no value in a column: null, or NaN where numbers are wanted; features that
// are all zeros where unit rows are asked for.
#pragma once

#include <string>
#include <vector>

#include "datasets/core/types.hpp"

namespace maskbench {

struct MissingRule {
  enum class How { error, drop, lowest, value };
  std::string column;  // as the caller names it; "": every column for which it means something
  How how = How::error;
  std::string value;  // how == value: as given

  std::string print() const;
};

// From "error", "COLUMN=drop", "q=0.5". UserError: no rule, an empty column.
MissingRule missing_rule(const std::string& text);

struct MissingCount {
  std::string column;
  MissingRule rule;
  Index rows = 0;
};

}  // namespace maskbench
