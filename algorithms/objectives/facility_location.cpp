// facility_location: how close, on average, a row of the reference set is to the nearest row of the set.
//
//   f(U) = (1/|V|) sum over i in V of max over j in U of x_i.x_j,   f of the empty set: -1
//
// V is all n rows, or a fixed sample of them; in a DATAMASK step it is the batch. Monotone and submodular,
// since unit rows have no similarity below -1 (the maximum is floored there, for rows whose norm is off by a
// rounding). Source: submodlib's definition, cosine for its kernel; DATAMASK's option FL (arXiv 2512.24265).
// f does not depend on S.
//
// Every similarity is rounded to a multiple of 2^-g, with |V| 2^g <= 2^51, so that every sum over V is exact
// in float64, in any order. (g = 38 at 5,000 rows: an error below 2e-12.) Hence gains can be kept up to date
// instead of summed anew, and still are what naive greedy computes from scratch, to the last bit and in every
// tie: a pick changes the gains only through the rows that it comes nearest to, and those become few. Cost, m
// candidates: start O(|V| m d); a pick O(|V| d + c m), c rows improved, or O(c m d) where the kernel does not
// fit `kernel_bytes`. Memory: the float64 kernel, 8 |V| m bytes, or none. value() O(|V| S d).
//
//   code    paper-facts  meaning
//   best    best_i       similarity of a reference row to the nearest row of the set
//   gain    gain(j)      sum over i of max(0, s_ij - best_i), not yet divided by |V|

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "algorithms/core/objective.hpp"
#include "algorithms/core/registry.hpp"
#include "algorithms/kernels/clones.hpp"
#include "algorithms/kernels/random_subset.hpp"
#include "algorithms/kernels/rows.hpp"
#include "algorithms/kernels/similarity.hpp"

namespace maskbench {
namespace {

constexpr double kFloor = -1;                  // f of the empty set
constexpr double kMostExpectationPairs = 4e8;  // similarities that random_expectation() will sort through
constexpr std::size_t kRowBlock = 32, kColBlock = 256;

struct FacilityLocationParams {
  std::int64_t reference = 0;
  std::int64_t kernel_bytes = std::int64_t{2} << 30;

  template <class Visit>
  void fields(Visit&& visit) {
    visit("reference", reference, between(0, 1e12),
          "rows to be near to: 0 for all, else the size of a fixed random sample");
    visit("kernel_bytes", kernel_bytes, between(0, 1e15),
          "most memory that a greedy run keeps similarities in");
  }
};

// Rounds to multiples of 2^-g: adding and subtracting 1.5 * 2^52 units leaves a whole number of them.
class Grid {
 public:
  explicit Grid(std::size_t rows) {
    const auto width =
        static_cast<int>(std::bit_width(std::max<std::size_t>(rows, 1) - 1));  // 2^width >= rows
    shift_ = std::ldexp(1.5, 52 - std::min(48, 51 - width));
  }
  double round(double similarity) const { return (std::max(similarity, kFloor) + shift_) - shift_; }
  double shift() const { return shift_; }

