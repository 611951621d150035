#include "experiments/descriptor/expansion.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "datasets/core/params.hpp"

namespace maskbench {
namespace {

std::string text_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
  if (value.is_number_float()) return print_number(value.get<double>());
  if (value.is_number()) return value.dump();
  Spec inner{value.at("name").get<std::string>(), {}};
  const Json params = value.value("params", Json::object());  // items() keeps a reference: not of a temporary
  for (const auto& [name, argument] : params.items()) inner.arguments[name] = text_of(argument);
  return print_spec(inner);
}

// One data set, objective or selector of the descriptor, its sweep resolved.
struct Entry {
  Spec spec;
  std::string label, place;
  Json axes = Json::object();  // parameter -> value
  std::vector<std::string> quality, related;
  int repetitions = 0;
  Json only = Json::object();
};

using SpecCheck = std::function<void(const Spec&)>;

Entry entry_of(const Json& json, const Json& swept, const std::string& place) {
  Entry entry;
  entry.place = place;
  entry.spec.key = json["name"].get<std::string>();
  const auto add = [&](const Json& params) {
    for (const auto& [name, value] : params.items()) {
      entry.spec.arguments[name] = text_of(value);
      entry.axes[name] = value.is_object() ? Json(text_of(value)) : value;
    }
  };
  add(json.value("params", Json::object()));
  add(swept);
  entry.label = print_spec(entry.spec);
  if (json.contains("label")) {
    entry.label = json["label"].get<std::string>();
    for (const auto& [name, value] : swept.items())
      entry.label += fmt::format(", {}={}", name, text_of(value));
  }
  entry.quality = json.value("quality", std::vector<std::string>{});
  const Json related = json.value("related", Json::object());
  for (const auto& [role, data] : related.items())
    entry.related.push_back(role + "=" + data.get<std::string>());
  entry.repetitions = json.value("repetitions", 0);
  entry.only = json.value("only", Json::object());
  return entry;
}

[[noreturn]] void too_many(const std::string& where, double cells) {
  throw UserError(fmt::format("{}: makes {:.0f} cells; at most {} are allowed", where, cells, kMostCells));
}

// The entries of a list, sweeps multiplied out, every name and parameter checked.
std::vector<Entry> entries_of(const Document& document, const std::string& list, const SpecCheck& check) {
  std::vector<Entry> entries;
  const Json& given = document.json[list];
  for (std::size_t i = 0; i < given.size(); ++i) {
    const std::string place = fmt::format("{}.{}", list, i);
    std::vector<Json> combinations = {Json::object()};
    const Json sweep = given[i].value("sweep", Json::object());
    double number = 1;
    for (const auto& [name, values] : sweep.items()) number *= static_cast<double>(values.size());
    if (number > static_cast<double>(kMostCells)) too_many(document.at(place + ".sweep"), number);
    for (const auto& [name, values] : sweep.items()) {
      std::vector<Json> longer;
      for (const Json& combination : combinations) {
        for (const Json& value : values) {
          longer.push_back(combination);
          longer.back()[name] = value;
        }
      }
      combinations = std::move(longer);
    }
    for (const Json& combination : combinations) {
      entries.push_back(entry_of(given[i], combination, place));
      try {
        const Spec& spec = entries.back().spec;
        const Spec again = parse_spec(print_spec(spec));  // a text with a comma or a bracket does not survive
        if (again.key != spec.key || again.arguments != spec.arguments)
          throw UserError("does not read back as a component");
        check(spec);
      } catch (const UserError& error) {
        throw UserError(document.at(place) + ": " + error.what());
      }
    }
  }
  return entries;
}

BudgetRequest budget_of(const Document& document, std::size_t number) {
  const std::string place = fmt::format("budgets.{}", number);
  const Json& json = document.json["budgets"][number];
  BudgetRequest budget;
  int given = 0;
  if (json.contains("fraction")) {
    budget.fraction = json["fraction"].get<double>();
    ++given;
  }
  for (const Unit unit : {Unit::rows, Unit::tokens, Unit::bytes, Unit::characters, Unit::none}) {
    if (!json.contains(name_of(unit))) continue;
    budget.unit = unit;
    if (unit != Unit::none) budget.amount = json[name_of(unit)].get<std::int64_t>();
    ++given;
  }
  if (given != 1) {
    throw UserError(document.at(place) +
                    ": needs one of fraction, rows, tokens, bytes, characters, none; it has " +
                    std::to_string(given));
  }
  if (json.contains("of")) {
    if (!budget.fraction)
      throw UserError(document.at(place + ".of") + ": says what a fraction is of; there is none");
    budget.unit = unit_named(json["of"].get<std::string>());
  }
  budget.fill = fill_named(json.value("fill", "at_most"));
  budget.quotas = json.value("quotas", Json::object());
  budget.keep = json.value("keep", "");
  return budget;
}

bool fits(const Json& axis, const std::string& key, const Json& wanted) {
  if (wanted.is_array())
    return std::any_of(wanted.begin(), wanted.end(), [&](const Json& one) { return fits(axis, key, one); });
  const std::string text = text_of(wanted);
  return text_of(axis) == text || (!key.empty() && key == text);
}

bool fits(const Cell& cell, const std::string& axis, const Json& wanted) {
  if (axis == "repetition") return fits(Json(cell.repetition), "", wanted);
  if (!cell.axes.contains(axis)) return false;
  const std::string key = axis == "dataset"     ? cell.dataset.key
                          : axis == "objective" ? cell.objective.key
                          : axis == "selector"  ? cell.selector.key
                                                : "";
  return fits(cell.axes[axis], key, wanted);
}

void add_axes(Json& axes, const std::string& kind, const Entry& entry) {
  axes[kind] = entry.label;
  for (const auto& [name, value] : entry.axes.items()) axes[kind + "." + name] = value;
}

// UserError where a filter names an axis that no cell has.
void check_axis(const std::vector<Cell>& cells, const std::string& axis, const std::string& where) {
  std::vector<std::string> known = {"repetition"};
  for (const Cell& cell : cells) {
    for (const auto& [name, value] : cell.axes.items()) {
      if (std::find(known.begin(), known.end(), name) == known.end()) known.push_back(name);
    }
  }
  if (std::find(known.begin(), known.end(), axis) != known.end()) return;
  throw UserError(fmt::format("{}: no cell has \"{}\"{}; there are: {}", where, axis,
                              did_you_mean(axis, known), fmt::join(known, ", ")));
}

}  // namespace

