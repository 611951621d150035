// Chosen rows of a matrix side by side, for libraries that want one block of memory: the data set's own
// memory where they are all of it, else a copy.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "datasets/core/types.hpp"

namespace maskbench {

class PackedRows {
 public:
  PackedRows(MatrixView all, std::span<const Index> rows) : view_(all) {
    if (in_place(all, rows)) return;
    const std::size_t cols = all.cols;
    copy_.resize(rows.size() * cols);
    for (std::size_t k = 0; k < rows.size(); ++k) {
      std::copy_n(all.row(rows[k]), cols, copy_.begin() + static_cast<std::ptrdiff_t>(k * cols));
    }
    view_ = {copy_.data(), static_cast<Index>(rows.size()), all.cols, all.cols};
  }
  PackedRows(const PackedRows&) = delete;
  PackedRows& operator=(const PackedRows&) = delete;

  MatrixView view() const { return view_; }  // row k is rows[k]

  // Bytes of the copy, if one is made.
  static std::int64_t bytes(MatrixView all, std::span<const Index> rows) {
    return in_place(all, rows) ? 0 : 4 * all.cols * static_cast<std::int64_t>(rows.size());
  }

 private:
  static bool in_place(MatrixView all, std::span<const Index> rows) {
    if (all.stride != all.cols || static_cast<Index>(rows.size()) != all.rows) return false;
    for (std::size_t k = 0; k < rows.size(); ++k) {
      if (rows[k] != static_cast<Index>(k)) return false;
    }
    return true;
  }

  MatrixView view_;
  std::vector<float> copy_;
};

}  // namespace maskbench
