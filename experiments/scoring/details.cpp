#include "experiments/scoring/details.hpp"

#include <fmt/format.h>

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <fstream>
#include <numeric>

#include "algorithms/kernels/exact_neighbours.hpp"
#include "algorithms/kernels/packed_products.hpp"
#include "algorithms/kernels/principal_directions.hpp"
#include "algorithms/kernels/random_subset.hpp"
#include "algorithms/kernels/rows.hpp"
#include "datasets/core/whole_file.hpp"
#include "experiments/scoring/evaluate.hpp"
#include "experiments/scoring/probes.hpp"

namespace maskbench {
namespace {

constexpr int kBins = 30;
constexpr std::size_t kEigenvalues = 64;

std::vector<Index> all_rows(const Dataset& data) {
  std::vector<Index> rows(data.size());
  std::iota(rows.begin(), rows.end(), Index{0});
  return rows;
}

Json gaps_of(std::span<const Index> ascending) {
  Json gaps = Json::array();
  Index last = 0;
  for (const Index row : ascending) {
    gaps.push_back(row - last);
    last = row;
  }
  return gaps;
}

// Of each row: mean cosine to its nearest others.
std::vector<double> densities(const Dataset& data) {
  const std::vector<Index> rows = all_rows(data);
  const ExactNeighbours nearest =
      exact_neighbours(data.features(), rows, rows, static_cast<std::size_t>(kDensityNeighbours) + 1);
  std::vector<double> density;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    double sum = 0;
    std::size_t others = 0;
    for (std::size_t k = 0; k < nearest.per_row && others < static_cast<std::size_t>(kDensityNeighbours);
         ++k) {
      const std::size_t at = row * nearest.per_row + k;
      if (static_cast<std::size_t>(nearest.place[at]) == row) continue;
      sum += nearest.similarity[at];
      ++others;
    }
    density.push_back(others == 0 ? 0.0 : sum / static_cast<double>(others));
  }
  return density;
}

std::vector<double> densities(const Dataset& data, const std::string& data_file) {
  if (data_file.empty()) return densities(data);
  const std::string file = data_file + ".densities";
  std::vector<double> density(data.size());
  const auto bytes = static_cast<std::streamsize>(density.size() * sizeof(double));
  if (std::ifstream known(file, std::ios::binary); known.read(reinterpret_cast<char*>(density.data()), bytes))
    return density;
  density = densities(data);
  write_whole(file, {reinterpret_cast<const char*>(density.data()), static_cast<std::size_t>(bytes)});
  return density;
}

Json grid_of(const std::vector<int>& quality, const std::vector<int>& density, std::span<const Index> rows) {
  Json grid(10, Json(10, 0));
  for (const Index row : rows) {
    Json& count = grid[quality[row]][density[row]];
    count = count.get<int>() + 1;
  }
  return grid;
}

Json histogram_of(const std::vector<double>& values, std::span<const Index> items) {
  const double low = *std::min_element(values.begin(), values.end());
  const double high = *std::max_element(values.begin(), values.end());
  const double width = high > low ? (high - low) / kBins : 1.0;
  std::vector<std::int64_t> pool(kBins), kept(kBins);
  const auto bin_of = [&](double value) {
    return static_cast<std::size_t>(std::clamp(static_cast<int>((value - low) / width), 0, kBins - 1));
  };
  for (const double value : values) ++pool[bin_of(value)];
  for (const Index row : items) ++kept[bin_of(values[row])];
  Json edges = Json::array();
  for (int edge = 0; edge <= kBins; ++edge) edges.push_back(low + width * edge);
  return {{"edges", edges}, {"pool", pool}, {"kept", kept}};
}

Json histograms_of(const ProblemSetup& setup, std::span<const Index> items) {
  const Dataset& data = setup.data();
  Json histograms = Json::object();
  for (const std::string& column : setup.quality_columns()) {
    const std::span<const float> score = data.score(column);
    histograms[column] = histogram_of({score.begin(), score.end()}, items);
  }
  if (const auto quality = setup.problem().quality; !quality.empty())
    histograms["merged_quality"] = histogram_of({quality.begin(), quality.end()}, items);
  if (data.has_sizes("tokens")) {
    std::vector<double> lengths;
    for (const std::int32_t length : data.lengths()) lengths.push_back(std::log10(std::max(length, 1)));
    histograms["log10_length"] = histogram_of(lengths, items);
  }
  return histograms;
}

// A fixed sample of the rows, the same for every answer of the data set.
Json map_of(const Dataset& data, std::span<const Index> items) {
  const std::vector<Index> sample = random_subset(Stream(0, purpose("map " + data.digest())), 0, data.size(),
                                                  std::min(kMapRows, data.size()));
  const auto dims = static_cast<std::size_t>(data.features().cols);
  const std::vector<double> directions =
      principal_directions(data.features(), all_rows(data), 3);  // the mean's first
  Json kept = Json::array();
  for (const Index row : sample) kept.push_back(std::binary_search(items.begin(), items.end(), row) ? 1 : 0);
  Json map = {{"rows", gaps_of(sample)}};
  for (const std::size_t axis : {std::size_t{1}, std::size_t{2}}) {
    std::vector<double> places(sample.size());
    if (directions.size() >= (axis + 1) * dims)
      row_dots(data.features(), sample, directions.data() + axis * dims, places);
    for (double& place : places) place = std::round(place * 1e4) / 1e4 + 0.0;
    map[axis == 1 ? "x" : "y"] = places;
  }
  map["kept"] = kept;
  return map;
}

// Of the covariance, largest first.
Json eigenvalues_of(MatrixView features, std::span<const Index> rows) {
  const Index width = padded(features.cols);
  std::vector<double> moments(width * width), packed;
  add_moments(features, rows, packed, moments.data());
  std::vector<double> mean = row_sum(features, rows);
  const auto n = static_cast<double>(rows.size());
  for (double& entry : mean) entry /= n;
  Eigen::MatrixXd covariance(features.cols, features.cols);
  for (Index k = 0; k < features.cols; ++k) {
    for (Index l = k; l < features.cols; ++l) {
      covariance(l, k) = moments[k * width + l] / n - mean[k] * mean[l];
    }
  }
  const Eigen::VectorXd values =
      Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(covariance, Eigen::EigenvaluesOnly).eigenvalues();
  Json largest = Json::array();
  for (Index k = values.size() - 1; k >= 0 && largest.size() < kEigenvalues; --k)
    largest.push_back(std::max(values[k], 0.0));
  return largest;
}

}  // namespace