 private:
  double shift_;
};

MASKBENCH_CLONES void round_all(double* values, std::size_t count, double shift) {
  for (std::size_t k = 0; k < count; ++k) values[k] = (std::max(values[k], kFloor) + shift) - shift;
}

// gain += max(0, s - now) - max(0, s - before); all on the grid, so exact.
MASKBENCH_CLONES void move_best(const double* similarity, double before, double now, std::size_t count,
                                double* gain) {
  for (std::size_t k = 0; k < count; ++k) {
    gain[k] += std::max(similarity[k] - now, 0.0) - std::max(similarity[k] - before, 0.0);
  }
}

MASKBENCH_CLONES void raise(const float* row, Index count, float* best) {
  for (Index k = 0; k < count; ++k) best[k] = std::max(best[k], row[k]);
}

double mean_of_maxima(MatrixView features, std::span<const Index> reference, std::span<const Index> items) {
  if (items.empty()) return kFloor;
  const Grid grid(reference.size());
  std::vector<double> best(reference.size());
  row_maxima(features, reference, items, best);
  double total = 0;
  for (const double similarity : best) total += grid.round(similarity);
  return total / static_cast<double>(reference.size());
}

class FacilityLocationState final : public GreedyState {
 public:
  FacilityLocationState(MatrixView features, std::span<const Index> reference, std::int64_t kernel_bytes,
                        const GreedyStart& start)
      : features_(features),
        reference_(reference),
        grid_(reference.size()),
        candidates_(start.candidates.begin(), start.candidates.end()),
        best_(reference.size(), kFloor),
        gain_(candidates_.size()),
        total_(kFloor * static_cast<double>(reference.size())) {
    place_.assign(static_cast<std::size_t>(features_.rows), -1);
    for (std::size_t c = 0; c < candidates_.size(); ++c)
      place_[static_cast<std::size_t>(candidates_[c])] = static_cast<Index>(c);
    if (bytes(reference.size(), candidates_.size()) <= kernel_bytes)
      kernel_.resize(reference.size() * candidates_.size());
    // The gains of the empty set: as if all rows had moved from where nothing is nearer. Fills the kernel.
    std::vector<Move> moves;
    for (std::size_t i = 0; i < reference.size(); ++i) moves.push_back({i, 4.0, kFloor});
    fill_ = !kernel_.empty();
    apply(moves);
    fill_ = false;
    for (const Index row : start.items) add(row);
  }

  static std::int64_t bytes(std::size_t reference, std::size_t candidates) {
    return static_cast<std::int64_t>(sizeof(double) * reference * candidates);
  }

  double value() const override { return total_ / static_cast<double>(reference_.size()); }

  double gain(Index row) const override {
    const Index place = place_[static_cast<std::size_t>(row)];
    if (place >= 0) return gain_[static_cast<std::size_t>(place)] / static_cast<double>(reference_.size());
    double sum = 0;
    const std::vector<double> similarity = to_reference(row);
    for (std::size_t i = 0; i < best_.size(); ++i) sum += std::max(similarity[i] - best_[i], 0.0);
    return sum / static_cast<double>(reference_.size());
  }

  void add(Index row) override {
    items_.push_back(row);
    const std::vector<double> similarity = to_reference(row);
    std::vector<Move> moves;
    for (std::size_t i = 0; i < best_.size(); ++i) {
      if (similarity[i] > best_[i]) moves.push_back({i, best_[i], similarity[i]});
    }
    apply(moves);
  }

  void swap(Index out, Index in) override {
    items_.erase(std::find(items_.begin(), items_.end(), out));
    const std::vector<double> similarity = to_reference(out);
    std::vector<Index> rows;
    std::vector<Move> moves;
    for (std::size_t i = 0; i < best_.size(); ++i) {
      if (similarity[i] < best_[i]) continue;
      moves.push_back({i, best_[i], kFloor});
      rows.push_back(reference_[i]);
    }
    std::vector<double> next(rows.size());
    row_maxima(features_, rows, items_, next);
    for (std::size_t k = 0; k < moves.size(); ++k) moves[k].now = grid_.round(next[k]);
    apply(moves);
    add(in);
  }

 private:
  // A reference row's nearest similarity before and after a change of the set.
  struct Move {
    std::size_t row;
    double before, now;
  };

  std::vector<double> to_reference(Index row) const {
    std::vector<double> similarity(reference_.size());
#pragma omp parallel for schedule(static) if (worth_threads(similarity.size(), 1, features_.cols))
    for (std::size_t i = 0; i < similarity.size(); ++i) {
      similarity[i] = grid_.round(dot(features_.row(reference_[i]), features_.row(row), features_.cols));
    }
    return similarity;
  }

