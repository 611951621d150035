// What a table can show of a cell, one entry a measure. A name that is none of them is a metric of the
// records.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/tables/record_index.hpp"
#include "experiments/tables/table.hpp"

namespace maskbench {

// The repetitions of one place in a table.
struct Place {
  std::string row;                // row label
  std::vector<std::string> keys;  // cells, in order of repetition
};

// What a place is compared with: the table's `reference` and `same_picks`.
struct Comparison {
  const Place* reference = nullptr;  // of speedup and time_to_reach
  const Place* twin = nullptr;       // makes the same picks; its values stand where this place has none
  const Place* reference_twin = nullptr;
  double extrapolate_rows = 0;  // of core_seconds and machine_seconds
};

// What a number is made from, beside its cell, and why there may be none.
struct MeasureContext {
  const std::string& measure;
  const Place& place;
  const Comparison& compared;
  const RecordIndex& index;
  std::vector<std::string> notes = {};
  bool no_room = false, no_target = false;  // between random and best; nothing to reach
  int not_reached = 0;                      // cells

  void note(std::string text);  // no text twice
  // The cell whose answer this is: its own, or that of the method that makes the same picks.
  const CellRecord& answer_of(const CellRecord& cell, const Place* twin) const;
};

// What a note below a table is made from.
struct RemarkContext {
  std::string reference, state_of_reference;  // row label; "" where its time was measured
  std::string threads;                        // "" where cells differ
  double extrapolate_rows = 0;
  bool bound_known = false, best_known = false;  // ceilings of some cells
};

enum class Summary { mean, ratio_to_reference, cells_with_answer };  // how a place's numbers become one

struct Measure {
  std::string_view name;  // ends in a point: of whatever follows it, "work.similarity_evaluations"
  std::string_view title;
  Kind kind = Kind::value;
  std::optional<double> (*value)(const CellRecord& cell, MeasureContext& context) = nullptr;
  std::vector<std::string> (*remarks)(const RemarkContext& context) = nullptr;
  bool of_curve = false;   // is made of the points of a cell, not of the cell alone
  bool of_method = false;  // does not hold for another method with the same picks (no time does)
  Summary summary = Summary::mean;
};

const std::vector<Measure>& measures();                // in the order of their notes
const Measure* find_measure(const std::string& name);  // null: a metric

std::set<std::string> own_measures();  // names of measures, without those that end in a point
Kind kind_of(const std::string& measure);
bool is_time(const std::string& measure);  // differs between two runs of one build: times, memory
std::string title_of(const std::string& measure);
std::optional<double> value_of(const CellRecord& cell, MeasureContext& context);

// (value - random) / (ceiling - random); nothing where the room is within rounding or three errors of the
// mean.
std::optional<double> normalised_value(double value, const RandomFloor& random, double ceiling);

}  // namespace maskbench
