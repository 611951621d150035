#include "algorithms/kernels/exact_neighbours.hpp"

#include <algorithm>
#include <limits>

#include "algorithms/kernels/one_blas_thread.hpp"
#include "algorithms/kernels/row_products.hpp"
#include "algorithms/kernels/rows.hpp"
#include "algorithms/kernels/similarity.hpp"
#include "datasets/core/watch.hpp"

namespace maskbench {
namespace {

constexpr std::size_t kStrip = 256;  // rows whose shortlists grow together

struct Rough {
  float product;
  std::int32_t place;
};

// The pairs of one row that may be among its k nearest: product at least the k-th largest less two margins.
class RowShortlist {
 public:
  void start(std::size_t k, float slack) {
    k_ = k;
    slack_ = slack;
    low_ = -std::numeric_limits<float>::infinity();
    pairs_.clear();
  }
  void offer(std::span<const float> product, std::size_t first) {
    for (std::size_t c = 0; c < product.size(); ++c) {
      if (product[c] >= low_) pairs_.push_back({product[c], static_cast<std::int32_t>(first + c)});
    }
    if (pairs_.size() >= 4 * k_ + 256) cut();
  }
  std::span<const Rough> pairs() {
    cut();
    return pairs_;
  }

 private:
  void cut() {
    if (pairs_.size() <= k_) return;
    const auto kth = pairs_.begin() + static_cast<std::ptrdiff_t>(k_) - 1;
    std::nth_element(pairs_.begin(), kth, pairs_.end(),
                     [](const Rough& a, const Rough& b) { return a.product > b.product; });
    low_ = kth->product - slack_;
    std::erase_if(pairs_, [&](const Rough& pair) { return pair.product < low_; });
  }

  std::size_t k_ = 0;
  float slack_ = 0, low_ = 0;
  std::vector<Rough> pairs_;
};

struct Exact {
  double similarity;
  std::int32_t place;
};

}  // namespace

ExactNeighbours exact_neighbours(MatrixView features, std::span<const Index> rows,
                                 std::span<const Index> cols, std::size_t k) {
  ExactNeighbours lists;
  k = lists.per_row = std::min(k, cols.size());
  lists.place.resize(rows.size() * k);
  lists.similarity.resize(rows.size() * k);
  if (k == 0) return lists;
  const auto slack =
      static_cast<float>(2 * shortlist_margin(features.cols) + 1e-6);  // float32 roundings included
  const OneBlasThread one_blas_thread;
  constexpr std::size_t kColumns = 4096, kExactRows = 64;  // of a strip between two looks
  const std::size_t strips = (rows.size() + kStrip - 1) / kStrip;
  Looks looks(
      static_cast<std::int64_t>(strips * ((cols.size() + kColumns - 1) / kColumns + kStrip / kExactRows)));
#pragma omp parallel if (rows.size() > kStrip)
  {
    StripProducts products;
    std::vector<RowShortlist> shortlists(kStrip);
    std::vector<Exact> exact;
#pragma omp for schedule(dynamic, 1)
    for (std::size_t first = 0; first < rows.size(); first += kStrip) {
      const auto some = rows.subspan(first, std::min(kStrip, rows.size() - first));
      for (RowShortlist& shortlist : shortlists) shortlist.start(k, slack);
      std::size_t from = 0;
      for (; from < cols.size() && !looks.stopped(); from += kColumns) {
        products.each(features, some, cols.subspan(from, std::min(kColumns, cols.size() - from)),
                      [&](std::size_t r, std::size_t at, std::span<const float> product) {
                        shortlists[r].offer(product, from + at);
                      });
      }
      for (std::size_t r = 0; r < some.size() && from >= cols.size(); ++r) {
        if (r % kExactRows == 0 && looks.stopped()) break;
        exact.clear();
        for (const Rough& pair : shortlists[r].pairs()) {
          const Index col = cols[pair.place];
          exact.push_back({dot(features.row(some[r]), features.row(col), features.cols), pair.place});
        }
        const auto nearer = [](const Exact& a, const Exact& b) {
          return a.similarity != b.similarity ? a.similarity > b.similarity : a.place < b.place;
        };
        std::partial_sort(exact.begin(), exact.begin() + static_cast<std::ptrdiff_t>(k), exact.end(), nearer);
        for (std::size_t c = 0; c < k; ++c) {
          lists.place[(first + r) * k + c] = exact[c].place;
          lists.similarity[(first + r) * k + c] = exact[c].similarity;
        }
      }
    }
  }
  looks.finish();
  return lists;
}

}  // namespace maskbench
