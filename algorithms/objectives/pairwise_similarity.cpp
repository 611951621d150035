// pairwise_similarity: minus the mean similarity of two different rows of the set.
//
//   f(U) = -(1/(S(S-1))) sum over i != j in U of x_i.x_j = -(||s||^2 - sum ||x_i||^2)/(S(S-1)),   s = sum of
//   x_i over U
//
// Source: DATAMASK's diversity term in its final recipe (arXiv 2512.24265); formula as chosen in facts 10c.
// Concave extension, exact for any rows: F(p) = -(||X'p||^2 - sum p_i ||x_i||^2)/(S(S-1)) (facts 8a).
// Cost: value O(Sd); gain O(1) and add O(Nd) in a greedy run; gradient two passes, O(Nd).
//
//   code     facts        meaning
//   sum      s            sum of the chosen rows
//   dots     r_i          x_i.s of a candidate
//   pairs    S(S-1)       ordered pairs in a set of the budget's size

#include <numeric>

#include "algorithms/core/objective.hpp"

#include "algorithms/core/registry.hpp"
#include "algorithms/kernels/masked_row_sums.hpp"
#include "algorithms/kernels/rows.hpp"
#include "algorithms/kernels/worth_threads.hpp"

namespace maskbench {
namespace {

double pairs_of(Index size) {
  return static_cast<double>(size) * static_cast<double>(size - 1);
}

// Gains of all candidates are kept up to date, O(n d) a pick; for lazy methods, which ask for few, they are
// made when asked for.
class PairwiseState final : public GreedyState {
 public:
  PairwiseState(const FeatureRows& features, const GreedyStart& start)
      : features_(features), pairs_(pairs_of(start.size)) {
    sum_ = row_sum(features_, start.items);
    RowReader reader(features_);
    for (const Index row : start.items) {
      const float* x = reader.row(row);
      squares_ += dot(x, x, features_.cols);
    }
    if (start.lazy) return;
    candidates_.assign(start.candidates.begin(), start.candidates.end());
    place_.assign(features_.rows, -1);
    for (std::size_t c = 0; c < candidates_.size(); ++c) place_[candidates_[c]] = static_cast<Index>(c);
    dots_.resize(candidates_.size());
    row_dots(features_, candidates_, sum_.data(), dots_);
  }

  double value() const override { return pairs_ <= 0 ? 0.0 : -(squared_norm(sum_) - squares_) / pairs_; }

  double gain(Index row) const override {
    if (pairs_ <= 0) return 0;
    const Index place = place_.empty() ? -1 : place_[row];
    const double r =
        place >= 0 ? dots_[place] : dot(RowReader(features_).row(row), sum_.data(), features_.cols);
    return -2 * r / pairs_;
  }

  void gains(std::span<const Index> rows, std::span<double> out) const override {
    if (pairs_ <= 0 || !place_.empty()) return GreedyState::gains(rows, out);
    row_dots(features_, rows, sum_.data(), out);
    for (double& one : out) one = -2 * one / pairs_;
  }

  void add(Index row) override {
    shift(row, 1);
    row_dots(features_, candidates_, sum_.data(),
             dots_);  // from the sum, not added up: a gain has one expression
  }

  void swap(Index out, Index in) override {
    shift(out, -1);
    add(in);
  }

 private:
  void shift(Index row, double sign) {
    RowReader reader(features_);
    const float* x = reader.row(row);
    for (Index k = 0; k < features_.cols; ++k) sum_[k] += sign * static_cast<double>(x[k]);
    squares_ += sign * dot(x, x, features_.cols);
  }

  FeatureRows features_;
  double pairs_;
  std::vector<double> sum_;        // d
  std::vector<Index> candidates_;  // with what follows, empty for lazy methods
  std::vector<double> dots_;       // one a candidate
  std::vector<Index> place_;       // n: row -> candidate, or -1
  double squares_ = 0;
};

class PairwiseScorer final : public MaskScorer {
 public:
  explicit PairwiseScorer(MatrixView features, std::span<const double> norms)
      : features_(features), norms_(norms) {}

  void score(std::span<const Index> batch, const MaskSet& masks, std::span<double> rewards) override {
    if (masks.picked < 2) {
      std::fill(rewards.begin(), rewards.end(), 0.0);
      return;
    }
    const std::span<const float> sums = sums_.of(features_, batch, masks);
    const Index dims = features_.cols;
#pragma omp parallel for schedule(static) if (worth_threads(masks.items.size(), 1, 8) || \
                                              worth_threads(rewards.size(), 1, dims))
    for (Index mask = 0; mask < masks.masks; ++mask) {
      const float* sum = sums.data() + mask * dims;
      double squares = 0;
      for (Index k = 0; k < masks.picked; ++k) {
        const std::size_t position = masks.items[mask * masks.picked + k];
        squares += norms_[batch[position]];
      }
      rewards[mask] = -(dot(sum, sum, dims) - squares) / pairs_of(masks.picked);
    }
  }

