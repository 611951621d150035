#include "algorithms/kernels/rows.hpp"

#include <algorithm>
#include <numeric>

#include "algorithms/kernels/clones.hpp"
#include "datasets/core/watch.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "algorithms/kernels/rows.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

// One row after the other, as they lie in memory: with several at once, which would overlap their chains of
// additions, the machine no longer sees what is read next (measured: a third of the bandwidth). The additions
// are those of dot(), in their order.
HWY_BEFORE_NAMESPACE();
namespace maskbench {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Doubles = hn::CappedTag<double, 8>;
using Floats = hn::Rebind<float, Doubles>;
using V = hn::Vec<Doubles>;
constexpr Index kLanes = 8;
constexpr Index kWidth = static_cast<Index>(hn::MaxLanes(Doubles()));
constexpr int kVectors = static_cast<int>(kLanes / kWidth);

HWY_INLINE V load(const float* x) {
  return hn::PromoteTo(Doubles(), hn::LoadU(Floats(), x));
}

double dot_of(const float* x, const double* y, Index dims) {
  V sum[kVectors];
  for (V& vector : sum) vector = hn::Zero(Doubles());
  Index k = 0;
  for (; k + kLanes <= dims; k += kLanes) {
    for (int v = 0; v < kVectors; ++v) {
      const Index at = k + v * kWidth;
      sum[v] = hn::Add(sum[v], hn::Mul(load(x + at), hn::LoadU(Doubles(), y + at)));
    }
  }
  HWY_ALIGN double lane[kLanes];
  for (int v = 0; v < kVectors; ++v) hn::Store(sum[v], Doubles(), lane + v * kWidth);
  double total = ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
  for (; k < dims; ++k) total += static_cast<double>(x[k]) * y[k];
  return total;
}

void many_dots(MatrixView features, const Index* rows, Index count, const double* y, double* out) {
  for (Index r = 0; r < count; ++r) out[r] = dot_of(features.row(rows[r]), y, features.cols);
}

void add_many_weighted(MatrixView features, const Index* rows, const double* weight, Index count,
                       double* sum) {
  for (Index r = 0; r < count; ++r) {
    const float* const x = features.row(rows[r]);
    const V factor = hn::Set(Doubles(), weight[r]);
    Index k = 0;
    for (; k + kWidth <= features.cols; k += kWidth) {
      const V total = hn::Add(hn::LoadU(Doubles(), sum + k), hn::Mul(factor, load(x + k)));
      hn::StoreU(total, Doubles(), sum + k);
    }
    for (; k < features.cols; ++k) sum[k] += weight[r] * static_cast<double>(x[k]);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace maskbench
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace maskbench {
namespace {

HWY_EXPORT(many_dots);
HWY_EXPORT(add_many_weighted);

constexpr Index kLanes = 8;
constexpr Index kBlock = 1024;        // rows a partial sum covers
constexpr Index kChunk = 256;         // rows a thread takes at a time
constexpr Index kLittle = 1'000'000;  // entries: one thread is done before a second one has started

double combine(const double (&lane)[kLanes]) {
  return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

// sum over blocks of kBlock rows, each in order, blocks then combined in order. weight_of(k): of rows[k];
// rows of weight 0 are not read.
template <class WeightOf>
std::vector<double> blocked_sum(const FeatureRows& features, std::span<const Index> rows,
                                WeightOf&& weight_of) {
  const auto blocks = (static_cast<Index>(rows.size()) + kBlock - 1) / kBlock;
  const std::size_t width = features.cols;
  std::vector<double> partial(std::max<Index>(blocks, 1) * width, 0.0);
  Looks looks(blocks);
#pragma omp parallel if (blocks > 1)
  {
    RowReader reader(features);
#pragma omp for schedule(static)
    for (Index block = 0; block < blocks; ++block) {
      if (looks.stopped()) continue;
      Index read[kBlock], count = 0;
      double weight[kBlock];
      const std::size_t end = std::min<std::size_t>(rows.size(), (block + 1) * kBlock);
      for (std::size_t k = block * kBlock; k < end; ++k) {
        read[count] = rows[k];
        weight[count] = weight_of(k);
        count += weight[count] != 0 ? 1 : 0;
      }
      double* const sum = partial.data() + block * width;
      reader.each(std::span(read, count), [&](MatrixView tile, const Index* places, Index first, Index some) {
        HWY_DYNAMIC_DISPATCH(add_many_weighted)(tile, places, weight + first, some, sum);
      });
    }
  }
  looks.finish();
  features.check();
  for (Index block = 1; block < blocks; ++block) {
    const double* sum = partial.data() + block * width;
    for (std::size_t k = 0; k < width; ++k) partial[k] += sum[k];
  }
  partial.resize(width);
  return partial;
}

// Calls use(first, count, dots) for chunks of rows, dots[k] = x_rows[first + k] . y.
template <class Use>
void dots_by_chunk(const FeatureRows& features, std::span<const Index> rows, const double* y, Use&& use) {
  const auto all = static_cast<Index>(rows.size());
  Looks looks((all + kChunk - 1) / kChunk);
#pragma omp parallel if (all * features.cols > kLittle)
  {
    RowReader reader(features);
#pragma omp for schedule(static)
    for (Index first = 0; first < all; first += kChunk) {
      if (looks.stopped()) continue;
      double out[kChunk];
      const Index count = std::min(kChunk, all - first);
      reader.each(std::span(rows.data() + first, count),
                  [&](MatrixView tile, const Index* places, Index from, Index some) {
                    HWY_DYNAMIC_DISPATCH(many_dots)(tile, places, some, y, out + from);
                  });
      use(first, count, out);
    }
  }
  looks.finish();
  features.check();
}

}  // namespace

MASKBENCH_CLONES double dot(const float* x, const float* y, Index dims) {
  double lane[kLanes] = {};
  Index k = 0;
  for (; k + kLanes <= dims; k += kLanes) {
    for (Index l = 0; l < kLanes; ++l)
      lane[l] += static_cast<double>(x[k + l]) * static_cast<double>(y[k + l]);
  }
  double sum = combine(lane);
  for (; k < dims; ++k) sum += static_cast<double>(x[k]) * static_cast<double>(y[k]);
  return sum;
}

MASKBENCH_CLONES double dot(const float* x, const double* y, Index dims) {
  double lane[kLanes] = {};
  Index k = 0;
  for (; k + kLanes <= dims; k += kLanes) {
    for (Index l = 0; l < kLanes; ++l) lane[l] += static_cast<double>(x[k + l]) * y[k + l];
  }
  double sum = combine(lane);
  for (; k < dims; ++k) sum += static_cast<double>(x[k]) * y[k];
  return sum;
}

std::vector<double> row_sum(const FeatureRows& features, std::span<const Index> rows) {
  return blocked_sum(features, rows, [](std::size_t) { return 1.0; });
}

std::vector<double> weighted_row_sum(const FeatureRows& features, std::span<const Index> rows,
                                     std::span<const double> weight) {
  MASKBENCH_CHECK(weight.size() == rows.size(), "one weight a row");
  return blocked_sum(features, rows, [&](std::size_t k) { return weight[k]; });
}

void row_dots(const FeatureRows& features, std::span<const Index> rows, const double* y,
              std::span<double> out) {
  dots_by_chunk(features, rows, y, [&](std::size_t first, std::size_t count, const double* dots) {
    std::copy_n(dots, count, out.begin() + static_cast<std::ptrdiff_t>(first));
  });
}

std::vector<double> squared_norms(const FeatureRows& features) {
  std::vector<double> norms(features.rows);
  Looks looks((features.rows + kChunk - 1) / kChunk);
#pragma omp parallel
  {
    RowReader reader(features);
#pragma omp for schedule(static)
    for (Index first = 0; first < features.rows; first += kChunk) {
      if (looks.stopped()) continue;
      Index rows[kChunk];
      const Index count = std::min(kChunk, features.rows - first);
      std::iota(rows, rows + count, first);
      reader.each(std::span(rows, count), [&](MatrixView tile, const Index* places, Index from, Index some) {
        for (Index k = 0; k < some; ++k) {
          const float* x = tile.row(places[k]);
          norms[first + from + k] = dot(x, x, tile.cols);
        }
      });
    }
  }
  looks.finish();
  features.check();
  return norms;
}

double inner_product(std::span<const double> a, std::span<const double> b) {
  double sum = 0;
  for (std::size_t k = 0; k < a.size(); ++k) sum += a[k] * b[k];
  return sum;
}

double squared_norm(std::span<const double> vector) {
  double sum = 0;
  for (const double entry : vector) sum += entry * entry;
  return sum;
}

}  // namespace maskbench
#endif  // HWY_ONCE
