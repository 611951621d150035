#include "algorithms/clustering/clusters.hpp"

#include <algorithm>
#include <cmath>

#include "algorithms/clustering/packed_rows.hpp"
#include "algorithms/kernels/rows.hpp"

namespace maskbench {

std::vector<std::vector<Member>> cluster_rows(MatrixView features, std::span<const Index> rows,
                                              KMeansSettings settings, RunContext& context) {
  const PackedRows points(features, rows);
  settings.seed = context.random(purpose("k-means")).word(0);
  const KMeans means = spherical_kmeans(points.view(), settings, context);
  if (!means.complete) return {};

  std::vector<double> similarity(rows.size());
#pragma omp parallel for schedule(static)
  for (std::size_t k = 0; k < rows.size(); ++k) {
    const float* centroid = means.centroids.data() + means.cluster[k] * features.cols;
    similarity[k] = dot(features.row(rows[k]), centroid, features.cols);
  }
  std::vector<std::vector<Member>> members(settings.clusters);
  for (std::size_t k = 0; k < rows.size(); ++k) {
    members[means.cluster[k]].push_back({rows[k], similarity[k]});
  }
  std::erase_if(members, [](const std::vector<Member>& cluster) { return cluster.empty(); });
  for (std::vector<Member>& cluster : members) {
    std::sort(cluster.begin(), cluster.end(), [](const Member& a, const Member& b) {
      return a.similarity != b.similarity ? a.similarity > b.similarity : a.row < b.row;
    });
  }
  return members;
}

std::int64_t cluster_bytes(MatrixView features, std::span<const Index> rows, const KMeansSettings& settings) {
  const auto n = static_cast<std::int64_t>(rows.size());
  return PackedRows::bytes(features, rows) + kmeans_bytes(n, features.cols, settings) + 16 * n;
}

Index square_root(Index count) {
  return std::max<Index>(1, std::llround(std::sqrt(static_cast<double>(count))));
}

}  // namespace maskbench
