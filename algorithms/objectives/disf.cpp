// disf: minus the mean squared correlation of two different feature columns over the set.
//
//   f(U) = -sum over a != b of corr(U)_ab^2 / (d(d-1)),   corr_ab = cov_ab / sqrt((var_a + eps)(var_b +
//   eps)),  eps = 1e-8
//
// `in_set`: mean, variance (unbiased) and covariance of the rows of U, as in DiSF (arXiv 2504.20644); the
// denominators are the number of rows, whatever S is. `frozen`: mean and scale of all n rows, once, and
// (S-1)^2 d(d-1) below; its expectation is known (paper-facts 8c, 8h). `released_scale`: the sum divided by
// 10,000, as in the released code, not by d(d-1). A set of fewer than two rows has 0. With no more rows than
// d the correlations cannot all be small: see warning().
//
// Rows are added one by one (Welford's update): with delta = x - mean of the t-1 rows before, the sums of
// products grow by
// ((t-1)/t) delta delta'. value() does the same additions from scratch, in the order of `items`, so a greedy
// state and the oracle agree to the last bit, and greedy picks what naive greedy picks, ties included. Cost:
// value O(S d^2); gain O(d^2); add O(d^2); swap from scratch. Memory: one d x d matrix.
//
//   code      paper-facts  meaning
//   sums      G2 - n mu mu'  sums of products of centred columns; of standardised columns where frozen
//   left      (t-1)/t delta  what a row adds is left[k] right[l]
//   weight    1/((n-1)(var + eps))  of a column; 1 where frozen

#include <algorithm>
#include <cmath>
#include <numeric>

#include "algorithms/core/objective.hpp"
#include "algorithms/core/registry.hpp"
#include "algorithms/kernels/correlation.hpp"

namespace maskbench {
namespace {

constexpr double kEpsilon = 1e-8;
constexpr double kReleasedScale = 10'000;
constexpr Index kChunk = 256;  // rows added at a time

struct DisfParams {
  std::string standardise = "in_set";
  bool released_scale = false;

  template <class Visit>
  void fields(Visit&& visit) {
    visit("standardise", standardise, one_of({"in_set", "frozen"}),
          "mean and scale: of the set itself, or of all rows once");
    visit("released_scale", released_scale, any(),
          "divide the sum by 10000, as the released code does, not by d(d-1)");
  }
};

double* at_row(std::vector<double>& matrix, Index row, Index width) {
  return matrix.data() + row * width;
}

// What rows have added up to.
struct Sums {
  Index count = 0;
  std::vector<double> mean;      // width; in_set only
  std::vector<double> products;  // width x width, from the diagonal on
};

class Form {
 public:
  Form(const DisfParams& params, MatrixView features)
      : features_(features),
        width_(padded(features.cols)),
        frozen_(params.standardise == "frozen"),
        pairs_(params.released_scale
                   ? kReleasedScale
                   : static_cast<double>(features.cols) * static_cast<double>(features.cols - 1)) {
    if (frozen_) standardise_all();
  }

  bool frozen() const { return frozen_; }
  Index dims() const { return features_.cols; }
  Index rows() const { return features_.rows; }
  Index width() const { return width_; }

  Sums none() const {
    const auto width = static_cast<std::size_t>(width_);
    return {0, std::vector<double>(frozen_ ? 0 : width, 0.0), std::vector<double>(width * width, 0.0)};
  }

  // left and right of a row that comes after `count` others with this mean; entries past d stay as they are
  // (zero).
  void step(Index row, Index count, const double* mean, double* left, double* right) const {
    const float* x = features_.row(row);
    if (frozen_) {
      for (Index k = 0; k < dims(); ++k)
        left[k] = right[k] = (static_cast<double>(x[k]) - mean_[at(k)]) * scale_[at(k)];
      return;
    }
    const double share = static_cast<double>(count) / static_cast<double>(count + 1);
    for (Index k = 0; k < dims(); ++k) {
      right[k] = static_cast<double>(x[k]) - mean[k];
      left[k] = share * right[k];
    }
  }

