// graph_components: near-duplicates first: one row of every connected component of the similarity graph.
//
//   G: rows i, j joined where j is among the k nearest of i (or i of j) and cos(x_i, x_j) >= threshold
//   rounds over the components of G, larger ones first: one row each, until the budget is filled
//
// Source: corpora drop near-duplicates by connected components of MinHash matches (penedo2024fineweb);
// components by Boost.Graph (siek2002boost).
// Guarantee: while the budget is at most the number of components, no two picked rows are joined.
// Cost: O(n^2 d) for the exact graph, tiled, then O(n k log(n k)). Memory: O(n k), a copy of the features.
//
//   code        here  meaning
//   neighbours  k     nearest rows of a row that may be joined to it
//   degree      -     joined rows; in a component the row with the most gives itself first
//   isolation   -     similarity to the nearest row; among components of a size the lowest has its turn first
//
// Departs from the source: embeddings instead of MinHash; a budget, so that components give more than one row
// where it allows. Rows kept from before belong to the graph and count as given.

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/connected_components.hpp>

#include <numeric>
#include <tuple>
#include <utility>

#include "algorithms/clustering/packed_rows.hpp"
#include "algorithms/core/selector.hpp"
#include "algorithms/kernels/knn_graph.hpp"
#include "algorithms/kernels/rows.hpp"

namespace maskbench {
namespace {

using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS>;

struct GraphParams {
  std::int64_t neighbours = 10;
  double threshold = 0.92;
  template <class Visit>
  void fields(Visit&& visit) {
    visit("neighbours", neighbours, between(1, 1000), "nearest rows of a row that may be joined to it");
    visit("threshold", threshold, between(-1, 1), "cosine from which on two rows are joined");
  }
};

class GraphComponents final : public Selector {
 public:
  using Params = GraphParams;
  explicit GraphComponents(Params params) : params_(params) {}

  Selection select(const Problem& problem, RunContext& context) override {
    std::vector<Index> rows(problem.kept.begin(), problem.kept.end());  // node -> row, kept rows first
    rows.insert(rows.end(), problem.candidates.begin(), problem.candidates.end());
    if (problem.candidates.empty()) return {.why = Stop::exhausted};
    const Nearest nearest =
        nearest_neighbours(PackedRows(problem.data.features(), rows).view(), params_.neighbours, context);
    if (!nearest.complete) return {.why = Stop::interrupted};
    const Graph graph = join(nearest, rows.size());
    std::vector<std::size_t> component(rows.size());
    const std::size_t components = boost::connected_components(graph, component.data());

    // Nodes in the order in which their components give them: the kept rows, then the most joined ones.
    std::vector<std::size_t> nodes(rows.size());
    std::iota(nodes.begin(), nodes.end(), std::size_t{0});
    std::stable_sort(nodes.begin() + static_cast<std::ptrdiff_t>(problem.kept.size()), nodes.end(),
                     [&](std::size_t a, std::size_t b) { return degree(a, graph) > degree(b, graph); });
    std::vector<std::size_t> given(components, 0), first(components), round(rows.size());
    for (const std::size_t node : nodes) {
      const std::size_t of = component[node];
      if (given[of] == 0) first[of] = node;
      round[node] = given[of]++;
    }
    nodes.erase(nodes.begin(), nodes.begin() + static_cast<std::ptrdiff_t>(problem.kept.size()));
    const auto isolation = [&](std::size_t node) {
      return nearest.similarity[first[component[node]] * nearest.per_row];
    };
    const auto turn = [&](std::size_t node) {  // ascending; `given` now holds the sizes
      return std::tuple(round[node], -static_cast<Index>(given[component[node]]), isolation(node),
                        rows[node]);
    };
    std::sort(nodes.begin(), nodes.end(), [&](std::size_t a, std::size_t b) { return turn(a) < turn(b); });
    std::vector<Index> order;
    for (const std::size_t node : nodes) order.push_back(rows[node]);
    return take_in_order(problem, order);
  }

  std::int64_t scratch_bytes(const Problem& problem) const override {
    const Index n = problem.kept.size() + problem.candidates.size();
    const Index packed = problem.kept.empty() ? PackedRows::bytes(problem.data.features(), problem.candidates)
                                              : 4 * n * problem.data.dims();
    constexpr Index kEdge = 45;  // of a neighbour: pairs while they are sorted, then both rows' lists
    return packed + n * (8 * params_.neighbours + 100) + kEdge * joined(problem) * n / kSample;
  }

 private:
  static constexpr Index kSample = 64;

  // Neighbours that this many rows, spread over the candidates, are joined to.
  Index joined(const Problem& problem) const {
    const MatrixView x = problem.data.features();
    const auto& rows = problem.candidates;
    Index sum = 0;
    for (Index k = 0; k < kSample && !rows.empty(); ++k) {
      const Index one = rows[k * rows.size() / kSample];
      Index near = -1;  // it is near itself
      for (std::size_t c = 0; c < rows.size() && near < params_.neighbours; ++c)
        near += dot(x.row(one), x.row(rows[c]), x.cols) >= params_.threshold ? 1 : 0;
      sum += std::max<Index>(near, 0);
    }
    return sum;
  }

  Graph join(const Nearest& nearest, std::size_t nodes) const {
    const std::size_t k = nearest.per_row;
    std::vector<std::pair<std::size_t, std::size_t>> edges;
    for (std::size_t node = 0; node < nodes; ++node) {
      for (std::size_t place = node * k; place < (node + 1) * k; ++place) {
        if (nearest.row[place] < 0 || static_cast<double>(nearest.similarity[place]) < params_.threshold)
          break;
        edges.push_back(std::minmax<std::size_t>(node, nearest.row[place]));
      }
    }
    std::sort(edges.begin(), edges.end());
    edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
    return Graph(edges.begin(), edges.end(), nodes);
  }

  Params params_;
};

}  // namespace

MASKBENCH_SELECTOR(graph_components, GraphComponents, "one row of each near-duplicate component, then rounds",
                   "siek2002boost", .host_arithmetic = true, .needs_features = true)

}  // namespace maskbench
