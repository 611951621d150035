// The notes below a table: what its columns mean, how many seeds stand behind a number, where published
// numbers are from.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "experiments/tables/layout.hpp"
#include "experiments/tables/quantities.hpp"
#include "experiments/tables/table.hpp"

namespace maskbench {

// `cells`: those that the table is made of.
std::vector<Remark> remarks_on(const Table& table, const Layout& layout,
                               const std::vector<const CellRecord*>& cells, const RecordIndex& index);

// "2000" where all cells that have this number (not 0) agree on it, else "".
template <class Number>
std::string agreed(const std::vector<const CellRecord*>& cells, Number&& number) {
  std::set<std::string> all;
  for (const CellRecord* cell : cells) {
    if (number(*cell) != 0) all.insert(std::to_string(number(*cell)));
  }
  return all.size() == 1 ? *all.begin() : "";
}

}  // namespace maskbench
