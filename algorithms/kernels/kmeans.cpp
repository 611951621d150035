#include "algorithms/kernels/kmeans.hpp"

#include <faiss/Clustering.h>
#include <faiss/Index.h>

#include <algorithm>
#include <limits>

#include "algorithms/kernels/knn_graph.hpp"

namespace maskbench {
namespace {

struct Stopped {};

// The centroids, as FAISS's loop asks for them.
class Centroids final : public faiss::Index {
 public:
  Centroids(std::int64_t dims, std::int64_t iterations, RunContext& context)
      : faiss::Index(dims, faiss::METRIC_INNER_PRODUCT), iterations_(iterations), context_(context) {}

  void reset() override {
    rows_.clear();
    ntotal = 0;
  }

  void add(idx_t count, const float* rows) override {
    rows_.assign(rows, rows + count * d);
    ntotal = count;
    context_.progress(static_cast<double>(rounds_++) / static_cast<double>(iterations_ + 1));
  }

  void search(idx_t count, const float* points, idx_t, float* similarity, idx_t* labels,
              const faiss::SearchParameters* = nullptr) const override {
    const Nearest nearest = nearest_rows({points, count, d, d}, {rows_.data(), ntotal, d, d}, 1, context_);
    if (!nearest.complete) throw Stopped{};
    std::copy(nearest.row.begin(), nearest.row.end(), labels);
    std::copy(nearest.similarity.begin(), nearest.similarity.end(), similarity);
  }

 private:
  std::vector<float> rows_;
  std::int64_t iterations_;
  std::int64_t rounds_ = 0;
  RunContext& context_;
};

}  // namespace

KMeans spherical_kmeans(MatrixView points, const KMeansSettings& settings, RunContext& context) {
  MASKBENCH_CHECK(settings.clusters >= 1 && settings.clusters <= points.rows, "between 1 and all points");
  MASKBENCH_CHECK(points.stride == points.cols, "points side by side");
  faiss::ClusteringParameters parameters;
  parameters.niter = static_cast<int>(settings.iterations);
  parameters.spherical = true;
  parameters.seed = static_cast<int>(settings.seed >> 33);  // never negative: FAISS would take the clock
  parameters.min_points_per_centroid = 1;
  parameters.max_points_per_centroid = settings.points_per_cluster > 0
                                           ? static_cast<int>(settings.points_per_cluster)
                                           : std::numeric_limits<int>::max();
  faiss::Clustering clustering(static_cast<int>(points.cols), static_cast<int>(settings.clusters),
                               parameters);
  Centroids index(points.cols, settings.iterations, context);

  KMeans answer;
  try {
    clustering.train(points.rows, points.data, index);
  } catch (const Stopped&) {
    return answer;
  }
  const MatrixView centroids{clustering.centroids.data(), settings.clusters, points.cols, points.cols};
  Nearest nearest = nearest_rows(points, centroids, 1, context);
  answer.complete = nearest.complete;
  answer.cluster = std::move(nearest.row);
  answer.centroids = std::move(clustering.centroids);
  return answer;
}

std::int64_t kmeans_bytes(Index points, Index dims, const KMeansSettings& settings) {
  const Index sample = settings.points_per_cluster * settings.clusters;
  const std::int64_t copied =
      settings.points_per_cluster > 0 && sample < points ? sample * (4 * dims + 8) : 0;
  // Labels and similarities, ours and FAISS's; centroids three times.
  return 20 * points + 12 * settings.clusters * dims + copied;
}

}  // namespace maskbench