  void add(Sums& sums, std::span<const Index> rows) const {
    const Index chunk = std::min(kChunk, static_cast<Index>(rows.size()));
    std::vector<double> left(static_cast<std::size_t>(chunk * width_)), right(left.size());
    for (std::size_t first = 0; first < rows.size(); first += static_cast<std::size_t>(chunk)) {
      const Index steps = std::min(chunk, static_cast<Index>(rows.size() - first));
      for (Index t = 0; t < steps; ++t) {
        step(rows[first + at(t)], sums.count, sums.mean.data(), at_row(left, t, width_),
             at_row(right, t, width_));
        ++sums.count;
        if (frozen_) continue;
        const double* delta = at_row(right, t, width_);
        for (Index k = 0; k < dims(); ++k) sums.mean[at(k)] += delta[k] / static_cast<double>(sums.count);
      }
      add_products(left.data(), right.data(), steps, width_, sums.products.data());
    }
  }

  // One a column, for `count` rows whose sums of products are those of `sums` plus left[k] right[l]; zero
  // past d.
  void weigh(const Sums& sums, Index count, const double* left, const double* right, double* weight) const {
    const double floor = kEpsilon * static_cast<double>(count - 1);
    for (Index k = 0; k < dims(); ++k) {
      weight[k] = frozen_ ? 1.0 : 1.0 / (floor + (sums.products[at(k * width_ + k)] + left[k] * right[k]));
    }
  }

  double value(const Sums& sums, Index size) const {
    if (sums.count < 2) return 0;
    const std::vector<double> zero(at(width_), 0.0);
    std::vector<double> weight(at(width_), 0.0);
    weigh(sums, sums.count, zero.data(), zero.data(), weight.data());
    const RankOne nothing{zero.data(), zero.data(), weight.data()};
    double squares[kRankOnes];
    off_diagonal_squares(sums.products.data(), width_, {nothing, nothing, nothing, nothing}, squares);
    return scaled(squares[0], size);
  }

  // f from the squares above the diagonal.
  double scaled(double squares, Index size) const {
    const double freedom = frozen_ ? static_cast<double>(size - 1) * static_cast<double>(size - 1) : 1.0;
    return pairs_ * freedom <= 0 ? 0.0 : 0.0 - 2 * squares / (pairs_ * freedom);
  }

  // The same function from the rows' own Gram matrix, s^2 d/2 instead of s d^2/2: the squares of Z'Z and of
  // ZZ' have one sum.
  double value_by_rows(std::span<const Index> rows) const {
    const auto count = static_cast<Index>(rows.size());
    if (count < 2) return 0;
    std::vector<double> mean(at(dims()), 0.0), weight(at(dims()), 1.0), squares(at(dims()), 0.0);
    const Index side = padded(count);
    std::vector<double> columns(at(dims() * side), 0.0);  // d x side: standardised columns
    if (!frozen_) {
      for (const Index row : rows) {
        for (Index k = 0; k < dims(); ++k) mean[at(k)] += static_cast<double>(features_.row(row)[k]);
      }
      for (double& entry : mean) entry /= static_cast<double>(count);
    }
    std::vector<double> left(at(dims())), right(at(dims()));
    for (Index t = 0; t < count; ++t) {
      step(rows[at(t)], 0, mean.data(), left.data(), right.data());
      for (Index k = 0; k < dims(); ++k) {
        columns[at(k * side + t)] = right[at(k)];
        squares[at(k)] += right[at(k)] * right[at(k)];
      }
    }
    double diagonal = 0;
    for (Index k = 0; k < dims(); ++k) {
      if (!frozen_) weight[at(k)] = 1.0 / (kEpsilon * static_cast<double>(count - 1) + squares[at(k)]);
      diagonal += squares[at(k)] * weight[at(k)] * squares[at(k)] * weight[at(k)];
      const double scale = std::sqrt(weight[at(k)]);
      for (Index t = 0; t < count; ++t) columns[at(k * side + t)] *= scale;
    }
    std::vector<double> gram(at(side * side), 0.0), zero(at(side), 0.0), one(at(side), 1.0);
    add_products(columns.data(), columns.data(), dims(), side, gram.data());
    const RankOne nothing{zero.data(), zero.data(), one.data()};
    double above[kRankOnes];
    off_diagonal_squares(gram.data(), side, {nothing, nothing, nothing, nothing}, above);
    double own = 0;
    for (Index t = 0; t < count; ++t) own += gram[at(t * side + t)] * gram[at(t * side + t)];
    return scaled(above[0] + (own - diagonal) / 2, count);
  }

