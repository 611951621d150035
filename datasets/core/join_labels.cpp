#include "datasets/core/join_labels.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <set>
#include <utility>

namespace maskbench {
namespace {

using Names = const std::vector<std::string>*;
using Numbers = std::map<std::string, std::int32_t, std::less<>>;

std::string value_of(Names names, std::int32_t number) {
  return names == nullptr ? std::to_string(number) : names->at(static_cast<std::size_t>(number));
}

// What number each value has in a data set.
Numbers numbers_of(const Dataset& data, const std::string& column) {
  const Names names = data.label_names(column);
  Numbers numbers;
  if (names != nullptr) {
    for (const std::string& name : *names) numbers.emplace(name, static_cast<std::int32_t>(numbers.size()));
    return numbers;
  }
  const std::span<const std::int32_t> labels = data.label(column);
  for (const std::int32_t label : std::set<std::int32_t>(labels.begin(), labels.end()))
    numbers.emplace(std::to_string(label), label);
  return numbers;
}

void join(DatasetParts& parts, const Dataset& related, const Dataset& data, const std::string& column) {
  const Names here = data.label_names(column), there = related.label_names(column);
  if (here == nullptr && there == nullptr) return;  // numbers are values in both
  Numbers numbers = numbers_of(data, column);
  std::int32_t next = 0;
  for (const auto& [value, number] : numbers) next = std::max(next, number + 1);
  std::map<std::int32_t, std::int32_t> renumbered;
  bool common = false;
  auto joined = std::make_shared<std::vector<std::int32_t>>();
  for (const std::int32_t label : related.label(column)) {
    const auto [place, fresh] = renumbered.try_emplace(label, 0);
    if (fresh) {
      const auto [known, added] = numbers.try_emplace(value_of(there, label), next);
      next += added ? 1 : 0;
      common = common || !added;
      place->second = known->second;
    }
    joined->push_back(place->second);
  }
  if (!common && (here == nullptr) != (there == nullptr))
    throw UserError("label \"" + column + "\": " + (here == nullptr ? "integers" : "other values") + " in " +
                    data.name() + " and " + (there == nullptr ? "integers" : "other values") + " in " +
                    related.name() + ", with none in common");
  parts.labels[column] = *joined;
  parts.owners.push_back(std::move(joined));
  parts.label_names.erase(column);
  if (here == nullptr) return;  // numbers that are values, and some that are not
  std::vector<std::string> names(static_cast<std::size_t>(next));
  for (const auto& [value, number] : numbers) names[static_cast<std::size_t>(number)] = value;
  parts.label_names[column] = std::move(names);
}

}  // namespace

std::shared_ptr<const Dataset> with_labels_of(std::shared_ptr<const Dataset> related, const Dataset& data) {
  DatasetParts parts = related->parts();
  for (const auto& [column, labels] : related->parts().labels) {
    if (data.parts().labels.contains(column)) join(parts, *related, data, column);
  }
  const auto same = [&](const auto& label) {
    return related->label(label.first).data() == label.second.data();
  };
  if (std::all_of(parts.labels.begin(), parts.labels.end(), same)) return related;
  parts.owners.push_back(related);
  parts.digest.clear();
  return std::make_shared<const Dataset>(std::move(parts));
}

}  // namespace maskbench
