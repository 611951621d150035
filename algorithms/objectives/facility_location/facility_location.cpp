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
// Lazy methods get lists of the pairs nearer than the set is after its first row, found by float32 products
// with a proved margin, O(|V| m d) by BLAS: where rows share a mean they are few, and a bound of a gain is a
// walk over a short list. Where a sample says that they are not, they get 16-bit upper bounds of all
// similarities (2 |V| m bytes): a bound of a gain is a pass over |V| of them, a gain the exact similarities
// of the rows whose bound exceeds best_i.
//
// Concave extension and its dual in one number a reference row, tau_i (facts 8b; the dual is that of
// cornuejols1977location): facility_location_relaxation.hpp.
//
//   code    facts        meaning
//   best    best_i       similarity of a reference row to the nearest row of the set
//   gain    gain(j)      sum over i of max(0, s_ij - best_i), not yet divided by |V|

#include <algorithm>
#include <mutex>
#include <numeric>

#include "algorithms/core/objective.hpp"
#include "algorithms/core/registry.hpp"
#include "algorithms/kernels/clones.hpp"
#include "algorithms/kernels/random_subset.hpp"
#include "algorithms/kernels/rows.hpp"
#include "algorithms/kernels/similarity.hpp"
#include "algorithms/objectives/facility_location/facility_location_relaxation.hpp"
#include "algorithms/objectives/facility_location/facility_location_state.hpp"
#include "datasets/core/watch.hpp"

namespace maskbench {
namespace {

constexpr double kMostExpectationPairs = 4e8;  // similarities that random_expectation() will sort through
constexpr std::size_t kRowBlock = 32;

using facility::Grid;
using facility::kFloor;

enum class KeptSimilarity { suited, sparse, compact, exact };
constexpr std::array<const char*, 4> names(KeptSimilarity) {
  return {"auto", "sparse", "compact", "exact"};
}

struct FacilityLocationParams {
  std::int64_t reference = 0;
  std::int64_t kernel_bytes = std::int64_t{2} << 30;
  KeptSimilarity similarity = KeptSimilarity::suited;

  template <class Visit>
  void fields(Visit&& visit) {
    visit("reference", reference, between(0, 1e12),
          "rows to be near to: 0 for all, else the size of a fixed random sample");
    visit("kernel_bytes", kernel_bytes, between(0, 1e15),
          "most memory that a greedy run keeps similarities in");
    visit("similarity", similarity, names_of<KeptSimilarity>,
          "of a greedy run: float64 (exact), 16-bit bounds (compact), lists of near pairs (sparse), or what "
          "suits "
          "the method and the data; no answer depends on it");
  }
};

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

// A batch's similarities, one strip of reference rows at a time: per strip, the running maxima of each mask
// are one short row. float64 sums rounded to float32 once, so rewards are within 6e-8 of batch_value() and
// the same on any machine.
class FacilityLocationScorer final : public MaskScorer {
 public:
  explicit FacilityLocationScorer(MatrixView features) : features_(features) {}