 private:
  static std::size_t at(Index k) { return static_cast<std::size_t>(k); }

  // Mean and 1/sqrt(variance + eps) of all rows, column by column in row order.
  void standardise_all() {
    mean_.assign(at(dims()), 0.0);
    scale_.assign(at(dims()), 0.0);
    constexpr Index kSlice = 64;
#pragma omp parallel for schedule(static)
    for (Index first = 0; first < dims(); first += kSlice) {
      const Index end = std::min(dims(), first + kSlice);
      for (Index i = 0; i < rows(); ++i) {
        for (Index k = first; k < end; ++k) mean_[at(k)] += static_cast<double>(features_.row(i)[k]);
      }
      for (Index k = first; k < end; ++k) mean_[at(k)] /= static_cast<double>(rows());
      for (Index i = 0; i < rows(); ++i) {
        for (Index k = first; k < end; ++k) {
          const double centred = static_cast<double>(features_.row(i)[k]) - mean_[at(k)];
          scale_[at(k)] += centred * centred;
        }
      }
      for (Index k = first; k < end; ++k) {
        const double variance = rows() < 2 ? 0.0 : scale_[at(k)] / static_cast<double>(rows() - 1);
        scale_[at(k)] = 1.0 / std::sqrt(variance + kEpsilon);
      }
    }
  }

  MatrixView features_;
  Index width_;  // d, padded
  bool frozen_;
  double pairs_;
  std::vector<double> mean_, scale_;  // d; frozen only
};

class DisfState final : public GreedyState {
 public:
  DisfState(const Form& form, const GreedyStart& start)
      : form_(form), size_(start.size), items_(start.items.begin(), start.items.end()) {
    rebuild();
  }

  double value() const override { return value_; }

  double gain(Index row) const override {
    double out = 0;
    gains({&row, 1}, {&out, 1});
    return out;
  }

  void gains(std::span<const Index> rows, std::span<double> out) const override {
    if (sums_.count == 0) {
      std::fill(out.begin(), out.end(), 0.0);
      return;
    }
    const auto width = static_cast<std::size_t>(form_.width());
#pragma omp parallel if (rows.size() * width * width > 1'000'000)
    {
      std::vector<double> buffer(3 * kRankOnes * width, 0.0);
      double* const left = buffer.data();
      double* const right = left + kRankOnes * width;
      double* const weight = right + kRankOnes * width;
#pragma omp for schedule(static)
      for (std::size_t first = 0; first < rows.size(); first += kRankOnes) {
        const std::size_t some = std::min<std::size_t>(kRankOnes, rows.size() - first);
        RankOne candidates[kRankOnes];
        for (std::size_t c = 0; c < kRankOnes; ++c) {  // a short block repeats its first candidate
          const std::size_t own = c < some ? c : 0;
          candidates[c] = {left + own * width, right + own * width, weight + own * width};
          if (c >= some) continue;
          form_.step(rows[first + c], sums_.count, sums_.mean.data(), left + c * width, right + c * width);
          form_.weigh(sums_, sums_.count + 1, left + c * width, right + c * width, weight + c * width);
        }
        double squares[kRankOnes];
        off_diagonal_squares(sums_.products.data(), form_.width(), candidates, squares);
        for (std::size_t c = 0; c < some; ++c) out[first + c] = form_.scaled(squares[c], size_) - value_;
      }
    }
  }

  void add(Index row) override {
    items_.push_back(row);
    form_.add(sums_, {&row, 1});
    value_ = form_.value(sums_, size_);
  }

