// Features wherever they lie: in memory, or in a scratch file where memory has no room for them. What walks
// them by a RowReader does the same arithmetic on both.
//
// The file is read, not mapped: a touched page of a mapping counts as this process's memory, and the kernel
// may map two megabytes of it around one row, so that only a buffer of our own holds a limit (decision 0011).
#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "datasets/core/types.hpp"

namespace maskbench {

inline constexpr std::size_t kTileBytes = std::size_t{1} << 20;  // of rows that a reader holds at a time

// n x d float32, row-major, in a file without a name: it is gone with the process, however that ends.
class RowFile {
 public:
  // Space for `rows_expected` rows is taken at once, so that a full disk is found before the work (0: not
  // known). `tile_bytes`: at least one row is held. UserError: the folder cannot be written, or the disk is
  // too small.
  RowFile(std::string folder, Index cols, Index rows_expected, std::size_t tile_bytes = kTileBytes);
  ~RowFile();
  RowFile(const RowFile&) = delete;
  RowFile& operator=(const RowFile&) = delete;

  void append(std::span<const float> values);  // whole rows; UserError where the disk is full

  // out: count x d, row k is rows[k]. Safe on any thread; what goes wrong is zeros until check() tells.
  void read(const Index* rows, Index count, float* out) const noexcept;
  void check() const;  // std::runtime_error: a read failed

  Index rows() const { return rows_; }
  Index cols() const { return cols_; }
  Index tile_rows() const { return tile_rows_; }
  std::int64_t bytes() const { return rows_ * cols_ * static_cast<std::int64_t>(sizeof(float)); }
  const std::string& folder() const { return folder_; }

 private:
  std::string folder_;
  Index cols_, rows_ = 0, tile_rows_;
  int file_ = -1;
  mutable std::atomic<int> failed_{0};  // errno of a read
};

// n x d, not owning.
struct FeatureRows {
  FeatureRows() = default;
  FeatureRows(MatrixView in_memory)
      : rows(in_memory.rows), cols(in_memory.cols), view(in_memory) {}  // NOLINT: the same rows
  FeatureRows(const RowFile& in_file)
      : rows(in_file.rows()), cols(in_file.cols()), file(&in_file) {}  // NOLINT

  // For code that jumps among all rows. UserError: they are in a scratch file.
  MatrixView in_memory() const {  // inline: plug-ins ask too
    if (file != nullptr)
      throw UserError(
          "the features lie in a scratch file, since memory cannot hold them; this needs them in memory");
    return view;
  }
  void check() const;  // after a walk: std::runtime_error where a read failed

  Index rows = 0, cols = 0;
  MatrixView view;  // no data where they lie in a file
  const RowFile* file = nullptr;
};

// One thread's way to the rows.
class RowReader {
 public:
  explicit RowReader(const FeatureRows& features) : features_(features) {}

  // Row i, until the next call.
  const float* row(Index i) {
    if (features_.file == nullptr) return features_.view.row(i);
    fetch(&i, 1);
    return buffer_.data();
  }

  // use(view, places, first, count) for runs of `wanted` in their order: wanted[first + k] is row places[k]
  // of the view.
  template <class Use>
  void each(std::span<const Index> wanted, Use&& use) {
    const auto all = static_cast<Index>(wanted.size());
    if (features_.file == nullptr) return use(features_.view, wanted.data(), Index{0}, all);
    for (Index first = 0; first < all; first += features_.file->tile_rows()) {
      const Index count = std::min(features_.file->tile_rows(), all - first);
      fetch(wanted.data() + first, count);
      use(MatrixView{buffer_.data(), count, features_.cols, features_.cols},
          static_cast<const Index*>(places_.data()), first, count);
    }
  }

 private:
  void fetch(const Index* rows, Index count);

  FeatureRows features_;
  std::vector<float> buffer_;
  std::vector<Index> places_;  // 0, 1, ...
};

// All rows in order, in tiles of at most `bytes` (at least one row): visit(first row, rows of the tile).
void for_each_tile(const FeatureRows& features, std::size_t bytes,
                   const std::function<void(Index, MatrixView)>& visit);

}  // namespace maskbench
