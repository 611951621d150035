// Spherical k-means by FAISS (Johnson, Douze, Jegou 2021), made repeatable: all points are used unless a
// sample is asked for (FAISS would sample 256 a centroid), the seed is the caller's, and points are assigned
// by kernels/knn_graph, so that 1 and 2 threads give the same clusters. FAISS itself draws the first
// centroids, averages, and splits the largest cluster into an empty one's place.
#pragma once

#include <cstdint>
#include <vector>

#include "algorithms/core/run_context.hpp"
#include "datasets/core/types.hpp"

namespace maskbench {

struct KMeansSettings {
  Index clusters = 1;     // at most the number of points
  Index iterations = 20;  // Lloyd's steps, all of them done
  std::uint64_t seed = 0;
  Index points_per_cluster = 0;  // of a random sample to train on, a copy; 0: all points, in place
};

struct KMeans {
  std::vector<std::int32_t> cluster;  // of each point
  std::vector<float> centroids;       // clusters x d, unit rows
  bool complete = false;              // false: told to stop, and there is no answer
};

// `points` lie side by side (stride = cols); all of them are assigned. Cost: iterations * points * clusters *
// d, of a sample where there is one, and points * clusters * d.
KMeans spherical_kmeans(MatrixView points, const KMeansSettings& settings, RunContext& context);

std::int64_t kmeans_bytes(Index points, Index dims,
                          const KMeansSettings& settings);  // what a run holds at its peak

}  // namespace maskbench
