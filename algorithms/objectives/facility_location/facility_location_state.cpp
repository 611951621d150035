#include "algorithms/objectives/facility_location/facility_location_state.hpp"

#include "algorithms/kernels/clones.hpp"
#include "algorithms/kernels/rows.hpp"
#include "algorithms/kernels/similarity.hpp"
#include "datasets/core/watch.hpp"

namespace maskbench::facility {
namespace {

constexpr std::size_t kMoveBlock = 32, kCandidateBlock = 256;

MASKBENCH_CLONES void round_to_grid(double* values, std::size_t count, double shift) {
  for (std::size_t k = 0; k < count; ++k) values[k] = (std::max(values[k], kFloor) + shift) - shift;
}

// gain += max(0, s - now) - max(0, s - before); all on the grid, so exact.
MASKBENCH_CLONES void move_best(const double* similarity, double before, double now, std::size_t count,
                                double* gain) {
  for (std::size_t k = 0; k < count; ++k) {
    gain[k] += std::max(similarity[k] - now, 0.0) - std::max(similarity[k] - before, 0.0);
  }
}

class ExactState final : public GreedyState {
 public:
  ExactState(MatrixView features, std::span<const Index> reference, std::int64_t kernel_bytes,
             const GreedyStart& start)
      : features_(features),
        reference_(reference),
        grid_(reference.size()),
        candidates_(start.candidates.begin(), start.candidates.end()),
        best_(reference.size(), kFloor),
        gain_(candidates_.size()),
        total_(kFloor * static_cast<double>(reference.size())) {
    place_.assign(features_.rows, -1);
    for (std::size_t c = 0; c < candidates_.size(); ++c) place_[candidates_[c]] = static_cast<Index>(c);
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
    const Index place = place_[row];
    if (place >= 0) return gain_[place] / static_cast<double>(reference_.size());
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
      similarity[i] = similarity_of(features_, grid_, reference_[i], row);
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
    const std::size_t strips = (m + kCandidateBlock - 1) / kCandidateBlock;
    const std::size_t blocks = (moves.size() + kMoveBlock - 1) / kMoveBlock;
    Looks looks(static_cast<std::int64_t>(strips * blocks));
#pragma omp parallel if (worth_threads(moves.size(), m, compute ? features_.cols : 1))
    {
      std::vector<double> tile(compute ? kMoveBlock * kCandidateBlock : 0);
#pragma omp for schedule(dynamic)
      for (std::size_t first = 0; first < m; first += kCandidateBlock) {
        const auto cols = std::span(candidates_).subspan(first, std::min(kCandidateBlock, m - first));
        for (std::size_t at = 0; at < moves.size() && !looks.stopped(); at += kMoveBlock) {
          const auto some = moves.subspan(at, std::min(kMoveBlock, moves.size() - at));
          if (compute) similarities(some, cols, tile);
          for (std::size_t k = 0; k < some.size(); ++k) {
            double* stored = kernel_.empty() ? tile.data() + k * kCandidateBlock
                                             : kernel_.data() + some[k].row * m + first;
            if (fill_) std::copy_n(tile.data() + k * kCandidateBlock, cols.size(), stored);
            move_best(stored, some[k].before, some[k].now, cols.size(), gain_.data() + first);
          }
        }
      }
    }
    looks.finish();
  }

  void similarities(std::span<const Move> moves, std::span<const Index> cols,
                    std::vector<double>& tile) const {
    Index rows[kMoveBlock];
    for (std::size_t k = 0; k < moves.size(); ++k) rows[k] = reference_[moves[k].row];
    similarity_tile(features_, {rows, moves.size()}, cols, tile.data(), static_cast<Index>(kCandidateBlock));
    for (std::size_t k = 0; k < moves.size(); ++k)
      grid_.round_all(tile.data() + k * kCandidateBlock, cols.size());
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

}  // namespace

void Grid::round_all(double* similarity, std::size_t count) const {
  round_to_grid(similarity, count, shift_);
}

double similarity_of(MatrixView features, const Grid& grid, Index a, Index b) {
  return grid.round(dot(features.row(a), features.row(b), features.cols));
}

std::unique_ptr<GreedyState> start_exact(MatrixView features, std::span<const Index> reference,
                                         std::int64_t kernel_bytes, const GreedyStart& start) {
  return std::make_unique<ExactState>(features, reference, kernel_bytes, start);
}

std::int64_t exact_bytes(MatrixView features, std::size_t reference, std::size_t candidates,
                         std::int64_t kernel_bytes) {
  const std::int64_t kernel = ExactState::bytes(reference, candidates);
  return (kernel <= kernel_bytes ? kernel : 0) + 16 * static_cast<std::int64_t>(candidates) +
         8 * features.rows + 40 * static_cast<std::int64_t>(reference);
}

}  // namespace maskbench::facility