  void swap(Index out, Index in) override {
    items_.erase(std::find(items_.begin(), items_.end(), out));
    items_.push_back(in);
    rebuild();
  }

 private:
  void rebuild() {
    sums_ = form_.none();
    form_.add(sums_, items_);
    value_ = form_.value(sums_, size_);
  }

  const Form& form_;
  Index size_;
  std::vector<Index> items_;
  Sums sums_;
  double value_ = 0;
};

class DisfScorer final : public MaskScorer {
 public:
  explicit DisfScorer(const Form& form) : form_(form) {}

  void score(std::span<const Index> batch, const MaskSet& masks, std::span<double> rewards) override {
#pragma omp parallel for schedule(dynamic)
    for (Index mask = 0; mask < masks.masks; ++mask) {
      std::vector<Index> rows;
      for (Index k = 0; k < masks.picked; ++k) {
        rows.push_back(
            batch[static_cast<std::size_t>(masks.items[static_cast<std::size_t>(mask * masks.picked + k)])]);
      }
      double& reward = rewards[static_cast<std::size_t>(mask)];
      if (masks.picked < form_.dims()) {
        reward = form_.value_by_rows(rows);
        continue;
      }
      Sums sums = form_.none();
      form_.add(sums, rows);
      reward = form_.value(sums, masks.picked);
    }
  }

 private:
  const Form& form_;
};

class Disf final : public Objective {
 public:
  using Params = DisfParams;

  Disf(const Params& params, const ObjectiveInput& input) : form_(params, input.data.features()) {}

  ObjectiveTraits traits() const override { return {}; }

  double value(std::span<const Index> items, std::optional<Index> size) const override {
    if (items.size() < 2) return 0;
    Sums sums = form_.none();
    form_.add(sums, items);
    return form_.value(sums, size.value_or(sums.count));
  }
  std::unique_ptr<GreedyState> start(const GreedyStart& start) const override {
    return std::make_unique<DisfState>(form_, start);
  }
  std::unique_ptr<MaskScorer> scorer() const override { return std::make_unique<DisfScorer>(form_); }

  std::optional<double> random_expectation(Index size) const override {  // paper-facts 8h
    if (!form_.frozen()) return std::nullopt;
    const Index n = form_.rows();
    if (n < 2 || size < 2 || form_.scaled(1, n) == 0) return 0.0;
    std::vector<Index> all(static_cast<std::size_t>(n));
    std::iota(all.begin(), all.end(), Index{0});
    // K_ij = sum over a != b of z_ia z_ib z_ja z_jb: its trace, and the sum of all its entries in terms of
    // f(V).
    double trace = 0;
    std::vector<double> left(static_cast<std::size_t>(form_.dims())), right(left.size());
    for (const Index row : all) {
      form_.step(row, 0, nullptr, left.data(), right.data());
      double squares = 0, fourths = 0;
      for (const double z : right) {
        squares += z * z;
        fourths += z * z * z * z;
      }
      trace += squares * squares - fourths;
    }
    const double whole = value(all, n) / form_.scaled(0.5, n);  // 1'K1
    const double pick = static_cast<double>(size) / static_cast<double>(n);
    const double pair = pick * static_cast<double>(size - 1) / static_cast<double>(n - 1);
    return form_.scaled((pick * trace + pair * (whole - trace)) / 2, size);
  }

  std::optional<std::string> warning(Index rows) const override {
    if (rows > form_.dims()) return std::nullopt;
    return "DiSF on " + std::to_string(rows) + " rows of " + std::to_string(form_.dims()) +
           " dimensions: no set of d rows or fewer has small correlations everywhere, so it measures "
           "something else here";
  }

  std::int64_t greedy_bytes(Index) const override { return 8 * form_.width() * (form_.width() + 3 * kChunk); }

 private:
  Form form_;
};

}  // namespace

MASKBENCH_OBJECTIVE(disf, Disf, "minus the mean squared correlation of two feature columns over the set",
                    "fan2025disf", .needs_features = true)

}  // namespace maskbench
