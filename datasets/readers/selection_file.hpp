// SELECTED.parquet: which rows of a data set were chosen.
//
//   row    int64, ascending, from 0 over all files of the data set
//   id     string, where the source has one
//   count  int32, how often the row is taken (1 unless the method repeats)
//   score  float32, the method's own, where it has one
//   pick   int32, 0 for the row that was picked first; null for one that was kept from before
//
// What made it stands in the file's key-value metadata.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "datasets/core/dataset.hpp"
#include "datasets/core/whole_file.hpp"

namespace maskbench {

struct SelectedRows {
  std::vector<Index> rows;           // ascending
  std::vector<std::int32_t> counts;  // a row each
  std::vector<float> scores;         // a row each, or empty
};

// `items` in pick order, the last `kept` of them rows from before; `repeats` and `scores` beside them or
// empty; the caller commits the file. UserError: it cannot be written.
void write_selection(const WholeFile& file, const Dataset& data, std::span<const Index> items,
                     std::size_t kept, std::span<const std::int32_t> repeats, std::span<const float> scores,
                     const std::map<std::string, std::string>& metadata);

// The file of any program that has a column `row`, or `id` where `data` has ids; of both, they must agree.
// UserError: a row out of range, a row or an id that stands twice, an unknown id, a count below 1, no rows.
SelectedRows read_selection(const std::string& path, const Dataset& data);

std::map<std::string, std::string> read_selection_metadata(const std::string& path);

// Made by write_selection() for a selector's answer; false for any other file, whatever is wrong with it.
bool is_selection_file(const std::string& path);

}  // namespace maskbench
