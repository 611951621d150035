// semdedup: keeps what resembles least the rows before it in its cluster.
//
//   clusters by spherical k-means; each in an order; M_j = max over earlier i in j's cluster of cos(x_i, x_j)
//   epsilon > 0:  drop j where M_j > 1 - epsilon (the source)
//   a budget:     the rows of lowest M first, until it is filled
//
// Source: abbas2023semdedup and its code (rules A28).
// Guarantee: none for an objective; with epsilon no two picked rows of a cluster have a cosine above
// 1 - epsilon.
// Cost: O(n K d) a step of k-means, then O(sum of n_k^2 d), in tiles. Memory: O(n + K d), and what k-means
// copies.
//
//   code     paper  meaning
//   epsilon  eps    0: the budget alone decides
//   keep     -      hard: farthest from the centroid first; easy: closest first; random
//   nearest  M_j    -infinity for the first of a cluster
//
// Departs from the source: rows kept from before come first in their cluster, so that nothing near them is
// taken; sqrt(n) clusters unless told otherwise (the source: 50,000 for 440 million images).

#include "algorithms/clustering/clusters.hpp"
#include "algorithms/core/selector.hpp"
#include "algorithms/kernels/knn_graph.hpp"

namespace maskbench {
namespace {

enum class KeptRow { hard, easy, random };
constexpr std::array<const char*, 3> names(KeptRow) {
  return {"hard", "easy", "random"};
}

struct SemDedupParams {
  std::int64_t clusters = 0;
  std::int64_t iterations = 100;
  KeptRow keep = KeptRow::hard;
  double epsilon = 0;
  std::int64_t points_per_cluster = 0;
  template <class Visit>
  void fields(Visit&& visit) {
    visit("clusters", clusters, between(0, 1e7), "clusters; 0: sqrt(rows)");
    visit("iterations", iterations, between(1, 1000), "steps of k-means, all of them done");
    visit("points_per_cluster", points_per_cluster, between(0, 1e9),
          "rows a cluster to find the centroids with, drawn at random; 0: all rows");
    visit("keep", keep, names_of<KeptRow>, "which of two similar rows is kept");
    visit("epsilon", epsilon, between(0, 2), "drops rows of cosine above 1 - epsilon; 0: the budget decides");
  }
};

class SemDedup final : public Selector {
 public:
  using Params = SemDedupParams;
  explicit SemDedup(Params params) : params_(std::move(params)) {}

  void refine(SelectorTraits& traits) const override { traits.may_stop_early = params_.epsilon > 0; }

  Selection select(const Problem& problem, RunContext& context) override {
    if (problem.candidates.empty()) return {.why = Stop::exhausted};
    const MatrixView features = problem.data.features();
    const std::vector<Index> rows = all_rows(problem);
    auto clusters = cluster_rows(features, rows, settings(rows), context);
    if (clusters.empty()) return {.why = Stop::interrupted};

    std::vector<Index> ordered, begin{0};
    for (auto& members : clusters) {
      put_in_order(problem, members, context);
      for (const Member& member : members) ordered.push_back(member.row);
      begin.push_back(static_cast<Index>(ordered.size()));
    }
    const std::vector<float> nearest = nearest_earlier(features, ordered, begin, context);
    if (nearest.empty()) return {.why = Stop::interrupted};
    return take_lowest(problem, ordered, nearest);
  }

  std::int64_t scratch_bytes(const Problem& problem) const override {
    const std::vector<Index> rows = all_rows(problem);
    const MatrixView features = problem.data.features();
    const auto n = static_cast<std::int64_t>(rows.size());
    return cluster_bytes(features, rows, settings(rows)) + 32 * n;
  }

 private:
  static bool is_kept(const Problem& problem, Index row) {
    return std::binary_search(problem.kept.begin(), problem.kept.end(), row);
  }

  static std::vector<Index> all_rows(const Problem& problem) {  // kept rows and candidates, ascending
    std::vector<Index> rows(problem.kept.size() + problem.candidates.size());
    std::merge(problem.kept.begin(), problem.kept.end(), problem.candidates.begin(), problem.candidates.end(),
               rows.begin());
    return rows;
  }

  KMeansSettings settings(const std::vector<Index>& rows) const {
    const auto n = static_cast<Index>(rows.size());
    const Index clusters = params_.clusters > 0 ? std::min(n, params_.clusters) : square_root(n);
    return {clusters, params_.iterations, 0, params_.points_per_cluster};
  }

  void put_in_order(const Problem& problem, std::vector<Member>& members,
                    RunContext& context) const {  // closest first
    if (params_.keep == KeptRow::hard) std::reverse(members.begin(), members.end());
    if (params_.keep == KeptRow::random) {
      const Stream stream = context.random(purpose("semdedup order"));
      const auto key = [&](const Member& member) {
        return stream.word(static_cast<std::uint64_t>(member.row));
      };
      std::sort(members.begin(), members.end(),
                [&](const Member& a, const Member& b) { return key(a) < key(b); });
    }
    std::stable_partition(members.begin(), members.end(),
                          [&](const Member& member) { return is_kept(problem, member.row); });
  }

  Selection take_lowest(const Problem& problem, const std::vector<Index>& rows,
                        const std::vector<float>& nearest) const {
    std::vector<std::size_t> places;
    bool dropped = false;
    for (std::size_t k = 0; k < rows.size(); ++k) {
      if (is_kept(problem, rows[k])) continue;
      const bool near = params_.epsilon > 0 && static_cast<double>(nearest[k]) > 1 - params_.epsilon;
      if (near)
        dropped = true;
      else
        places.push_back(k);
    }
    std::sort(places.begin(), places.end(), [&](std::size_t a, std::size_t b) {
      return nearest[a] != nearest[b] ? nearest[a] < nearest[b] : rows[a] < rows[b];
    });
    std::vector<Index> order;
    for (const std::size_t k : places) order.push_back(rows[k]);
    Selection selection = take_in_order(problem, order);
    if (dropped && selection.why == Stop::exhausted) selection.why = Stop::threshold;
    return selection;
  }

  Params params_;
};

}  // namespace

MASKBENCH_SELECTOR(semdedup, SemDedup, "drops rows near an earlier one of their cluster", "abbas2023semdedup",
                   .stochastic = true, .may_stop_early = true, .host_arithmetic = true,
                   .needs_features = true)

}  // namespace maskbench
