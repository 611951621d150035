// Clusters of rows, as the methods of this family use them.
#pragma once

#include <span>
#include <vector>

#include "algorithms/core/run_context.hpp"
#include "algorithms/kernels/kmeans.hpp"
#include "datasets/core/types.hpp"

namespace maskbench {

struct Member {
  Index row;
  double similarity;  // to its cluster's centroid, float64 sum in canonical arithmetic
};

// Spherical k-means of `rows`; in each cluster the closest to the centroid first (ties: the smaller row).
// Empty clusters are left out. No clusters at all: told to stop. The seed is the run's.
std::vector<std::vector<Member>> cluster_rows(MatrixView features, std::span<const Index> rows,
                                              KMeansSettings settings, RunContext& context);

std::int64_t cluster_bytes(MatrixView features, std::span<const Index> rows, const KMeansSettings& settings);

Index square_root(Index count);  // of a count, rounded, at least 1: the usual number of clusters

}  // namespace maskbench
