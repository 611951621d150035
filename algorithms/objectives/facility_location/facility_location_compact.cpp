#include <numeric>

#include "algorithms/kernels/rows.hpp"
#include "algorithms/kernels/similarity.hpp"
#include "algorithms/objectives/facility_location/facility_location_state.hpp"
#include "algorithms/objectives/facility_location/similarity_codes.hpp"

namespace maskbench::facility {
namespace {

class CompactState final : public GreedyState {
 public:
  CompactState(MatrixView features, std::span<const Index> reference, const GreedyStart& start)
      : features_(features),
        reference_(reference),
        grid_(reference.size()),
        codes_(features, start.candidates, reference),
        items_(start.items.begin(), start.items.end()),
        place_(features.rows, -1),
        best_(reference.size(), kFloor),
        floor_(reference.size(), codes_.below(kFloor)) {
    for (std::size_t c = 0; c < start.candidates.size(); ++c)
      place_[start.candidates[c]] = static_cast<Index>(c);
    if (!items_.empty()) row_maxima(features_, reference_, items_, best_);
    for (std::size_t i = 0; i < best_.size(); ++i) set_best(i, grid_.round(best_[i]));
    total_ = std::accumulate(best_.begin(), best_.end(), 0.0);
  }

  double value() const override { return total_ / static_cast<double>(reference_.size()); }

  double gain(Index row) const override {
    double sum = 0;  // exact in any order: all on the grid
    for (const Near& near : nearer(row)) sum += near.similarity - best_[near.place];
    return sum / static_cast<double>(reference_.size());
  }

  double upper(Index row) const override {
    const Index place = place_[row];
    if (place < 0) return gain(row);
    const std::int64_t sum = sum_above(codes_.row(place), floor_.data(), floor_.size());
    return static_cast<double>(sum) * codes_.unit() / static_cast<double>(reference_.size()) * (1 + 0x1p-50);
  }

  bool uppers(std::span<const Index> rows, std::span<double> out) const override {
#pragma omp parallel for schedule(static) if (worth_threads(rows.size(), reference_.size(), 1))
    for (std::size_t k = 0; k < rows.size(); ++k) out[k] = upper(rows[k]);
    return false;
  }

  void add(Index row) override {
    items_.push_back(row);
    for (const Near& near : nearer(row)) {
      total_ += near.similarity - best_[near.place];
      set_best(near.place, near.similarity);
    }
  }

  void swap(Index out, Index in) override {
    items_.erase(std::find(items_.begin(), items_.end(), out));
    std::vector<double> similarity(best_.size());
#pragma omp parallel for schedule(static) if (worth_threads(best_.size(), 1, features_.cols))
    for (std::size_t i = 0; i < best_.size(); ++i)
      similarity[i] = similarity_of(features_, grid_, reference_[i], out);
    std::vector<std::size_t> places;
    std::vector<Index> rows;
    for (std::size_t i = 0; i < best_.size(); ++i) {
      if (similarity[i] < best_[i]) continue;
      places.push_back(i);
      rows.push_back(reference_[i]);
    }
    std::vector<double> next(rows.size());
    row_maxima(features_, rows, items_, next);
    for (std::size_t k = 0; k < places.size(); ++k) {
      const double now = grid_.round(next[k]);
      total_ += now - best_[places[k]];
      set_best(places[k], now);
    }
    add(in);
  }

 private:
  // A reference row that is nearer to a row than to the set.
  struct Near {
    std::size_t place;
    double similarity;
  };

  void set_best(std::size_t i, double similarity) {
    best_[i] = similarity;
    floor_[i] = codes_.below(similarity);
  }

  // Ascending; similarities are exact, of all reference rows whose bound does not rule them out.
  std::vector<Near> nearer(Index row) const {
    std::vector<std::int32_t> places(best_.size());
    const Index place = place_[row];
    if (place >= 0)
      places.resize(places_above(codes_.row(place), floor_.data(), floor_.size(), places.data()));
    else
      std::iota(places.begin(), places.end(), 0);
    std::vector<Near> near(places.size());
#pragma omp parallel for schedule(static) if (worth_threads(places.size(), 1, features_.cols))
    for (std::size_t k = 0; k < near.size(); ++k) {
      const std::size_t i = places[k];
      near[k] = {i, similarity_of(features_, grid_, reference_[i], row)};
    }
    std::erase_if(near, [&](const Near& one) { return one.similarity <= best_[one.place]; });
    return near;
  }

  MatrixView features_;
  std::span<const Index> reference_;
  Grid grid_;
  SimilarityCodes codes_;            // candidates x |V|
  std::vector<Index> items_;         // U
  std::vector<Index> place_;         // n: row -> candidate, or -1
  std::vector<double> best_;         // |V|
  std::vector<std::int16_t> floor_;  // |V|: the code below best
  double total_ = 0;                 // sum of best
};

}  // namespace

std::unique_ptr<GreedyState> start_compact(MatrixView features, std::span<const Index> reference,
                                           const GreedyStart& start) {
  return std::make_unique<CompactState>(features, reference, start);
}

std::int64_t compact_kernel_bytes(std::size_t reference, std::size_t candidates) {
  return SimilarityCodes::bytes(candidates, reference);
}

std::int64_t compact_bytes(MatrixView features, std::size_t reference, std::size_t candidates) {
  return compact_kernel_bytes(reference, candidates) + SimilarityCodes::scratch_bytes(features.cols) +
         8 * features.rows + 40 * static_cast<std::int64_t>(reference);
}

}  // namespace maskbench::facility
