#include <omp.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "algorithms/kernels/one_blas_thread.hpp"
#include "algorithms/kernels/row_block.hpp"
#include "algorithms/kernels/row_products.hpp"
#include "algorithms/kernels/rows.hpp"
#include "algorithms/kernels/similarity.hpp"
#include "algorithms/objectives/facility_location/facility_location_state.hpp"
#include "datasets/core/watch.hpp"

namespace maskbench::facility {
namespace {

constexpr std::size_t kTile = 512;
constexpr std::size_t kSample = 16;      // candidates looked at for the lists' length
constexpr std::size_t kEntryBytes = 32;  // of a pair in a list, and while it is found
constexpr double kRounding =
    2.1e-5;  // of a similarity: the grid's, and the floor at -1 for rows a rounding too long

struct Pair {
  std::int32_t candidate, reference;
  float product;
};

// The pairs of one tile whose product is above the reference row's bound. `flipped`: candidates are the
// tile's columns.
void pairs_above(const float* product, std::size_t height, std::size_t width, std::size_t stride,
                 const float* bound, std::size_t row, std::size_t col, bool flipped, std::vector<Pair>& out) {
  constexpr std::size_t kRun = 16;
  for (std::size_t k = 0; k < height; ++k) {
    const float* const line = product + k * stride;
    for (std::size_t first = 0; first < width; first += kRun) {
      const std::size_t count = std::min(kRun, width - first);
      int any = 0;
      for (std::size_t l = first; l < first + count; ++l)
        any |= line[l] > bound[flipped ? row + k : col + l] ? 1 : 0;
      if (any == 0) continue;
      for (std::size_t l = first; l < first + count; ++l) {
        if (!(line[l] > bound[flipped ? row + k : col + l])) continue;
        const auto a = static_cast<std::int32_t>(row + k), b = static_cast<std::int32_t>(col + l);
        out.push_back(flipped ? Pair{b, a, line[l]} : Pair{a, b, line[l]});
      }
    }
  }
}

// The gain of any row at the empty set is (x . sum + |V|) / |V|, but for rounding.
std::vector<double> first_gains(MatrixView features, std::span<const Index> reference,
                                std::span<const Index> rows) {
  const std::vector<double> sum = row_sum(features, reference);
  std::vector<double> gain(rows.size());
  row_dots(features, rows, sum.data(), gain);
  const auto size = static_cast<double>(reference.size());
  for (double& one : gain) one = (one + size) / size;
  return gain;
}

class SparseState final : public GreedyState {
 public:
  SparseState(MatrixView features, std::span<const Index> reference, const GreedyStart& start)
      : features_(features),
        reference_(reference),
        grid_(reference.size()),
        candidates_(start.candidates.begin(), start.candidates.end()),
        items_(start.items.begin(), start.items.end()),
        place_(features.rows, -1),
        margin_(shortlist_margin(features.cols) +
                1e-7),  // of a product in float32; the rest for its rounding, and the grid's
        best_(reference.size(), kFloor) {
    for (std::size_t c = 0; c < candidates_.size(); ++c) place_[candidates_[c]] = static_cast<Index>(c);
    if (items_.empty()) {
      first_ = first_gains(features_, reference_, candidates_);
      total_ = kFloor * static_cast<double>(reference_.size());
    } else {
      start_over();
    }
  }

  double value() const override { return total_ / static_cast<double>(reference_.size()); }

  double gain(Index row) const override {
    double sum = 0;  // exact in any order: all on the grid
    visit_nearer(row, [&](std::size_t i, double similarity) { sum += similarity - best_[i]; });
    return sum / static_cast<double>(reference_.size());
  }

  double upper(Index row) const override {
    const Index place = place_[row];
    if (place < 0) return gain(row);
    if (!first_.empty()) return first_[place] + kRounding;
    double sum = 0;
    for (const Near& near : list(place)) sum += std::max(0.0, near.most - best_[near.place]);
    return sum * (1 + 1e-10) / static_cast<double>(reference_.size());  // the sum's own roundings
  }

