#include "algorithms/kernels/knn_graph.hpp"

#include <omp.h>

#include <algorithm>
#include <atomic>
#include <limits>

#include "algorithms/kernels/one_blas_thread.hpp"
#include "algorithms/kernels/row_products.hpp"

namespace maskbench {
namespace {

constexpr Index kQueryTile = 128;
constexpr Index kBaseTile = 1024;
constexpr float kNone = -std::numeric_limits<float>::infinity();

// Rows of a matrix: all of them, or those with these ids, which are copied a block at a time.
struct Rows {
  MatrixView all;
  std::span<const Index> ids = {};

  MatrixView block(Index first, Index last, std::vector<float>& copy) const {
    if (ids.empty()) return {all.row(first), last - first, all.cols, all.stride};
    copy.resize((last - first) * all.cols);
    for (Index k = first; k < last; ++k)
      std::copy_n(all.row(ids[k]), all.cols, copy.begin() + (k - first) * all.cols);
    return {copy.data(), last - first, all.cols, all.cols};
  }
};

// Query rows [first, last) against base rows [from, to).
struct Tile {
  Index first, last, from, to;
};

// Calls take(query, base row, product) for every pair of every tile, base rows of a query in ascending order.
// A query's pairs all lie in one tile. False: stopped.
template <class Take>
bool for_each_product(const Rows& queries, const Rows& base, std::span<const Tile> tiles, RunContext& context,
                      Take&& take) {
  const OneBlasThread one_blas_thread;
  std::atomic<bool> stop = false;
#pragma omp parallel if (tiles.size() > 1)
  {
    std::vector<float> products(kQueryTile * kBaseTile), some_queries, some_base;
#pragma omp for schedule(dynamic, 1)
    for (std::size_t t = 0; t < tiles.size(); ++t) {
      const Tile& tile = tiles[t];
      const MatrixView query = queries.block(tile.first, tile.last, some_queries);
      for (Index from = tile.from; from < tile.to; from += kBaseTile) {
        if (omp_get_thread_num() == 0 && context.stopping()) stop = true;
        if (stop) break;
        const Index width = std::min(kBaseTile, tile.to - from);
        row_products(query, base.block(from, from + width, some_base), products.data(), width);
        for (Index q = 0; q < query.rows; ++q) {
          const float* product = products.data() + q * width;
          for (Index b = 0; b < width; ++b) take(tile.first + q, from + b, product[b]);
        }
      }
    }
  }
  std::int64_t pairs = 0;
  for (const Tile& tile : tiles) pairs += (tile.last - tile.first) * (tile.to - tile.from);
  context.count(Work::distances, pairs);
  return !stop;
}

Nearest nearest(MatrixView queries, MatrixView base, Index k, bool others, RunContext& context) {
  Nearest best;
  best.per_row = k;
  best.row.assign(queries.rows * k, -1);
  best.similarity.assign(queries.rows * k, kNone);
  std::vector<Tile> tiles;
  for (Index first = 0; first < queries.rows; first += kQueryTile) {
    tiles.push_back({first, std::min(first + kQueryTile, queries.rows), 0, base.rows});
  }
  best.complete =
      for_each_product({queries}, {base}, tiles, context, [&](Index query, Index row, float product) {
        float* similarity = best.similarity.data() + query * k;
        if (product <= similarity[k - 1] || (others && row == query)) return;
        std::int32_t* id = best.row.data() + query * k;
        Index place = k - 1;
        for (; place > 0 && similarity[place - 1] < product;
             --place) {  // an equal one came earlier and stays ahead
          similarity[place] = similarity[place - 1];
          id[place] = id[place - 1];
        }
        similarity[place] = product;
        id[place] = static_cast<std::int32_t>(row);
      });
  return best;
}

}  // namespace

Nearest nearest_rows(MatrixView queries, MatrixView base, Index k, RunContext& context) {
  return nearest(queries, base, k, false, context);
}

Nearest nearest_neighbours(MatrixView rows, Index k, RunContext& context) {
  return nearest(rows, rows, k, true, context);
}

std::vector<float> nearest_earlier(MatrixView features, std::span<const Index> rows,
                                   std::span<const Index> begin, RunContext& context) {
  std::vector<Tile> tiles;
  for (std::size_t group = 0; group + 1 < begin.size(); ++group) {
    for (Index first = begin[group]; first < begin[group + 1]; first += kQueryTile) {
      const Index last = std::min(first + kQueryTile, begin[group + 1]);
      tiles.push_back({first, last, begin[group], last});
    }
  }
  std::vector<float> best(rows.size(), kNone);
  const Rows ordered{features, rows};
  const bool complete =
      for_each_product(ordered, ordered, tiles, context, [&](Index query, Index row, float product) {
        float& most = best[query];
        if (row < query && product > most) most = product;
      });
  if (!complete) best.clear();
  return best;
}

}  // namespace maskbench
