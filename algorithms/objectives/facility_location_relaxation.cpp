#include "algorithms/objectives/facility_location_relaxation.hpp"

#include "algorithms/kernels/exact_neighbours.hpp"
#include "algorithms/kernels/similarity.hpp"
#include "algorithms/objectives/facility_location_state.hpp"

namespace maskbench::facility {
namespace {

// Neighbours kept: a random set of S of n candidates misses all k of a list with probability (1 - S/n)^k, 1e-7 at 16 n/S.
std::size_t neighbours_for(const Problem& problem) {
  constexpr double kLeast = 64, kMost = 1024;
  const double wanted = 16 / std::max(problem.expected_share(), 1e-9);
  return static_cast<std::size_t>(std::clamp(wanted, kLeast, kMost));
}

class FacilityRelaxation final : public Relaxation {
 public:
  FacilityRelaxation(MatrixView features, std::span<const Index> reference, const Problem& problem)
      : Relaxation(problem),
        rows_(reference.size()),
        lists_(exact_neighbours(features, reference, problem.candidates, neighbours_for(problem))),
        least_(reference.size(), kFloor) {
    const Grid grid(rows_);
    grid.round_all(lists_.similarity.data(), lists_.similarity.size());
    if (!problem.kept.empty()) row_maxima(features, reference, problem.kept, least_);
    grid.round_all(least_.data(), least_.size());
    if (lists_.per_row == problem.candidates.size()) return;
    for (std::size_t i = 0; i < rows_; ++i) least_[i] = std::max(least_[i], row(i)[lists_.per_row - 1]);
  }

  std::vector<double> dual(std::span<const double> inclusion) const override {
    std::vector<double> level(least_);
#pragma omp parallel for schedule(static) if (worth_threads(rows_, lists_.per_row, 1))
    for (std::size_t i = 0; i < rows_; ++i) {
      double filled = 0;
      for (std::size_t k = 0; k < lists_.per_row && row(i)[k] > least_[i]; ++k) {
        filled += inclusion[place(i, k)];
        if (filled < 1) continue;
        level[i] = row(i)[k];
        break;
      }
    }
    return level;
  }

  double intercept(std::span<const double> dual) const override {
    double sum = 0;
    for (std::size_t i = 0; i < rows_; ++i) sum += clamped(dual, i);
    return sum / static_cast<double>(rows_);
  }

  void slopes(std::span<const double> dual, std::span<double> out) const override {
    std::fill(out.begin(), out.end(), 0.0);
    for (std::size_t i = 0; i < rows_; ++i) {  // in order: the sums do not depend on threads
      const double level = clamped(dual, i);
      for (std::size_t k = 0; k < lists_.per_row && row(i)[k] > level; ++k) out[place(i, k)] += row(i)[k] - level;
    }
    for (double& slope : out) slope /= static_cast<double>(rows_);
  }

  // Component i: 1 less the chosen rows nearer than tau_i, over |V|; 0 where tau_i is clamped.
  bool dual_subgradient(std::span<const double> dual, std::span<const Index> chosen, std::span<double> out) const override {
    std::vector<char> in(candidates().size(), 0);
    for (const Index c : chosen) in[static_cast<std::size_t>(c)] = 1;
    const double share = 1 / static_cast<double>(rows_);
#pragma omp parallel for schedule(static) if (worth_threads(rows_, lists_.per_row, 1))
    for (std::size_t i = 0; i < rows_; ++i) {
      if (dual[i] < least_[i]) {
        out[i] = 0;
        continue;
      }
      int nearer = 0;
      for (std::size_t k = 0; k < lists_.per_row && row(i)[k] > dual[i]; ++k) nearer += in[place(i, k)];
      out[i] = share * (1 - nearer);
    }
    return true;
  }

 private:
  const double* row(std::size_t i) const { return lists_.similarity.data() + i * lists_.per_row; }
  std::size_t place(std::size_t i, std::size_t k) const { return static_cast<std::size_t>(lists_.place[i * lists_.per_row + k]); }
  double clamped(std::span<const double> dual, std::size_t i) const { return std::max(least_[i], dual[i]); }

  std::size_t rows_;            // |V|
  ExactNeighbours lists_;       // of the candidates; similarities on the grid
  std::vector<double> least_;   // what tau_i is at least
};

}  // namespace

std::unique_ptr<Relaxation> relax(MatrixView features, std::span<const Index> reference, const Problem& problem) {
  return std::make_unique<FacilityRelaxation>(features, reference, problem);
}

}  // namespace maskbench::facility