std::vector<int> deciles_of(std::span<const double> score) {
  std::vector<std::size_t> order(score.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return score[a] != score[b] ? score[a] < score[b] : a < b; });
  std::vector<int> decile(score.size());
  for (std::size_t rank = 0; rank < order.size(); ++rank)
    decile[order[rank]] = static_cast<int>(10 * rank / order.size());
  return decile;
}

void add_details(const std::vector<std::string>& names, const ProblemSetup& setup, const Selector& selector,
                 std::span<const Index> items, const std::string& data_file, CellRecord& record) {
  const auto asks = [&](const char* name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  const auto left_out = [&](const std::string& what, const std::string& why) {
    record.warnings.push_back(what + " is left out: " + why);
  };
  const Dataset& data = setup.data();
  const auto n = static_cast<double>(data.size()), d = static_cast<double>(data.features().cols);
  const bool first = record.repetition == 0;
  if (asks("ids") && first) record.details["ids"] = gaps_of(items);
  if (asks("deciles")) {
    if (setup.problem().quality.empty() || !data.parts().unit_rows) {
      left_out("deciles", "it needs a quality and rows of unit norm");
    } else if (n * n * d > kMostNeighbourWork) {
      left_out("deciles", fmt::format("its neighbours take {:.1e} multiply-adds, above {:.0e}", n * n * d,
                                      kMostNeighbourWork));
    } else {
      const std::vector<int> quality = deciles_of(setup.problem().quality),
                             density = deciles_of(densities(data, data_file));
      record.details["deciles"] = {{"pool", grid_of(quality, density, all_rows(data))},
                                   {"kept", grid_of(quality, density, items)}};
    }
  }
  if (asks("histograms") && first) record.details["histograms"] = histograms_of(setup, items);
  if (asks("map") && first) record.details["map"] = map_of(data, items);
  if (asks("spectrum") && first) {
    if (n * d * d > kMostWork) {
      left_out("spectrum", fmt::format("it takes {:.1e} multiply-adds, above {:.0e}", n * d * d, kMostWork));
    } else {
      record.details["spectrum"] = {{"pool", eigenvalues_of(data.features(), all_rows(data))},
                                    {"kept", eigenvalues_of(data.features(), items)}};
    }
  }
  if (asks("quality_correlation")) {
    if (const auto correlation = quality_correlation(setup))
      record.metrics["quality_correlation"] = *correlation;
  }
  if (asks("gradient_cosine")) {
    for (const auto& [name, value] : selector.diagnostics(setup.problem())) record.metrics[name] = value;
  }
}

}  // namespace maskbench