  bool uppers(std::span<const Index> rows, std::span<double> out) const override {
#pragma omp parallel for schedule(static) if (rows.size() > 1000)
    for (std::size_t k = 0; k < rows.size(); ++k) out[k] = upper(rows[k]);
    return false;
  }

  void add(Index row) override {
    items_.push_back(row);
    visit_nearer(row, [&](std::size_t i, double similarity) {
      total_ += similarity - best_[i];
      best_[i] = similarity;
    });
    if (!first_.empty()) list_pairs();
  }

  void swap(Index out, Index in) override {  // best_i may fall below what the lists were made for
    items_.erase(std::find(items_.begin(), items_.end(), out));
    items_.push_back(in);
    start_over();
  }

 private:
  struct Near {
    std::int32_t place;  // of the reference row
    float most;          // the similarity is not above it
  };

  std::span<const Near> list(Index place) const {
    const std::size_t begin = begin_[place], end = begin_[place + 1];
    return std::span(near_).subspan(begin, end - begin);
  }

  // visit(place, similarity) for every reference row that is nearer to the row than to the set.
  template <class Visit>
  void visit_nearer(Index row, Visit&& visit) const {
    const Index place = place_[row];
    if (first_.empty() && place >= 0) {
      for (const Near& near : list(place)) {
        const std::size_t i = near.place;
        if (near.most <= best_[i]) continue;
        const double similarity = similarity_of(features_, grid_, reference_[i], row);
        if (similarity > best_[i]) visit(i, similarity);
      }
      return;
    }
    std::vector<double> similarity(best_.size());
#pragma omp parallel for schedule(static) if (worth_threads(best_.size(), 1, features_.cols))
    for (std::size_t i = 0; i < best_.size(); ++i)
      similarity[i] = similarity_of(features_, grid_, reference_[i], row);
    for (std::size_t i = 0; i < best_.size(); ++i) {
      if (similarity[i] > best_[i]) visit(i, similarity[i]);
    }
  }

  void start_over() {
    row_maxima(features_, reference_, items_, best_);
    for (double& best : best_) best = grid_.round(best);
    total_ = std::accumulate(best_.begin(), best_.end(), 0.0);
    list_pairs();
  }

  // From now on only pairs above best_i count. The order inside a list is left to the threads: sums are exact
  // in any.
  void list_pairs() {
    const std::vector<std::vector<Pair>> found = pairs_in_question();
    begin_.assign(candidates_.size() + 1, 0);
    const auto each_pair = [&](auto&& visit) {
      constexpr std::size_t kPairs = std::size_t{1} << 18;  // between two looks
      std::size_t all = 0;
      for (const auto& pairs : found) all += pairs.size() / kPairs + 1;
      Looks looks(static_cast<std::int64_t>(all));
      for (const auto& pairs : found) {
        for (std::size_t k = 0; k < pairs.size(); ++k) {
          if (k % kPairs == 0) looks.step();
          visit(pairs[k]);
        }
      }
    };
    each_pair([&](const Pair& pair) { ++begin_[pair.candidate + 1]; });
    std::partial_sum(begin_.begin(), begin_.end(), begin_.begin());
    near_.resize(begin_.back());
    std::vector<std::size_t> next(begin_.begin(), begin_.end() - 1);
    each_pair([&](const Pair& pair) {
      const float most =
          std::nextafter(static_cast<float>(static_cast<double>(pair.product) + margin_), 2.0f);
      near_[next[pair.candidate]++] = {pair.reference, most};
    });
    first_.clear();
  }