std::vector<Cell> cells_of(const Document& document, const Descriptor& descriptor, const KnownNames& names) {
  const std::vector<Entry> datasets = entries_of(document, "datasets", names.dataset);
  const std::vector<Entry> objectives = entries_of(document, "objectives", names.objective);
  const std::vector<Entry> selectors = entries_of(document, "selectors", names.selector);
  std::vector<BudgetRequest> budgets;
  for (std::size_t i = 0; i < document.json["budgets"].size(); ++i) budgets.push_back(budget_of(document, i));

  const auto base = document.json["seeds"]["base"].get<std::uint64_t>();
  const int repetitions = document.json["seeds"]["repetitions"].get<int>();
  const int unchanging = document.json["seeds"].value("unchanging", repetitions);
  std::vector<Cell> all, cells;
  std::map<std::string, std::string> keys;    // key -> the selector's place
  std::map<std::string, std::string> places;  // labels, which are all that a table shows -> key
  const auto add = [&](const Entry& dataset, const Entry& objective, const BudgetRequest& budget,
                       const Entry& selector, int repetition) {
    Cell cell;
    cell.dataset = dataset.spec;
    cell.objective = objective.spec;
    cell.selector = selector.spec;
    cell.quality = dataset.quality;
    cell.related = dataset.related;
    cell.budget = budget;
    cell.repetition = repetition;
    cell.seed = base + static_cast<std::uint64_t>(repetition);
    cell.limits = descriptor.limits;
    cell.axes = Json::object();
    add_axes(cell.axes, "dataset", dataset);
    add_axes(cell.axes, "objective", objective);
    cell.axes["budget"] = budget.text();
    add_axes(cell.axes, "selector", selector);
    std::string data = data_text(cell);
    if (!cell.quality.empty()) data += fmt::format("({})", fmt::join(cell.quality, ","));
    cell.key = fmt::format("{}.{} | {} | {} | {} | {} | r{}", descriptor.id, descriptor.group, data,
                           print_spec(objective.spec), budget.text(), print_spec(selector.spec), repetition);
    if (!cell.dataset.arguments.contains("seed") && names.seeded(dataset.spec.key)) {
      cell.dataset.arguments["seed"] = std::to_string(cell.seed);
    }
    all.push_back(cell);
    for (const auto& [axis, wanted] : selector.only.items()) {
      if (!fits(cell, axis, wanted)) return;
    }
    const auto [known, fresh] = keys.emplace(cell.key, selector.place);
    if (!fresh)
      throw UserError(document.at(selector.place) + ": the same cell as one of " + known->second + ": " +
                      cell.key);
    const std::string labels = fmt::format("{} | {} | {} | {} | r{}", dataset.label, objective.label,
                                           budget.text(), selector.label, repetition);
    const auto [named, unique] = places.emplace(labels, cell.key);
    if (!unique)
      throw UserError(
          fmt::format("{}: {} and {} are both called {}: give one of the data sets, objectives or selectors "
                      "a label of its own",
                      document.at(selector.place), named->second, cell.key, labels));
    cells.push_back(std::move(cell));
  };
  const auto count_of = [&](const Entry& dataset, const Entry& selector) {
    const bool reseeded = names.seeded(dataset.spec.key) && !dataset.spec.arguments.contains("seed");
    const bool changes = reseeded || names.stochastic(selector.spec.key);
    return selector.repetitions > 0 ? selector.repetitions : changes ? repetitions : unchanging;
  };
  double number = 0;
  for (const Entry& dataset : datasets) {
    for (const Entry& selector : selectors)
      number += static_cast<double>(count_of(dataset, selector)) *
                static_cast<double>(objectives.size() * budgets.size());
  }
  if (number > static_cast<double>(kMostCells)) too_many(document.name, number);
  for (int repetition = 0; repetition < repetitions;
       ++repetition) {  // outermost: a slow hour hits all selectors alike
    for (const Entry& dataset : datasets) {
      for (const Entry& objective : objectives) {
        for (const BudgetRequest& budget : budgets) {
          for (const Entry& selector : selectors) {
            if (repetition < count_of(dataset, selector))
              add(dataset, objective, budget, selector, repetition);
          }
        }
      }
    }
  }
  for (const Entry& selector : selectors) {
    for (const auto& [axis, wanted] : selector.only.items())
      check_axis(all, axis, document.at(selector.place + ".only"));
  }
  return cells;
}

std::vector<Cell> cells_that_fit(std::vector<Cell> cells, const std::vector<PathValue>& only) {
  std::map<std::string, Json> wanted;  // axis -> any of these
  for (const auto& [axis, value] : only) {
    check_axis(cells, axis, "--only");
    if (!wanted.contains(axis)) wanted[axis] = Json::array();
    wanted[axis].push_back(value);
  }
  for (const auto& [axis, values] : wanted) {
    std::set<std::string> there;
    std::vector<Cell> kept;
    for (Cell& cell : cells) {
      there.insert(axis == "repetition"       ? std::to_string(cell.repetition)
                   : cell.axes.contains(axis) ? text_of(cell.axes[axis])
                                              : "");
      if (fits(cell, axis, values)) kept.push_back(std::move(cell));
    }
    if (kept.empty()) {
      there.erase("");
      throw UserError(fmt::format("--only {}={}: no cell fits; there are: {}", axis, text_of(values[0]),
                                  fmt::join(there, "; ")));
    }
    cells = std::move(kept);
  }
  return cells;
}

}  // namespace maskbench
