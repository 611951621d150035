#include "algorithms/objectives/facility_location/facility_location_relaxation.hpp"

#include "algorithms/kernels/exact_neighbours.hpp"
#include "algorithms/kernels/similarity.hpp"
#include "algorithms/objectives/facility_location/facility_location_state.hpp"
#include "datasets/core/watch.hpp"

namespace maskbench::facility {
namespace {

// Neighbours kept: a random set of S of n candidates misses all k of a list with probability (1 - S/n)^k,
// 1e-7 at 16 n/S.
std::size_t neighbours_for(const Problem& problem) {
  constexpr double kLeast = 64, kMost = 1024;
  const double wanted = 16 / std::max(problem.expected_share(), 1e-9);
  return std::min(static_cast<std::size_t>(std::clamp(wanted, kLeast, kMost)), problem.candidates.size());
}

constexpr std::size_t kBand = 8;  // a cache line of float64

std::size_t banded(std::size_t neighbours) {
  return (neighbours + kBand - 1) / kBand * kBand;
}

// Lists of neighbours, nearest first, in bands: the first 8 of every row, then the next 8 of every row, and
// so on, since few passes look further than the first band or two.
class BandedLists {
 public:
  BandedLists(const ExactNeighbours& lists, std::size_t rows, const Grid& grid)
      : rows_(rows), size_(lists.per_row), similarity_(rows * banded(size_)), place_(rows * banded(size_)) {
    constexpr std::size_t kRows = 1024;  // between two looks
    Looks looks(static_cast<std::int64_t>(rows / kRows + 1));
    for (std::size_t i = 0; i < rows; ++i) {
      if (i % kRows == 0) looks.step();
      for (std::size_t k = 0; k < size_; ++k) {
        similarity_[at(i, k)] = grid.round(lists.similarity[i * size_ + k]);
        place_[at(i, k)] = lists.place[i * size_ + k];
      }
    }
  }
  std::size_t size() const { return size_; }
  double similarity(std::size_t i, std::size_t k) const { return similarity_[at(i, k)]; }

  // visit(similarity, place among the candidates) for the neighbours of row i nearer than `level`; until it
  // says false.
  template <class Visit>
  void nearer(std::size_t i, double level, Visit&& visit) const {
    for (std::size_t first = 0; first < size_; first += kBand) {
      const std::size_t begin = at(i, first), end = begin + std::min(kBand, size_ - first);
      for (std::size_t k = begin; k < end; ++k) {
        if (similarity_[k] <= level || !visit(similarity_[k], place_[k])) return;
      }
    }
  }

 private:
  std::size_t at(std::size_t i, std::size_t k) const { return (k / kBand * rows_ + i) * kBand + k % kBand; }

  std::size_t rows_, size_;
  std::vector<double> similarity_;
  std::vector<std::int32_t> place_;
};

class FacilityRelaxation final : public Relaxation {
 public:
  FacilityRelaxation(MatrixView features, std::span<const Index> reference, const Problem& problem)
      : Relaxation(problem),
        rows_(reference.size()),
        lists_(exact_neighbours(features, reference, problem.candidates, neighbours_for(problem)), rows_,
               Grid(rows_)),
        least_(reference.size(), kFloor) {
    if (!problem.kept.empty()) row_maxima(features, reference, problem.kept, least_);
    Grid(rows_).round_all(least_.data(), least_.size());
    if (lists_.size() == problem.candidates.size()) return;
    for (std::size_t i = 0; i < rows_; ++i)
      least_[i] = std::max(least_[i], lists_.similarity(i, lists_.size() - 1));
  }

  std::vector<double> dual(std::span<const double> inclusion) const override {
    std::vector<double> level(least_);
#pragma omp parallel for schedule(static) if (worth_threads(rows_, lists_.size(), 1))
    for (std::size_t i = 0; i < rows_; ++i) {
      double filled = 0;
      lists_.nearer(i, least_[i], [&](double similarity, std::size_t c) {
        filled += inclusion[c];
        if (filled >= 1) level[i] = similarity;
        return filled < 1;
      });
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
      lists_.nearer(i, level, [&](double similarity, std::size_t c) {
        out[c] += similarity - level;
        return true;
      });
    }
    for (double& slope : out) slope /= static_cast<double>(rows_);
  }

  // Component i: 1 less the chosen rows nearer than tau_i, over |V|; 0 where tau_i is clamped.
  bool dual_subgradient(std::span<const double> dual, std::span<const Index> chosen,
                        std::span<double> out) const override {
    std::vector<char> in(candidates().size(), 0);
    for (const Index c : chosen) in[c] = 1;
    const double share = 1 / static_cast<double>(rows_);
#pragma omp parallel for schedule(static) if (worth_threads(rows_, lists_.size(), 1))
    for (std::size_t i = 0; i < rows_; ++i) {
      int nearer = 0;
      if (dual[i] >= least_[i]) {
        lists_.nearer(i, dual[i], [&](double, std::size_t c) {
          nearer += in[c];
          return true;
        });
      }
      out[i] = dual[i] < least_[i] ? 0 : share * (1 - nearer);
    }
    return true;
  }

 private:
  double clamped(std::span<const double> dual, std::size_t i) const {
    return std::max(least_[i], dual[i]);
  }

  std::size_t rows_;           // |V|
  BandedLists lists_;          // of the candidates; similarities on the grid
  std::vector<double> least_;  // what tau_i is at least
};

}  // namespace

std::unique_ptr<Relaxation> relax(MatrixView features, std::span<const Index> reference,
                                  const Problem& problem) {
  return std::make_unique<FacilityRelaxation>(features, reference, problem);
}

std::int64_t relax_bytes(std::size_t reference,
                         const Problem& problem) {  // the lists, once as they are found and once in bands
  return static_cast<std::int64_t>(reference * (24 * banded(neighbours_for(problem)) + 8));
}

}  // namespace maskbench::facility