 private:
  MatrixView features_;
  std::span<const double> norms_;
  MaskedRowSums sums_;
};

class PairwiseRelaxation final : public Relaxation {
 public:
  PairwiseRelaxation(const FeatureRows& features, std::span<const double> norms, const Problem& problem)
      : Relaxation(problem), features_(features), norms_(norms), pairs_(pairs_of(problem.expected_rows())) {
    kept_sum_ = row_sum(features_, problem.kept);
    for (const Index row : problem.kept) kept_squares_ += norms_[row];
  }

  // X'p, kept rows included.
  std::vector<double> dual(std::span<const double> inclusion) const override {
    std::vector<double> point = weighted_row_sum(features_, candidates(), inclusion);
    for (std::size_t k = 0; k < point.size(); ++k) point[k] += kept_sum_[k];
    return point;
  }
  double intercept(std::span<const double> dual) const override {
    if (pairs_ <= 0) return 0;
    double squares = 0;
    for (std::size_t k = 0; k < dual.size(); ++k) squares += dual[k] * (dual[k] - 2 * kept_sum_[k]);
    return (squares + kept_squares_) / pairs_;
  }
  void slopes(std::span<const double> dual, std::span<double> out) const override {
    if (pairs_ <= 0) return std::fill(out.begin(), out.end(), 0.0);
    row_dots(features_, candidates(), dual.data(), out);
    for (std::size_t c = 0; c < out.size(); ++c) out[c] = (norm(c) - 2 * out[c]) / pairs_;
  }
  std::optional<double> curvature(std::span<const double> step) const override {
    return pairs_ <= 0 ? 0.0 : squared_norm(step) / pairs_;
  }

 private:
  double norm(std::size_t c) const { return norms_[candidates()[c]]; }

  FeatureRows features_;
  std::span<const double> norms_;
  double pairs_;
  std::vector<double> kept_sum_;
  double kept_squares_ = 0;
};

class PairwiseSimilarity final : public Objective {
 public:
  explicit PairwiseSimilarity(const ObjectiveInput& input)
      : features_(input.data.feature_rows()), norms_(squared_norms(features_)) {}

  ObjectiveTraits traits() const override { return {.concave_relaxation = true, .affine_duals = true}; }

  double value(std::span<const Index> items, std::optional<Index> size) const override {
    const Index denominator = size.value_or(static_cast<Index>(items.size()));
    if (items.size() < 2 || denominator < 2) return 0;
    double squares = 0;
    for (const Index row : items) squares += norms_[row];
    return -(squared_norm(row_sum(features_, items)) - squares) / pairs_of(denominator);
  }
  std::unique_ptr<GreedyState> start(const GreedyStart& start) const override {
    return std::make_unique<PairwiseState>(features_, start);
  }
  std::unique_ptr<MaskScorer> scorer() const override {
    return std::make_unique<PairwiseScorer>(features_.in_memory(), norms_);
  }
  std::unique_ptr<Relaxation> relax(const Problem& problem) const override {
    return std::make_unique<PairwiseRelaxation>(features_, norms_, problem);
  }
  std::optional<QuadraticForm> quadratic_form() const override { return QuadraticForm{{}, 0, 1}; }
  std::optional<double> random_expectation(Index size) const override {  // facts 8h
    const Index n = features_.rows;
    if (n < 2 || size < 2) return 0.0;
    std::vector<Index> all(n);
    std::iota(all.begin(), all.end(), Index{0});
    return value(all, n);
  }
  double oracle_work(Index rows) const override {
    return static_cast<double>(rows) * static_cast<double>(features_.cols + 1);
  }
  std::int64_t greedy_bytes(Index candidates) const override {
    return 16 * candidates + 8 * features_.rows + 8 * features_.cols;
  }
  std::int64_t lazy_bytes(Index) const override { return 8 * features_.cols; }

 private:
  FeatureRows features_;
  std::vector<double> norms_;  // n: ||x_i||^2
};

}  // namespace

MASKBENCH_OBJECTIVE(pairwise_similarity, PairwiseSimilarity,
                    "minus the mean similarity of two rows of the set", "fan2026datamask",
                    .needs_features = true, .walks_tiles = true, .standard = true, .advised = "relaxation")

}  // namespace maskbench