  void apply(std::span<const Move> moves) {
    for (const Move& move : moves) {
      total_ += move.now - best_[move.row];
      best_[move.row] = move.now;
    }
    const std::size_t m = candidates_.size();
    const bool compute = kernel_.empty() || fill_;
#pragma omp parallel if (worth_threads(moves.size(), m, compute ? features_.cols : 1))
    {
      std::vector<double> tile(compute ? kRowBlock * kColBlock : 0);
#pragma omp for schedule(dynamic)
      for (std::size_t first = 0; first < m; first += kColBlock) {
        const auto cols = std::span(candidates_).subspan(first, std::min(kColBlock, m - first));
        for (std::size_t at = 0; at < moves.size(); at += kRowBlock) {
          const auto some = moves.subspan(at, std::min(kRowBlock, moves.size() - at));
          if (compute) similarities(some, cols, tile);
          for (std::size_t k = 0; k < some.size(); ++k) {
            double* stored =
                kernel_.empty() ? tile.data() + k * kColBlock : kernel_.data() + some[k].row * m + first;
            if (fill_) std::copy_n(tile.data() + k * kColBlock, cols.size(), stored);
            move_best(stored, some[k].before, some[k].now, cols.size(), gain_.data() + first);
          }
        }
      }
    }
  }

  void similarities(std::span<const Move> moves, std::span<const Index> cols,
                    std::vector<double>& tile) const {
    Index rows[kRowBlock];
    for (std::size_t k = 0; k < moves.size(); ++k) rows[k] = reference_[moves[k].row];
    similarity_tile(features_, {rows, moves.size()}, cols, tile.data(), static_cast<Index>(kColBlock));
    for (std::size_t k = 0; k < moves.size(); ++k)
      round_all(tile.data() + k * kColBlock, cols.size(), grid_.shift());
  }

  MatrixView features_;
  std::span<const Index> reference_;
  Grid grid_;
  std::vector<Index> candidates_;
  std::vector<Index> items_;    // U
  std::vector<Index> place_;    // n: row -> candidate, or -1
  std::vector<double> best_;    // |V|
  std::vector<double> gain_;    // one a candidate
  std::vector<double> kernel_;  // |V| x candidates, or empty
  double total_;                // sum of best
  bool fill_ = false;
};

// A batch's similarities, one strip of reference rows at a time: per strip, the running maxima of each mask
// are one short row. float64 sums rounded to float32 once, so rewards are within 6e-8 of batch_value() and
// the same on any machine.
class FacilityLocationScorer final : public MaskScorer {
 public:
  explicit FacilityLocationScorer(MatrixView features) : features_(features) {}

  void score(std::span<const Index> batch, const MaskSet& masks, std::span<double> rewards) override {
    constexpr std::size_t kStrip = 128;
    const auto count = static_cast<std::size_t>(masks.masks);
    const std::size_t strips = (batch.size() + kStrip - 1) / kStrip;
    std::vector<double> partial(strips * count);
#pragma omp parallel
    {
      std::vector<double> exact(kRowBlock * kStrip);
      std::vector<float> strip(batch.size() * kStrip);
#pragma omp for schedule(dynamic)
      for (std::size_t s = 0; s < strips; ++s) {
        const auto cols = batch.subspan(s * kStrip, std::min(kStrip, batch.size() - s * kStrip));
        for (std::size_t first = 0; first < batch.size(); first += kRowBlock) {
          const auto rows = batch.subspan(first, std::min(kRowBlock, batch.size() - first));
          similarity_tile(features_, rows, cols, exact.data(), static_cast<Index>(kStrip));
          for (std::size_t k = 0; k < rows.size() * kStrip; ++k)
            strip[first * kStrip + k] = static_cast<float>(exact[k]);
        }
        for (std::size_t mask = 0; mask < count; ++mask) {
          const auto picked = static_cast<std::size_t>(masks.picked);
          float best[kStrip];
          std::fill(best, best + kStrip, static_cast<float>(kFloor));
          for (const std::int32_t position : std::span(masks.items).subspan(mask * picked, picked)) {
            raise(strip.data() + static_cast<std::size_t>(position) * kStrip, static_cast<Index>(kStrip),
                  best);
          }
          partial[s * count + mask] = std::accumulate(best, best + cols.size(), 0.0);
        }
      }
    }
    for (std::size_t mask = 0; mask < count; ++mask) {
      double sum = 0;
      for (std::size_t s = 0; s < strips; ++s) sum += partial[s * count + mask];
      rewards[mask] = sum / static_cast<double>(batch.size());
    }
  }

 private:
  MatrixView features_;
};

class FacilityLocation final : public Objective {
 public:
  using Params = FacilityLocationParams;

