// Feature rows as a method keeps them for itself: float32, or rounded to fewer bits.
//
//   bfloat16   the upper half of a float32, rounded to nearest, ties to even: within 2^-8 of an entry
//   int8       round(x / scale) with scale = max |x| / 127 of the row: within scale / 2 of an entry
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "datasets/core/types.hpp"

namespace maskbench {

// rows x cols, row-major, not owning: f32, bf16 or i8.
struct StoredRows {
  StoredRows(const char* first, DType of, Index row_count, Index col_count, Index row_bytes,
             const float* row_scales)
      : data(first), type(of), rows(row_count), cols(col_count), stride(row_bytes), scales(row_scales) {}
  StoredRows(MatrixView x)  // NOLINT: the same rows
      : StoredRows(reinterpret_cast<const char*>(x.data), DType::f32, x.rows, x.cols, 4 * x.stride, nullptr) {
  }

  const char* at(Index row, Index col) const {
    return data + row * stride + col * static_cast<Index>(bytes_of(type));
  }
  float scale(Index row) const { return scales == nullptr ? 1.0f : scales[row]; }

  // An entry: what vector code has to give too.
  float value(Index row, Index col) const {
    const char* const place = at(row, col);
    if (type == DType::f32) return *reinterpret_cast<const float*>(place);
    if (type == DType::i8)
      return static_cast<float>(*reinterpret_cast<const std::int8_t*>(place)) * scale(row);
    return std::bit_cast<float>(std::uint32_t{*reinterpret_cast<const std::uint16_t*>(place)} << 16);
  }

  const char* data;
  DType type;
  Index rows, cols;
  Index stride;         // bytes
  const float* scales;  // one a row of i8
};

// A rounded copy of some rows of a matrix: row k is rows[k].
class RoundedRows {
 public:
  RoundedRows(MatrixView all, std::span<const Index> rows, DType type);  // bf16 or i8
  StoredRows view() const;
  static std::int64_t bytes(Index rows, Index cols, DType type);

 private:
  DType type_;
  Index rows_, cols_;
  std::vector<std::uint16_t> halves_;
  std::vector<std::int8_t> bytes_;
  std::vector<float> scales_;
};

}  // namespace maskbench
