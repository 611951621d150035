// The `table` section of a descriptor, read: what stands where in its tables (render.hpp has the grammar).
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "experiments/records/json.hpp"

namespace maskbench {

using Names = std::vector<std::string>;

struct MeasureColumn {
  std::string measure, title;
  std::string paired;  // row label: of a difference
  std::optional<bool> larger_is_better;
  bool show_sd = true;
};

struct PublishedColumn {
  std::string title, source;
  Json only = Json::object();                      // axis of the blocks -> the value that it is about
  std::vector<std::pair<std::string, Json>> rows;  // row label, what was published
};

struct Layout {
  Names blocks, rows, columns;
  std::vector<MeasureColumn> measures;
  std::string reference;
  std::map<std::string, std::string> same_picks;
  std::vector<PublishedColumn> published;
  double extrapolate_rows = 0;
};

// `id`: of the descriptor, for messages. Axes on which cells of one place of the plan differ become further
// blocks, so that no number mixes two problems. UserError: a time without its value.
Layout layout_of(const Json& table, const Json& plan, const std::string& id);

// What a cell of the plan has on these axes: of `objective.lambda` where there is none, that of `objective`;
// "" where that is missing too.
Names values_of(const Json& axes, const Names& names);
std::string joined(const Names& names);              // "a, b"
std::string text_of_axis(const Json& value);         // of a plan's `axes`
std::string title_of_axis(const std::string& axis);  // "lambda" of "objective.lambda"

// UserError, which begins with `where`, where `name` is none of `known`.
void check_known(const std::string& where, const std::string& name, const std::set<std::string>& known);

}  // namespace maskbench