  FacilityLocation(const Params& params, const ObjectiveInput& input)
      : features_(input.data.features()), kernel_bytes_(params.kernel_bytes) {
    const Index n = input.data.size();
    if (!input.data.parts().unit_rows) {
      throw UserError("objective facility_location needs rows of unit norm; those of data set " +
                      input.data.name() + " are as they were read");
    }
    if (params.reference > n) {
      throw UserError("objective facility_location: reference is " + std::to_string(params.reference) +
                      ", but the data set has " + std::to_string(n) + " rows");
    }
    if (params.reference == 0) {
      reference_.resize(static_cast<std::size_t>(n));
      std::iota(reference_.begin(), reference_.end(), Index{0});
    } else {
      const Stream stream(0, purpose("facility_location reference " + input.data.digest()));
      reference_ = random_subset(stream, 0, n, params.reference);
    }
  }

  ObjectiveTraits traits() const override { return {.monotone = true, .submodular = true}; }

  double value(std::span<const Index> items, std::optional<Index>) const override {
    return mean_of_maxima(features_, reference_, items);
  }
  double batch_value(std::span<const Index> items, std::span<const Index> batch) const override {
    return mean_of_maxima(features_, batch, items);
  }
  std::unique_ptr<GreedyState> start(const GreedyStart& start) const override {
    return std::make_unique<FacilityLocationState>(features_, reference_, kernel_bytes_, start);
  }
  std::unique_ptr<MaskScorer> scorer() const override {
    return std::make_unique<FacilityLocationScorer>(features_);
  }

  // With a row's similarities sorted down, the r-th is its maximum with probability S/(n-r+1) prod over l < r
  // of (1 - S/(n-l+1)) (paper-facts 8h).
  std::optional<double> random_expectation(Index size) const override {
    const Index n = features_.rows;
    if (size == 0) return kFloor;
    if (static_cast<double>(n) * static_cast<double>(reference_.size()) > kMostExpectationPairs)
      return std::nullopt;
    std::vector<double> chance;
    for (double left = 1; left > 0x1p-70 && static_cast<Index>(chance.size()) <= n - size;) {
      const double share =
          static_cast<double>(size) / static_cast<double>(n - static_cast<Index>(chance.size()));
      chance.push_back(left * share);
      left *= 1 - share;
    }
    std::vector<Index> all(static_cast<std::size_t>(n));
    std::iota(all.begin(), all.end(), Index{0});
    const Grid grid(reference_.size());
    std::vector<double> expected(reference_.size());
#pragma omp parallel
    {
      std::vector<double> tile(kRowBlock * all.size());
#pragma omp for schedule(dynamic)
      for (std::size_t first = 0; first < reference_.size(); first += kRowBlock) {
        const auto rows =
            std::span(reference_).subspan(first, std::min(kRowBlock, reference_.size() - first));
        similarity_tile(features_, rows, all, tile.data(), n);
        for (std::size_t k = 0; k < rows.size(); ++k) {
          double* const begin = tile.data() + k * all.size();
          round_all(begin, all.size(), grid.shift());
          const auto top = static_cast<std::ptrdiff_t>(chance.size());
          std::partial_sort(begin, begin + top, begin + n, std::greater<>());
          expected[first + k] = std::inner_product(chance.begin(), chance.end(), begin, 0.0);
        }
      }
    }
    return std::accumulate(expected.begin(), expected.end(), 0.0) / static_cast<double>(reference_.size());
  }

  std::int64_t greedy_bytes(Index candidates) const override {
    const std::int64_t kernel =
        FacilityLocationState::bytes(reference_.size(), static_cast<std::size_t>(candidates));
    const auto rows = static_cast<std::int64_t>(reference_.size());
    return (kernel <= kernel_bytes_ ? kernel : 0) + 16 * candidates + 8 * features_.rows + 40 * rows;
  }

 private:
  MatrixView features_;
  std::int64_t kernel_bytes_;
  std::vector<Index> reference_;  // ascending
};

}  // namespace

MASKBENCH_OBJECTIVE(facility_location, FacilityLocation,
                    "mean similarity of all rows to the nearest row of the set", "fan2026datamask",
                    .needs_features = true)

}  // namespace maskbench
