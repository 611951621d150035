// The mean of a row score over the set, f(U) = sum of q_i over U, divided by S: what `quality` is, and one
// term of `joint`.
#pragma once

#include <memory>
#include <numeric>
#include <span>
#include <vector>

#include "algorithms/core/objective.hpp"
#include "algorithms/kernels/worth_threads.hpp"

namespace maskbench {

inline double mean_quality(std::span<const double> quality, std::span<const Index> items, Index size) {
  double sum = 0;
  for (const Index row : items) sum += quality[row];
  return size == 0 ? 0.0 : sum / static_cast<double>(size);
}

class MeanQualityState final : public GreedyState {
 public:
  MeanQualityState(std::span<const double> quality, const GreedyStart& start)
      : quality_(quality), size_(static_cast<double>(start.size)) {
    for (const Index row : start.items) sum_ += at(row);
  }
  double value() const override { return sum_ / size_; }
  double gain(Index row) const override { return at(row) / size_; }
  void add(Index row) override { sum_ += at(row); }
  void swap(Index out, Index in) override { sum_ += at(in) - at(out); }

 private:
  double at(Index row) const { return quality_[row]; }
  std::span<const double> quality_;
  double size_;
  double sum_ = 0;
};

class MeanQualityScorer final : public MaskScorer {
 public:
  explicit MeanQualityScorer(std::span<const double> quality) : quality_(quality) {}

  void score(std::span<const Index> batch, const MaskSet& masks, std::span<double> rewards) override {
#pragma omp parallel for schedule(static) if (worth_threads(masks.items.size(), 1, 8))
    for (Index mask = 0; mask < masks.masks; ++mask) {
      double sum = 0;
      for (Index k = 0; k < masks.picked; ++k) {
        const std::size_t position = masks.items[mask * masks.picked + k];
        sum += quality_[batch[position]];
      }
      rewards[mask] = sum / static_cast<double>(masks.picked);
    }
  }

 private:
  std::span<const double> quality_;
};

class MeanQualityRelaxation final : public Relaxation {
 public:
  MeanQualityRelaxation(std::span<const double> quality, const Problem& problem)
      : Relaxation(problem), quality_(quality), size_(problem.expected_rows()) {
    kept_ = mean_quality(quality, problem.kept, size_);
  }
  std::vector<double> dual(std::span<const double>) const override {
    return {};
  }  // linear: there is only one
  double intercept(std::span<const double>) const override { return kept_; }
  void slopes(std::span<const double>, std::span<double> out) const override {
    for (std::size_t c = 0; c < out.size(); ++c) out[c] = at(c) / static_cast<double>(size_);
  }
  std::optional<double> curvature(std::span<const double>) const override { return 0.0; }

 private:
  double at(std::size_t c) const { return quality_[candidates()[c]]; }
  std::span<const double> quality_;
  Index size_;
  double kept_ = 0;
};

}  // namespace maskbench
