// The sum of the rows that each mask holds: one walk over the batch, adding a row to the accumulators of the
// masks that hold it (facts 6), N_b d traffic instead of G S_b d.
#pragma once

#include <hwy/aligned_allocator.h>

#include <span>
#include <vector>

#include "algorithms/core/objective.hpp"
#include "algorithms/kernels/stored_rows.hpp"

namespace maskbench {

// Keeps its memory from step to step.
class MaskedRowSums {
 public:
  // G x d, row-major, until the next call; rows are added in batch order whatever the thread count.
  std::span<const float> of(const StoredRows& features, std::span<const Index> batch, const MaskSet& masks);

 private:
  struct Task;
  struct Scratch;  // a thread's
  static void sum_columns(const Task& task, Index first_slice, Index last_slice, Scratch& scratch);

  std::vector<std::int32_t> sorted_;  // items, ascending
  std::vector<float> sums_;
  std::vector<Scratch> scratch_;
};

// What the masks hold of a tile of rows.
struct TileItems {
  std::vector<std::int32_t> at;       // of a mask: its first item that is not in an earlier tile
  std::vector<std::int32_t> count;    // of a mask, in the tile
  std::vector<std::int32_t> order;    // masks, by `pairs`
  std::vector<std::int32_t> pairs;    // of order[k]: offsets of rows in the tile's copy, two by two
  std::vector<std::int32_t> offsets;  // one mask after the other, as in `order`
};

struct MaskedRowSums::Scratch {
  TileItems items;
  hwy::AlignedFreeUniquePtr<float[]> floats;  // a tile's copy, sums of a panel
  std::size_t size = 0;
};

// The plain loop: mask by mask, float64. The test's oracle.
std::vector<double> masked_row_sums_reference(const StoredRows& features, std::span<const Index> batch,
                                              const MaskSet& masks);

}  // namespace maskbench
