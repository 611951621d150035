#include "experiments/tables/layout.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "datasets/core/params.hpp"
#include "experiments/tables/measures.hpp"

namespace maskbench {
namespace {

std::string axis_of(const Json& axes, const std::string& axis) {
  if (axes.contains(axis)) return text_of_axis(axes[axis]);
  const std::string plain = axis.substr(0, axis.find('.'));
  return axes.contains(plain) ? text_of_axis(axes[plain]) : "";
}

Names list_of_names(const Json& table, const char* key) {
  const Json value = table.value(key, Json::array());
  return value.is_string() ? Names{value.get<std::string>()} : value.get<Names>();
}

// Axes on which cells of one place differ become further blocks, so that no number mixes two problems.
void separate(Layout& layout, const Json& plan) {
  for (const char* axis : {"dataset", "objective", "budget", "selector"}) {
    std::map<Names, std::string> seen;
    bool mixed = false;
    for (const Json& cell : plan) {
      Names place;
      for (const Names* axes : {&layout.blocks, &layout.rows, &layout.columns}) {
        for (const std::string& name : *axes) place.push_back(axis_of(cell["axes"], name));
      }
      const std::string value = axis_of(cell["axes"], axis);
      mixed = mixed || seen.emplace(place, value).first->second != value;
    }
    if (mixed) layout.blocks.emplace_back(axis);
  }
}

}  // namespace

Layout layout_of(const Json& table, const Json& plan, const std::string& id) {
  Layout layout;
  layout.blocks = list_of_names(table, "blocks");
  layout.rows = list_of_names(table, "rows");
  layout.columns = list_of_names(table, "columns");
  layout.reference = table.value("reference", "");
  layout.same_picks = table.value("same_picks", std::map<std::string, std::string>{});
  layout.extrapolate_rows = table.value("extrapolate_rows", 0.0);
  const Json published = table.value("published", Json::array());
  for (const Json& given : published) {
    PublishedColumn column{given.at("title").get<std::string>(),
                           given.at("source").get<std::string>(),
                           given.value("only", Json::object()),
                           {}};
    for (const auto& [row, value] : given.at("rows").items()) column.rows.emplace_back(row, value);
    layout.published.push_back(std::move(column));
  }
  const std::string show = table.value("show", "mean_sd");
  bool has_value = false;
  for (const Json& cell : table.at("cells")) {
    MeasureColumn column;
    column.measure = cell.is_string() ? cell.get<std::string>() : cell.at("measure").get<std::string>();
    column.title = title_of(column.measure);
    column.show_sd = show == "mean_sd";
    if (table.contains("best") && (column.measure == "objective" || column.measure == "normalised")) {
      column.larger_is_better = table["best"] == "max";
    }
    if (cell.is_object()) {
      column.paired = cell.value("paired", "");
      if (!column.paired.empty()) {
        column.title += " less that of " + column.paired;
        column.larger_is_better.reset();
      }
      column.title = cell.value("title", column.title);
      column.show_sd = cell.value("show", show) == "mean_sd";
      if (cell.contains("best")) column.larger_is_better = cell["best"] == "max";
    }
    has_value = has_value || column.measure == "objective";
    layout.measures.push_back(std::move(column));
  }
  for (const MeasureColumn& column : layout.measures) {
    if (is_time(column.measure) && column.measure != "peak_bytes" && !has_value) {
      throw UserError(id + ": table.cells shows " + column.measure +
                      " without `objective`: a time needs its value beside it");
    }
  }
  separate(layout, plan);
  return layout;
}

Names values_of(const Json& axes, const Names& names) {
  Names values;
  for (const std::string& name : names) values.push_back(axis_of(axes, name));
  return values;
}

std::string joined(const Names& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string text_of_axis(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string title_of_axis(const std::string& axis) {
  const std::size_t dot = axis.find('.');
  return dot == std::string::npos ? axis : axis.substr(dot + 1);
}

void check_known(const std::string& where, const std::string& name, const std::set<std::string>& known) {
  if (known.contains(name)) return;
  throw UserError(fmt::format("{} \"{}\"{}; there are: {}", where, name,
                              did_you_mean(name, {known.begin(), known.end()}), fmt::join(known, ", ")));
}

}  // namespace maskbench