  void score(std::span<const Index> batch, const MaskSet& masks, std::span<double> rewards) override {
    constexpr std::size_t kStrip = 128;
    const std::size_t count = masks.masks;
    const std::size_t strips = (batch.size() + kStrip - 1) / kStrip;
    std::vector<double> partial(strips * count);
#pragma omp parallel if (strips > 1)
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
          const std::size_t picked = masks.picked;
          float best[kStrip];
          std::fill(best, best + kStrip, static_cast<float>(kFloor));
          for (const std::int32_t position : std::span(masks.items).subspan(mask * picked, picked)) {
            raise(strip.data() + position * kStrip, static_cast<Index>(kStrip), best);
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
      : features_(input.data.features()), kernel_bytes_(params.kernel_bytes), similarity_(params.similarity) {
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
      reference_.resize(n);
      std::iota(reference_.begin(), reference_.end(), Index{0});
    } else {
      const Stream stream(0, purpose("facility_location reference " + input.data.digest()));
      reference_ = random_subset(stream, 0, n, params.reference);
    }
  }

  ObjectiveTraits traits() const override {
    return {.monotone = true, .submodular = true, .concave_relaxation = true};
  }

  double value(std::span<const Index> items, std::optional<Index>) const override {
    return mean_of_maxima(features_, reference_, items);
  }
  double batch_value(std::span<const Index> items, std::span<const Index> batch) const override {
    return mean_of_maxima(features_, batch, items);
  }
  std::unique_ptr<GreedyState> start(const GreedyStart& start) const override {
    const std::span<const Index> reference = start.reference.empty() ? reference_ : start.reference;
    const bool lists = similarity_ == KeptSimilarity::suited && start.lazy &&
                       lists_pay(facility::sparse_bytes(features_, reference, start.candidates, start.items),
                                 reference.size(), start.candidates.size());
    if (similarity_ == KeptSimilarity::sparse || lists)
      return facility::start_sparse(features_, reference, start);
    if (compact(reference.size(), start.candidates.size(), start.lazy))
      return facility::start_compact(features_, reference, start);
    return facility::start_exact(features_, reference, kernel_bytes_, start);
  }
  std::unique_ptr<MaskScorer> scorer() const override {
    return std::make_unique<FacilityLocationScorer>(features_);
  }
  std::unique_ptr<Relaxation> relax(const Problem& problem) const override {
    return facility::relax(features_, problem.reference.empty() ? reference_ : problem.reference, problem);
  }
  std::int64_t relax_bytes(const Problem& problem) const override {
    return facility::relax_bytes(problem.reference.empty() ? reference_.size() : problem.reference.size(),
                                 problem);
  }

  // With a row's similarities sorted down, the r-th is its maximum with probability S/(n-r+1) prod over l < r
  // of (1 - S/(n-l+1)) (facts 8h).
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
    std::vector<Index> all(n);
    std::iota(all.begin(), all.end(), Index{0});
    const Grid grid(reference_.size());
    std::vector<double> expected(reference_.size());
    constexpr std::size_t kColumns = 1024;  // of a block between two looks
    const std::size_t blocks = (reference_.size() + kRowBlock - 1) / kRowBlock;
    Looks looks(static_cast<std::int64_t>(blocks * ((all.size() + kColumns - 1) / kColumns + kRowBlock)));
#pragma omp parallel
    {
      std::vector<double> tile(kRowBlock * all.size());
#pragma omp for schedule(dynamic)
      for (std::size_t first = 0; first < reference_.size(); first += kRowBlock) {
        const auto rows =
            std::span(reference_).subspan(first, std::min(kRowBlock, reference_.size() - first));
        for (std::size_t from = 0; from < all.size() && !looks.stopped(); from += kColumns) {
          const auto some = std::span(all).subspan(from, std::min(kColumns, all.size() - from));
          similarity_tile(features_, rows, some, tile.data() + from, n);
        }
        for (std::size_t k = 0; k < rows.size() && !looks.stopped(); ++k) {
          double* const begin = tile.data() + k * all.size();
          grid.round_all(begin, all.size());
          const auto top = static_cast<std::ptrdiff_t>(chance.size());
          std::partial_sort(begin, begin + top, begin + n, std::greater<>());
          expected[first + k] = std::inner_product(chance.begin(), chance.end(), begin, 0.0);
        }
      }
    }
    looks.finish();
    return std::accumulate(expected.begin(), expected.end(), 0.0) / static_cast<double>(reference_.size());
  }

  double oracle_work(Index rows) const override {
    return static_cast<double>(reference_.size()) * static_cast<double>(rows) *
           static_cast<double>(features_.cols);
  }
  std::int64_t greedy_bytes(Index candidates) const override {
    return start_bytes(candidates, false);
  }
  std::int64_t lazy_bytes(Index candidates) const override {
    return start_bytes(candidates, true);
  }

 private:
  // Against the codes, or against what may be held where those are too many.
  bool lists_pay(std::int64_t bytes, std::size_t reference, std::size_t candidates) const {
    return bytes <= std::min(kernel_bytes_, facility::compact_kernel_bytes(reference, candidates) / 2);
  }
  bool compact(std::size_t reference, std::size_t candidates, bool lazy) const {
    return (similarity_ == KeptSimilarity::compact || (similarity_ == KeptSimilarity::suited && lazy)) &&
           facility::compact_kernel_bytes(reference, candidates) <= kernel_bytes_;
  }
  std::int64_t start_bytes(Index candidates, bool lazy) const {
    const std::size_t m = candidates;
    if (similarity_ == KeptSimilarity::sparse || (similarity_ == KeptSimilarity::suited && lazy)) {
      std::call_once(sampled_, [&] {
        std::vector<Index> all(features_.rows);
        std::iota(all.begin(), all.end(), Index{0});
        list_bytes_ = facility::sparse_bytes(features_, reference_, all, {});
      });
      if (similarity_ == KeptSimilarity::sparse || lists_pay(list_bytes_, reference_.size(), m))
        return list_bytes_;
    }
    return compact(reference_.size(), m, lazy)
               ? facility::compact_bytes(features_, reference_.size(), m)
               : facility::exact_bytes(features_, reference_.size(), m, kernel_bytes_);
  }

  MatrixView features_;
  std::int64_t kernel_bytes_;
  KeptSimilarity similarity_;
  std::vector<Index> reference_;  // ascending
  mutable std::once_flag sampled_;
  mutable std::int64_t list_bytes_ = 0;  // for all rows as candidates
};

}  // namespace

MASKBENCH_OBJECTIVE(facility_location, FacilityLocation,
                    "mean similarity of all rows to the nearest row of the set", "fan2026datamask",
                    .needs_features = true, .advised = "lazy_greedy")

}  // namespace maskbench
