#include "algorithms/datamask/block_slopes.hpp"

#include "algorithms/datamask/logits.hpp"
#include "algorithms/relaxation/frank_wolfe.hpp"
#include "algorithms/relaxation/polyak.hpp"

namespace maskbench {

BlockSlopes::BlockSlopes(const Problem& problem, std::span<const Index> rows, Index budget)
    : problem_{problem.data,
               rows,
               {},
               problem.quality,
               problem.objective,
               {Unit::rows, budget, Fill::at_most},
               {}},
      relaxation_(problem.objective->relax(problem_)),
      extension_(relaxation_ == nullptr ? problem.objective->extension(problem_) : nullptr) {}

std::vector<double> BlockSlopes::at(std::span<const double> inclusion) const {
  std::vector<double> slope(inclusion.size(), 0.0);
  if (relaxation_ != nullptr) {
    relaxation_->gradient(inclusion, slope);
  } else if (extension_ != nullptr) {
    extension_->slopes(extension_->moments(inclusion), slope);
  }
  return slope;
}

std::vector<double> BlockSlopes::at_even_chances() const {
  return at(std::vector<double>(problem_.candidates.size(), problem_.expected_share()));
}

std::vector<double> BlockSlopes::at_optimum() const {
  const std::unique_ptr<Relaxation> surrogate =
      relaxation_ ? nullptr : problem_.objective->surrogate(problem_);
  const Relaxation* relaxation = relaxation_ ? relaxation_.get() : surrogate.get();
  if (relaxation == nullptr) return std::vector<double>(problem_.candidates.size(), 0.0);
  if (relaxation->curvature({})) {
    return frank_wolfe(*relaxation, {.passes = 60, .gap = 1e-5}).slope;
  }
  std::vector<double> slope = at_even_chances();  // duals that are not affine: their optimum by descent
  const double known = problem_.objective->value(highest(problem_.candidates, slope, budget()));
  const auto optimum = polyak_bound(*relaxation, known, {.iterations = 200}, [] { return false; });
  if (optimum) relaxation->slopes(optimum->dual, slope);
  return slope;
}

}  // namespace maskbench