  // All pairs above best_i, and a few more: float32 products from BLAS against best_i less their proved
  // margin. One list a thread.
  std::vector<std::vector<Pair>> pairs_in_question() const {
    std::vector<float> bound(best_.size());
    for (std::size_t i = 0; i < bound.size(); ++i)
      bound[i] = std::nextafter(static_cast<float>(best_[i] - margin_), -2.0f);
    const bool symmetric = std::ranges::equal(candidates_, reference_);
    std::vector<std::pair<std::size_t, std::size_t>> tiles;
    for (std::size_t r = 0; r < candidates_.size(); r += kTile) {
      for (std::size_t c = symmetric ? r : 0; c < reference_.size(); c += kTile) tiles.emplace_back(r, c);
    }
    const OneBlasThread one_blas_thread;
    std::vector<std::vector<Pair>> found(omp_get_max_threads());
    Looks looks(static_cast<std::int64_t>(tiles.size()));
#pragma omp parallel
    {
      std::vector<float> product(kTile * kTile), copy_rows, copy_cols;
      std::vector<Pair>& mine = found[omp_get_thread_num()];
#pragma omp for schedule(dynamic, 1)
      for (std::size_t t = 0; t < tiles.size(); ++t) {
        if (looks.stopped()) continue;
        const auto [r, c] = tiles[t];
        const std::size_t height = std::min(kTile, candidates_.size() - r),
                          width = std::min(kTile, reference_.size() - c);
        const MatrixView x = row_block(features_, std::span(candidates_).subspan(r, height), copy_rows);
        const MatrixView y = row_block(features_, reference_.subspan(c, width), copy_cols);
        row_products(x, y, product.data(), static_cast<Index>(kTile));
        pairs_above(product.data(), height, width, kTile, bound.data(), r, c, false, mine);
        if (symmetric && r != c)
          pairs_above(product.data(), height, width, kTile, bound.data(), r, c, true, mine);
      }
    }
    looks.finish();
    return found;
  }

  MatrixView features_;
  std::span<const Index> reference_;
  Grid grid_;
  std::vector<Index> candidates_, items_;  // items: U
  std::vector<Index> place_;               // n: row -> candidate, or -1
  double margin_;
  std::vector<double> best_;        // |V|
  double total_ = 0;                // sum of best
  std::vector<double> first_;       // gains at the empty set, within kRounding; empty once there are lists
  std::vector<std::size_t> begin_;  // candidate c: near_[begin_[c] .. begin_[c + 1])
  std::vector<Near> near_;
};

}  // namespace

std::unique_ptr<GreedyState> start_sparse(MatrixView features, std::span<const Index> reference,
                                          const GreedyStart& start) {
  return std::make_unique<SparseState>(features, reference, start);
}

std::int64_t sparse_bytes(MatrixView features, std::span<const Index> reference,
                          std::span<const Index> candidates, std::span<const Index> items) {
  if (candidates.empty()) return 0;
  std::vector<Index> set(items.begin(), items.end());
  if (set.empty()) {
    const std::vector<double> gain = first_gains(features, reference, candidates);
    set.push_back(candidates[std::max_element(gain.begin(), gain.end()) - gain.begin()]);
  }
  std::vector<double> best(reference.size());
  row_maxima(features, reference, set, best);
  const std::size_t sample = std::min(kSample, candidates.size());
  std::int64_t above = 0;
  constexpr std::size_t kRows = 16384;  // between two looks
  Looks looks(static_cast<std::int64_t>(sample * (reference.size() / kRows + 1)));
#pragma omp parallel for schedule(static) reduction(+ : above)
  for (std::size_t k = 0; k < sample; ++k) {
    const float* const x = features.row(candidates[k * candidates.size() / sample]);
    for (std::size_t i = 0; i < reference.size(); ++i) {
      if (i % kRows == 0 && looks.stopped()) break;
      above += dot(features.row(reference[i]), x, features.cols) > best[i] ? 1 : 0;
    }
  }
  looks.finish();
  const double entries =
      static_cast<double>(above) / static_cast<double>(sample) * static_cast<double>(candidates.size());
  return static_cast<std::int64_t>(static_cast<double>(kEntryBytes) * entries) + 8 * features.rows +
         static_cast<std::int64_t>(32 * (candidates.size() + reference.size()) +
                                   4 * kTile * (2 * kTile + 4 * features.cols));
}

}  // namespace maskbench::facility
