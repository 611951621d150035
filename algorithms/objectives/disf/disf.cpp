// disf: minus the mean squared correlation of two different feature columns over the set.
//
//   f(U) = -sum over a != b of corr(U)_ab^2 / (d(d-1)),   corr_ab = cov_ab / sqrt((var_a + eps)(var_b +
//   eps)),  eps = 1e-8
//
// `in_set`: mean, variance (unbiased) and covariance of the rows of U, as in DiSF (arXiv 2504.20644); the
// denominators are the number of rows, whatever S is. `frozen`: mean and scale of all n rows, once, and
// (S-1)^2 d(d-1) below; its expectation is known (facts 8c, 8h). `released_scale`: the sum divided by
// 10,000, as in the released code, not by d(d-1). A set of fewer than two rows has 0. With no more rows than
// d the correlations cannot all be small: see warning().
//
// Rows are added one by one (Welford's update): with delta = x - mean of the t-1 rows before, the sums of
// products grow by
// ((t-1)/t) delta delta'. value() does the same additions from scratch, in the order of `items`, so a greedy
// state and the oracle agree to the last bit, and greedy picks what naive greedy picks, ties included. Cost:
// value O(S d^2); gain O(d^2), a bound on it O(s d) for s rows in_set; add O(d^2); swap from scratch. Memory:
// one d x d matrix. The frozen form has a concave extension (disf_relaxation.hpp).
//
//   code      facts        meaning
//   sums      G2 - n mu mu'  sums of products of centred columns; of standardised columns where frozen
//   left      (t-1)/t delta  what a row adds is left[k] right[l]
//   weight    1/((n-1)(var + eps))  of a column; 1 where frozen

#include <algorithm>
#include <cmath>
#include <numeric>

#include "algorithms/core/objective.hpp"
#include "algorithms/core/registry.hpp"
#include "algorithms/objectives/disf/disf_bounds.hpp"
#include "algorithms/objectives/disf/disf_extension.hpp"
#include "algorithms/objectives/disf/disf_form.hpp"
#include "algorithms/objectives/disf/disf_relaxation.hpp"
#include "algorithms/objectives/disf/disf_scorer.hpp"

namespace maskbench {
namespace {

class DisfState final : public GreedyState {
 public:
  DisfState(const DisfForm& form, const GreedyStart& start)
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
    const std::size_t width = form_.width();
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

  bool uppers(std::span<const Index> rows, std::span<double> out) const override {
    if (!DisfBounds::cheaper(form_, sums_.count)) {
      gains(rows, out);
      return true;
    }
    if (!bounds_) bounds_.emplace(form_, sums_, items_);
    bounds_->squares(rows, out);
    for (double& entry : out) entry = form_.scaled(entry, size_) - value_;
    return false;
  }

  void add(Index row) override {
    items_.push_back(row);
    form_.add(sums_, {&row, 1});
    value_ = form_.value(sums_, size_);
    bounds_.reset();
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
    bounds_.reset();
  }

  const DisfForm& form_;
  Index size_;
  std::vector<Index> items_;
  DisfSums sums_;
  double value_ = 0;
  mutable std::optional<DisfBounds> bounds_;  // of the set as it is; made when first asked for
};

class Disf final : public Objective {
 public:
  using Params = DisfParams;

  Disf(const Params& params, const ObjectiveInput& input)
      : params_(params), own_(std::make_shared<DisfForm>(params, input.data.feature_rows())), form_(*own_) {}

  ObjectiveTraits traits() const override {
    return {.concave_relaxation = form_.frozen(), .affine_duals = form_.frozen()};
  }

  double value(std::span<const Index> items, std::optional<Index> size) const override {
    if (items.size() < 2) return 0;
    DisfSums sums = form_.none();
    form_.add(sums, items);
    return form_.value(sums, size.value_or(sums.count));
  }
  std::unique_ptr<GreedyState> start(const GreedyStart& start) const override {
    return std::make_unique<DisfState>(form_, start);
  }
  std::unique_ptr<MaskScorer> scorer() const override { return std::make_unique<DisfScorer>(form_); }

  // In-set centring breaks concavity (facts 8c): that form has a surrogate, and no bound.
  std::unique_ptr<Relaxation> relax(const Problem& problem) const override {
    return form_.frozen() ? surrogate(problem) : nullptr;
  }
  std::unique_ptr<Relaxation> surrogate(const Problem& problem) const override {
    return std::make_unique<DisfRelaxation>(frozen(), problem);
  }
  std::unique_ptr<Extension> extension(const Problem& problem) const override {
    if (form_.frozen()) return nullptr;
    return std::make_unique<DisfExtension>(form_, frozen(), problem);
  }

  std::optional<double> random_expectation(Index size) const override {  // facts 8h
    if (!form_.frozen()) return std::nullopt;
    const Index n = form_.rows();
    if (n < 2 || size < 2 || form_.scaled(1, n) == 0) return 0.0;
    std::vector<Index> all(n);
    std::iota(all.begin(), all.end(), Index{0});
    // K_ij = sum over a != b of z_ia z_ib z_ja z_jb: its trace, and the sum of all its entries in terms of
    // f(V).
    double trace = 0;
    std::vector<double> left(form_.dims()), right(left.size());
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

  double oracle_work(Index rows) const override {
    const auto d = static_cast<double>(form_.features().cols);
    return static_cast<double>(rows) * d * d;
  }
  std::int64_t greedy_bytes(Index) const override {
    return 8 * form_.width() * (2 * form_.width() + 3 * DisfForm::kChunk);
  }

 private:
  std::shared_ptr<const DisfForm> frozen() const {
    if (form_.frozen()) return own_;
    DisfParams params = params_;
    params.standardise = Standardise::frozen;
    return std::make_shared<DisfForm>(params, form_.features());
  }

  DisfParams params_;
  std::shared_ptr<const DisfForm> own_;  // shared with relaxations
  const DisfForm& form_;
};

}  // namespace

MASKBENCH_OBJECTIVE(disf, Disf, "minus the mean squared correlation of two feature columns over the set",
                    "fan2025disf", .needs_features = true, .advised = "frank_wolfe_disf")

}  // namespace maskbench
