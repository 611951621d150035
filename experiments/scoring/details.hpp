// What a record holds beside its numbers, where the descriptor's `details` asks for it: the answer itself and
// pictures of it, small enough to be committed, so that figures need no data set.
//
// Of the first repetition:
// - ids: the answer's rows
// - histograms: quality columns, merged quality and log10 of the length, of all rows and of those kept
// - map: kMapRows rows along the first two principal directions
// - spectrum: eigenvalues of the features' covariance, of all rows and of those kept
// Of every repetition:
// - deciles: rows by decile of quality and of density, all and kept
// - quality_correlation: a metric, how the diversity's marginal ranks rows against quality (probes.hpp)
// - gradient_cosine: a metric, how near one step of a learned mask is to the exact gradient, of selectors
// that
//   tell (Selector::diagnostics)
// And certificates: a file a problem beside the records, what proves the bound (runner).
//
// A row's density is its mean cosine to its kDensityNeighbours nearest rows.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "algorithms/core/selector.hpp"
#include "experiments/problem/problem_setup.hpp"
#include "experiments/records/record.hpp"

namespace maskbench {

inline constexpr Index kDensityNeighbours = 10;
inline constexpr Index kMapRows = 1000;
inline constexpr double kMostNeighbourWork = 1e13;  // multiply-adds of the densities, once a data set

// Fills record.details, and the metrics of probes; `items` is the whole answer, ascending. What would take
// too long, or has no meaning for this data set, becomes a warning. Densities are kept beside `data_file`,
// the mapped data set, for the next answer; "": nowhere.
void add_details(const std::vector<std::string>& wanted, const ProblemSetup& setup, const Selector& selector,
                 std::span<const Index> items, const std::string& data_file, CellRecord& record);

// 0..9 for each score, tenths of the rows from the lowest score up, ties by the smaller place first.
std::vector<int> deciles_of(std::span<const double> score);

}  // namespace maskbench
