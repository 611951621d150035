// Nearest rows, k-means, and the methods that stand on them.
#include <omp.h>
#include <catch2/catch.hpp>

#include <cmath>

#include "algorithms/clustering/clusters.hpp"
#include "algorithms/kernels/kmeans.hpp"
#include "algorithms/kernels/knn_graph.hpp"
#include "algorithms/kernels/largest_remainder.hpp"
#include "algorithms/kernels/rows.hpp"
#include "tests/contract/tiny_problem.hpp"

namespace maskbench {
namespace {

using contract::Tiny;
using contract::tiny_data;

// Unit rows around `centres` far apart directions, `each` rows a centre, centre of row i = i % centres.
std::shared_ptr<const Dataset> planted(Index centres, Index each, double spread, Index dims = 16) {
  const Stream stream(11, purpose("planted"));
  const auto draw = [&](Index i, Index k) {
    return stream.uniform(static_cast<std::uint64_t>(i), static_cast<std::uint64_t>(k));
  };
  std::vector<float> rows;
  for (Index i = 0; i < centres * each; ++i) {
    for (Index k = 0; k < dims; ++k) {
      const double centre = k == i % centres ? 1.0 : 0.0;
      rows.push_back(static_cast<float>(centre + spread * (draw(i, k) - 0.5)));
    }
  }
  DatasetBuilder builder("planted", centres * each);
  builder.features("embedding", std::move(rows), dims);
  return builder.build();
}

TEST_CASE("nearest rows are those of a plain search, across tiles") {
  const auto data = tiny_data(1300);  // more than one tile each way
  const MatrixView all = data->features();
  contract::StrictContext context(1);
  const Nearest nearest = nearest_neighbours(all, 5, context);
  REQUIRE(nearest.complete);
  for (const Index query : {0, 127, 128, 700, 1299}) {
    std::vector<Index> order = contract::all_rows(all.rows);
    std::erase(order, query);
    std::sort(order.begin(), order.end(), [&](Index a, Index b) {
      return dot(all.row(query), all.row(a), all.cols) > dot(all.row(query), all.row(b), all.cols);
    });
    for (Index k = 0; k < 5; ++k) {
      const std::size_t place = query * 5 + k;
      CHECK(nearest.row[place] == order[k]);
      const double cosine = dot(all.row(query), all.row(order[k]), all.cols);
      CHECK(static_cast<double>(nearest.similarity[place]) == Approx(cosine).margin(1e-6));
    }
  }
  CHECK(context.work(Work::distances) == 1300 * 1300);
}

TEST_CASE("nearest rows: ties to the smaller row, and -1 where there are too few") {
  const auto data = tiny_data(4, contract::Rows::identical);
  contract::StrictContext context(1);
  const Nearest nearest = nearest_neighbours(data->features(), 6, context);
  CHECK(std::vector<std::int32_t>(nearest.row.begin(), nearest.row.begin() + 6) ==
        std::vector<std::int32_t>{1, 2, 3, -1, -1, -1});
  CHECK(nearest_rows(data->features(), data->features(), 1, context).row ==
        std::vector<std::int32_t>{0, 0, 0, 0});
}

TEST_CASE("the nearest earlier row is looked for in the row's own group") {
  const auto data = tiny_data(400);
  const MatrixView all = data->features();
  const std::vector<Index> begin = {0, 3, 3, 250, 400};
  std::vector<Index> ids;
  for (Index k = 0; k < 400; ++k) ids.push_back((7 * k + 5) % 400);  // in no order
  contract::StrictContext context(1);
  const std::vector<float> nearest = nearest_earlier(all, ids, begin, context);
  const auto row_at = [&](Index place) { return all.row(ids[place]); };
  for (const Index row : {0, 1, 2, 3, 4, 200, 249, 250, 399}) {
    const Index from = row < 3 ? 0 : row < 250 ? 3 : 250;
    double most = -std::numeric_limits<double>::infinity();
    for (Index earlier = from; earlier < row; ++earlier)
      most = std::max(most, dot(row_at(row), row_at(earlier), all.cols));
    INFO("row " << row);
    if (row == from)
      CHECK(std::isinf(nearest[row]));
    else
      CHECK(static_cast<double>(nearest[row]) == Approx(most).margin(1e-6));
  }
}

TEST_CASE("k-means finds planted clusters and gives the same ones on one thread and two") {
  const auto data = planted(6, 300, 0.4);
  const int before = omp_get_max_threads();
  std::vector<KMeans> answers;
  for (const int threads : {1, 2}) {
    omp_set_num_threads(threads);
    contract::StrictContext context(1);
    answers.push_back(spherical_kmeans(data->features(), {24, 20, std::uint64_t{77} << 33}, context));
  }
  omp_set_num_threads(before);
  REQUIRE(answers[0].complete);
  CHECK(answers[0].cluster == answers[1].cluster);
  CHECK(answers[0].centroids == answers[1].centroids);
  for (Index c = 0; c < 24; ++c) {
    const float* centroid = answers[0].centroids.data() + c * 16;
    CHECK(dot(centroid, centroid, 16) == Approx(1).margin(1e-5));
  }
  std::vector<std::set<Index>> planted_in(24);  // 24 clusters of 6 centres: none mixes two
  for (std::size_t row = 0; row < answers[0].cluster.size(); ++row) {
    planted_in[answers[0].cluster[row]].insert(static_cast<Index>(row % 6));
  }
  std::size_t mixed = 0;
  for (const auto& centres : planted_in) mixed += centres.size() > 1;
  CHECK(mixed <= 2);  // a local optimum may hold one
}

TEST_CASE("k-means on a sample assigns every row, and a sample of all rows is no sample") {
  const auto data = planted(6, 300, 0.4);
  const auto clusters = [&](Index points_per_cluster) {
    contract::StrictContext context(1);
    return spherical_kmeans(data->features(), {6, 20, 5, points_per_cluster}, context);
  };
  const KMeans all = clusters(0), enough = clusters(300), sampled = clusters(10);
  CHECK(enough.centroids == all.centroids);
  CHECK(sampled.centroids != all.centroids);
  REQUIRE(sampled.cluster.size() == 1800);
  const MatrixView centroids{sampled.centroids.data(), 6, 16, 16};
  contract::StrictContext context(1);
  CHECK(nearest_rows(data->features(), centroids, 1, context).row == sampled.cluster);
  CHECK(kmeans_bytes(1800, 16, {6, 20, 5, 10}) == kmeans_bytes(1800, 16, {6, 20, 5, 0}) + 60 * (4 * 16 + 8));
  CHECK(kmeans_bytes(1800, 16, {6, 20, 5, 300}) == kmeans_bytes(1800, 16, {6, 20, 5, 0}));
}

TEST_CASE("kmeans fills every cluster alike: small ones whole, the rest to one level") {
  const auto data = tiny_data(200);
  Tiny tiny(data, {Unit::rows, 90, Fill::at_most});
  for (const std::string inside : {"nearest", "spread"}) {
    const auto selection = contract::answer("kmeans[clusters=12,inside=" + inside + "]", tiny.problem(), 5);
    REQUIRE(selection->items.size() == 90);
    contract::StrictContext context(5);
    std::size_t level = 0, least_open = 1000;
    for (const auto& members : cluster_rows(data->features(), tiny.candidates, {12, 20}, context)) {
      std::size_t picked = 0;
      for (const Member& member : members) {
        picked +=
            std::find(selection->items.begin(), selection->items.end(), member.row) != selection->items.end();
      }
      level = std::max(level, picked);
      if (picked < members.size()) least_open = std::min(least_open, picked);
    }
    CHECK(least_open + 1 >= level);
  }
}

TEST_CASE("inside a cluster, spread reaches farther than nearest") {
  const auto data = tiny_data(120);
  const Tiny tiny(data, {Unit::rows, 10, Fill::at_most});
  const auto closest_pair = [&](const std::vector<Index>& rows) {
    double most = -1;
    for (const Index a : rows) {
      for (const Index b : rows) {
        if (a < b)
          most = std::max(most, dot(data->features().row(a), data->features().row(b), contract::kDims));
      }
    }
    return most;
  };
  const auto nearest = contract::picks("kmeans[clusters=1]", tiny.problem());
  const auto spread = contract::picks("kmeans[clusters=1,inside=spread]", tiny.problem());
  CHECK(nearest.front() == spread.front());
  CHECK(closest_pair(spread) < closest_pair(nearest));
}

// Rows 0..59 in 20 triples of near-duplicates: row i, i + 20, i + 40.
std::shared_ptr<const Dataset> triples() {
  const Stream stream(12, purpose("triples"));
  std::vector<float> rows;
  for (std::uint64_t i = 0; i < 60; ++i) {
    for (std::uint64_t k = 0; k < 16; ++k) {
      rows.push_back(
          static_cast<float>(stream.uniform(i % 20, k) - 0.5 + 0.002 * stream.uniform(i, 100 + k)));
    }
  }
  DatasetBuilder builder("triples", 60);
  builder.features("embedding", std::move(rows), 16);
  return builder.build();
}

TEST_CASE("graph_components and semdedup take one row of each set of near-duplicates first") {
  const auto data = triples();
  for (const std::string text :
       {"graph_components[threshold=0.99]", "semdedup", "semdedup[keep=easy]", "semdedup[keep=random]"}) {
    INFO(text);
    const Tiny tiny(data, {Unit::rows, 20, Fill::at_most});
    std::set<Index> originals;
    for (const Index row : contract::picks(text, tiny.problem())) originals.insert(row % 20);
    CHECK(originals.size() == 20);
  }
  const Tiny more(data, {Unit::rows, 40, Fill::at_most});
  std::map<Index, int> times;
  for (const Index row : contract::picks("graph_components[threshold=0.99]", more.problem()))
    ++times[row % 20];
  for (const auto& [original, count] : times) CHECK(count == 2);
}

TEST_CASE("what was kept before counts as its group's first") {
  Tiny tiny(triples(), {Unit::rows, 20, Fill::at_most});
  tiny.keep({0, 1, 2, 23, 44});
  for (const std::string text : {"graph_components[threshold=0.99]", "semdedup"}) {
    INFO(text);
    std::set<Index> originals = {0, 1, 2, 3, 4};
    for (const Index row : contract::picks(text, tiny.problem())) originals.insert(row % 20);
    CHECK(originals.size() == 20);
  }
}

TEST_CASE("semdedup with an epsilon stops when everything left is near something") {
  const Tiny tiny(triples(), {Unit::rows, 60, Fill::at_most});
  const auto selection = contract::answer("semdedup[clusters=1,epsilon=0.01]", tiny.problem());
  CHECK(selection->items.size() == 20);
  CHECK(selection->why == Stop::threshold);
  CHECK(contract::picks("semdedup[clusters=1]", tiny.problem()).size() == 60);
}

TEST_CASE("shares by the largest remainder sum to the total") {
  CHECK(largest_remainder(10, {1, 1, 1}) == std::vector<std::int64_t>{4, 3, 3});
  CHECK(largest_remainder(7, {5, 0, 9}) ==
        std::vector<std::int64_t>{3, 0, 4});  // 2.5 and 4.5: the earlier one
  CHECK(largest_remainder(5, {0, 0}) == std::vector<std::int64_t>{0, 0});
  CHECK(largest_remainder(std::int64_t{1} << 60, {3, 1}) ==
        std::vector<std::int64_t>{3 * (std::int64_t{1} << 58), std::int64_t{1} << 58});
}

}  // namespace
}  // namespace maskbench
