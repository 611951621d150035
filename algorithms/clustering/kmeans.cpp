// kmeans: diversity by clusters alone, whatever the objective: equal quotas over the clusters of a
// spherical k-means.
//
//   clusters C_1..C_K of the candidates by cosine;  m_k = min(|C_k|, level),  sum of m_k = S  (water-filling)
//   inside C_k:  nearest: the m_k rows closest to the centroid
//                spread:  the closest row, then always the row whose nearest picked one is farthest
//
// Source: spherical k-means (Dhillon, Modha 2001) by FAISS (johnson2021faiss); equal quotas, the smallest
// cluster first, as in S2L (rules A12, P3); spread is farthest-point traversal
// (gonzalez1985clustering).
// Guarantee: none for an objective; spread is within twice the best K-centre radius inside a cluster.
// Cost: O(n K d) a step of k-means; then O(n d) for nearest, O(n d) a round of all clusters for spread.
// Memory: O(n + K d), and a copy of the candidates' features where they are not all rows.
//
//   code      here  meaning
//   clusters  K     0: sqrt(candidates), at most the rows to pick
//   members   C_k   rows of a cluster, closest to the centroid first
//   closest   -     largest similarity of a member to a picked one
//
// Departs from the source: the combination is ours. Rows kept from before count in the budget only.

#include "algorithms/clustering/clusters.hpp"
#include "algorithms/clustering/round_robin.hpp"
#include "algorithms/core/selector.hpp"
#include "algorithms/kernels/rows.hpp"

namespace maskbench {
namespace {

enum class Inside { nearest, spread };
constexpr std::array<const char*, 2> names(Inside) {
  return {"nearest", "spread"};
}

struct KMeansParams {
  std::int64_t clusters = 0;
  std::int64_t iterations = 20;
  std::int64_t points_per_cluster = 0;
  Inside inside = Inside::nearest;
  template <class Visit>
  void fields(Visit&& visit) {
    visit("clusters", clusters, between(0, 1e7), "clusters; 0: sqrt(candidates), at most the rows to pick");
    visit("iterations", iterations, between(1, 1000), "steps of k-means, all of them done");
    visit("points_per_cluster", points_per_cluster, between(0, 1e9),
          "rows a cluster to find the centroids with, drawn at random; 0: all rows");
    visit("inside", inside, names_of<Inside>, "what a cluster gives first");
  }
};

// Rows of one cluster in the order in which it gives them, one a call.
class Giver {
 public:
  Giver(MatrixView features, std::vector<Member> members, bool spread)
      : features_(features), members_(std::move(members)), closest_(spread ? members_.size() : 0, -2.0) {}

  std::optional<Index> next() {
    if (given_ == members_.size()) return std::nullopt;
    if (!closest_.empty()) bring_farthest_forward();
    return members_[given_++].row;
  }

 private:
  void
  bring_farthest_forward() {  // the order of the others stays, so that ties go to the closest to the centroid
    if (given_ > 0) {
      const float* last = features_.row(members_[given_ - 1].row);
#pragma omp parallel for schedule(static) if (members_.size() > 1024)
      for (std::size_t m = given_; m < members_.size(); ++m) {
        closest_[m] = std::max(closest_[m], dot(features_.row(members_[m].row), last, features_.cols));
      }
    }
    const auto from = static_cast<std::ptrdiff_t>(given_);
    const auto far = std::min_element(closest_.begin() + from, closest_.end()) - closest_.begin();
    std::rotate(closest_.begin() + from, closest_.begin() + far, closest_.begin() + far + 1);
    std::rotate(members_.begin() + from, members_.begin() + far, members_.begin() + far + 1);
  }

  MatrixView features_;
  std::vector<Member> members_;
  std::vector<double> closest_;  // beside members_; empty: nearest
  std::size_t given_ = 0;
};

class KMeansSelector final : public Selector {
 public:
  using Params = KMeansParams;
  explicit KMeansSelector(Params params) : params_(std::move(params)) {}

  Selection select(const Problem& problem, RunContext& context) override {
    if (problem.candidates.empty()) return {.why = Stop::exhausted};
    const MatrixView features = problem.data.features();
    auto clusters = cluster_rows(features, problem.candidates, settings(problem), context);
    if (clusters.empty()) return {.why = Stop::interrupted};

    const std::vector<std::size_t> turns = largest_first(clusters);
    std::vector<Giver> givers;
    givers.reserve(clusters.size());
    for (auto& members : clusters)
      givers.emplace_back(features, std::move(members), params_.inside == Inside::spread);
    return round_robin(problem, turns, context, [&](std::size_t cluster) { return givers[cluster].next(); });
  }

  std::int64_t scratch_bytes(const Problem& problem) const override {
    const Index closest = params_.inside == Inside::spread ? 8 * problem.candidates.size() : 0;
    return cluster_bytes(problem.data.features(), problem.candidates, settings(problem)) + closest;
  }

 private:
  KMeansSettings settings(const Problem& problem) const {
    return {cluster_count(problem), params_.iterations, 0, params_.points_per_cluster};
  }
  Index cluster_count(const Problem& problem) const {
    const auto n = static_cast<Index>(problem.candidates.size());
    if (params_.clusters > 0) return std::min(n, params_.clusters);
    return std::min(square_root(n), std::max<Index>(problem.rows_to_pick(), 1));
  }

  Params params_;
};

}  // namespace

MASKBENCH_SELECTOR(kmeans, KMeansSelector, "equal quotas over k-means clusters", "johnson2021faiss",
                   .stochastic = true, .host_arithmetic = true, .needs_features = true)

}  // namespace maskbench
