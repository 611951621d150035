// Similarities of rows of unit norm in 16 bits, rounded up: what is stored is never below the float64
// similarity of similarity_tile(), so that bounds made of it are proved. Products come from BLAS in float32
// and are moved outward by shortlist_margin(); bits of a code may differ from machine to machine, so codes
// only shortlist.
#pragma once

#include <memory>
#include <span>

#include "algorithms/kernels/similarity.hpp"
#include "datasets/core/types.hpp"

namespace maskbench {

// A matrix of rows.size() x cols.size() codes; similarity(r, c) <= row(r)[c] * unit() for similarities above
// -1, and the code is below(-1) or more in any case. Where `rows` are `cols`, half of the products serve for
// both.
class SimilarityCodes {
 public:
  SimilarityCodes(MatrixView features, std::span<const Index> rows, std::span<const Index> cols);

  const std::int16_t* row(std::size_t r) const { return codes_.get() + r * stride_; }
  double unit() const { return unit_; }
  std::int16_t below(double similarity) const;  // code whose similarity is not above this one, from -1 to 1

  static std::int64_t bytes(std::size_t rows, std::size_t cols);  // held
  static std::int64_t scratch_bytes(Index dims);                  // beside that, while it is made

 private:
  void fill(MatrixView features, std::span<const Index> rows, std::span<const Index> cols, bool symmetric);

  struct Free {
    void operator()(std::int16_t* codes) const;
  };
  std::size_t stride_;
  double unit_;
  std::unique_ptr<std::int16_t[], Free> codes_;
};

// sum over k of max(0, code[k] - floor[k]).
std::int64_t sum_above(const std::int16_t* code, const std::int16_t* floor, std::size_t count);

// The k with code[k] > floor[k], ascending, into `out` (room for `count`); how many.
std::size_t places_above(const std::int16_t* code, const std::int16_t* floor, std::size_t count,
                         std::int32_t* out);

}  // namespace maskbench
