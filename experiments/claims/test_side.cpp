#include "experiments/claims/test_side.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <vector>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "experiments/tables/layout.hpp"
#include "experiments/tables/measures.hpp"

namespace maskbench {
namespace {

using Strings = std::vector<std::string>;

bool fits_value(const Json& value, const std::string& key, const Json& wanted) {
  if (wanted.is_array()) {
    return std::any_of(wanted.begin(), wanted.end(),
                       [&](const Json& one) { return fits_value(value, key, one); });
  }
  if (wanted.is_object()) {
    return value.is_number() && value.get<double>() >= wanted.value("at_least", -HUGE_VAL) &&
           value.get<double>() <= wanted.value("at_most", HUGE_VAL);
  }
  if (value.is_number() && wanted.is_number()) return value.get<double>() == wanted.get<double>();
  return text_of_axis(value) == text_of_axis(wanted) || (!key.empty() && key == text_of_axis(wanted));
}

std::string key_of(const std::string& printed) {
  return printed.substr(0, printed.find('['));
}

bool fits_cell(const RanCell& cell, const std::string& axis, const Json& wanted) {
  if (axis == "rows") return fits_value(Json(cell.record->rows), "", wanted);
  if (!cell.axes.contains(axis)) return false;
  const std::string key = axis == "dataset"     ? key_of(cell.record->dataset)
                          : axis == "objective" ? key_of(cell.record->objective)
                          : axis == "selector"  ? key_of(cell.record->selector)
                                                : "";
  return fits_value(cell.axes[axis], key, wanted);
}

// "= 0.1", "= 0.1 or 0.2", "at least 10000".
std::string shown_value(const Json& value) {
  Strings parts;
  if (value.is_object()) {
    for (const auto& [bound, number] : value.items())
      parts.push_back(fmt::format("{} {}", bound == "at_least" ? "at least" : "at most", number.dump()));
    return fmt::format("{}", fmt::join(parts, " and "));
  }
  for (const Json& one : value.is_array() ? value : Json::array({value})) parts.push_back(text_of_axis(one));
  return fmt::format("= {}", fmt::join(parts, " or "));
}

// "more than 98.9 % below", "at most 0.01 above", "within 5 % of".
std::string relation_of(const Json& test) {
  const double margin = test["margin"].get<double>();
  const bool ratio = test.value("compare", "difference") == "ratio";
  const std::string size = ratio ? fmt::format("{:.6g} %", 100 * margin) : fmt::format("{:.6g}", margin);
  const std::string op = test["op"].get<std::string>();
  if (op == "=") return margin == 0 ? "equal to" : fmt::format("within {} of", size);
  if (op == "<=") return fmt::format("at most {} above", size);
  if (op == ">=") return fmt::format("at most {} below", size);
  const char* side = op == "<" ? "below" : "above";
  return margin == 0 ? side : fmt::format("more than {} {}", size, side);
}

std::string shown_side(const Side& side) {
  return side.number ? fmt::format("{:.6g}", *side.number) : side.row();
}

}  // namespace

std::string Side::row() const {
  std::vector<std::string> parts;
  for (const auto& [axis, wanted] : axes.items()) {
    std::vector<std::string> names;
    for (const Json& one : wanted.is_array() ? wanted : Json::array({wanted}))
      names.push_back(text_of_axis(one));
    const std::size_t dot = axis.find('.');
    parts.push_back((dot == std::string::npos ? "" : axis.substr(dot + 1) + " = ") +
                    fmt::format("{}", fmt::join(names, ", ")));
  }
  const std::string rows =
      (own_metric && !number ? metric + " of " : "") + fmt::format("{}", fmt::join(parts, ", "));
  return take.empty() || rows.empty() ? rows : take + " of " + rows;
}

bool Side::fits(const RanCell& cell) const {
  return std::all_of(axes.items().begin(), axes.items().end(),
                     [&](const auto& item) { return fits_cell(cell, item.key(), item.value()); });
}

Side side_of(const Json& json, const std::string& metric) {
  Side side;
  side.metric = json.value("metric", metric);
  side.own_metric = json.contains("metric");
  side.take = json.value("take", "");
  for (const auto& [key, value] : json.items()) {
    const auto numbers = value.is_array() && (key == "sum" || key == "product" || key == "quotient")
                             ? value.get<std::vector<double>>()
                             : std::vector<double>{};
    if (key == "number") side.number = value.get<double>();
    if (key == "sum") side.number = std::accumulate(numbers.begin(), numbers.end(), 0.0);
    if (key == "product")
      side.number = std::accumulate(numbers.begin(), numbers.end(), 1.0, std::multiplies<>());
    if (key == "quotient") {
      side.number = std::accumulate(numbers.begin() + 1, numbers.end(), numbers[0], std::divides<>());
    }
    if (key != "metric" && key != "take" && !side.number) side.axes[key] = value;
  }
  return side;
}

ClaimTest asked(const Json& test) {
  const Side left = side_of(test["left"], test.value("metric", "objective"));
  const Side right = side_of(test["right"], test.value("metric", "objective"));
  const bool of_rows = test.contains("descriptor");
  ClaimTest words;
  words.asks = fmt::format("{}{} {} {}{}", of_rows && !left.own_metric ? left.metric + ": " : "",
                           shown_side(left), relation_of(test), shown_side(right),
                           test.value("over", "") == "some problem" ? ", on some problem" : "");
  words.argument = test.value("argument", std::string());
  if (!of_rows) return words;
  words.records = fmt::format("{} ({})", test["descriptor"].get<std::string>(),
                              test.value("group", std::string("quick and paper")));
  Strings parts;
  const Json where = test.value("where", Json::object());
  for (const auto& [axis, value] : where.items()) parts.push_back(axis + " " + shown_value(value));
  if (!parts.empty()) words.records += fmt::format(", where {}", fmt::join(parts, ", "));
  return words;
}

}  // namespace maskbench
