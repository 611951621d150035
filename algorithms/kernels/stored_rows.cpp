#include "algorithms/kernels/stored_rows.hpp"

#include <algorithm>
#include <cmath>

namespace maskbench {
namespace {

std::uint16_t bfloat16(float x) {  // finite
  const auto bits = std::bit_cast<std::uint32_t>(x);
  return static_cast<std::uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

// Rounds a row; its scale.
float to_int8(const float* x, Index cols, std::int8_t* out) {
  float largest = 0;
  for (Index k = 0; k < cols; ++k) largest = std::max(largest, std::abs(x[k]));
  const float scale = largest / 127;
  for (Index k = 0; k < cols; ++k) {  // the scale of a tiny row may be 0, or rounded down
    const float rounded = scale > 0 ? std::nearbyint(x[k] / scale) : 0.0f;
    out[k] = static_cast<std::int8_t>(std::clamp(rounded, -127.0f, 127.0f));
  }
  return scale;
}

}  // namespace

RoundedRows::RoundedRows(MatrixView all, std::span<const Index> rows, DType type)
    : type_(type), rows_(static_cast<Index>(rows.size())), cols_(all.cols) {
  MASKBENCH_CHECK(type == DType::bf16 || type == DType::i8, "rows are rounded to bfloat16 or int8");
  const std::size_t size = rows_ * cols_;
  if (type == DType::bf16) halves_.resize(size);
  if (type == DType::i8) {
    bytes_.resize(size);
    scales_.resize(rows.size());
  }
#pragma omp parallel for schedule(static)
  for (Index k = 0; k < rows_; ++k) {
    const float* const x = all.row(rows[k]);
    if (type == DType::bf16) std::transform(x, x + cols_, halves_.data() + k * cols_, bfloat16);
    if (type == DType::i8) scales_[k] = to_int8(x, cols_, bytes_.data() + k * cols_);
  }
}

StoredRows RoundedRows::view() const {
  const char* const data = type_ == DType::bf16 ? reinterpret_cast<const char*>(halves_.data())
                                                : reinterpret_cast<const char*>(bytes_.data());
  return {data,
          type_,
          rows_,
          cols_,
          cols_ * static_cast<Index>(bytes_of(type_)),
          type_ == DType::i8 ? scales_.data() : nullptr};
}

std::int64_t RoundedRows::bytes(Index rows, Index cols, DType type) {
  return rows * cols * static_cast<std::int64_t>(bytes_of(type)) + (type == DType::i8 ? 4 * rows : 0);
}

}  // namespace maskbench
