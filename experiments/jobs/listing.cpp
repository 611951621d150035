#include "experiments/jobs/listing.hpp"

#include <filesystem>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "algorithms/core/registry.hpp"
#include "algorithms/metrics/metrics.hpp"
#include "datasets/core/params.hpp"
#include "datasets/core/source_registry.hpp"
#include "experiments/descriptor/descriptor.hpp"

namespace maskbench {
namespace {

Json parameters_of(const std::vector<FieldInfo>& fields) {
  Json all = Json::array();
  for (const FieldInfo& field : fields) {
    all.push_back({{"name", field.name},
                   {"type", field.type},
                   {"default", field.standard},
                   {"allowed", field.allowed()},
                   {"meaning", field.meaning}});
  }
  return all;
}

template <class Entry>
Json entry_of(const Entry& entry) {
  return {{"key", entry.key},
          {"summary", entry.summary},
          {"citation", entry.citation},
          {"file", entry.file},
          {"parameters", parameters_of(entry.fields)}};
}

template <class Registry>
Json entries_of(const Registry& registry, const std::string& key) {
  Json all = Json::array();
  if (!key.empty()) {
    all.push_back(entry_of(registry.find(key)));
    return all;
  }
  for (const auto& [name, entry] : registry.entries()) all.push_back(entry_of(entry));
  return all;
}

Json traits_of(const SelectorTraits& traits) {
  Json names = Json::array();
  for (const auto& [name, has] : {std::pair{"stochastic", traits.stochastic},
                                  {"may_stop_early", traits.may_stop_early},
                                  {"repeats", traits.repeats},
                                  {"rows_only", traits.rows_only},
                                  {"no_quotas", traits.no_quotas},
                                  {"no_kept", traits.no_kept},
                                  {"host_arithmetic", traits.host_arithmetic},
                                  {"needs_features", traits.needs_features},
                                  {"needs_quality", traits.needs_quality},
                                  {"needs_objective", traits.needs_objective},
                                  {"walks_tiles", traits.walks_tiles},
                                  {"runs_commands", traits.runs_commands},
                                  {"any_size", traits.any_size},
                                  {"by_gain", traits.by_gain}}) {
    if (has) names.push_back(name);
  }
  return names;
}

Json selectors_of(const std::string& key) {
  Json all = entries_of(selectors(), key);
  for (Json& entry : all)
    entry["traits"] = traits_of(selectors().find(entry["key"].get<std::string>()).traits);
  return all;
}

// With cards, also those of data sets that nobody registered: they say how to get them.
Json datasets(const std::string& key) {
  Json all = entries_of(sources(), key);
  for (Json& entry : all) {
    const std::string name = entry["key"].get<std::string>();
    const std::filesystem::path card =
        std::filesystem::path(repository_root()) / "datasets" / "cards" / (name + ".json");
    entry["card"] = std::filesystem::exists(card) ? read_json(card.string()).json : Json(nullptr);
    const auto reason = sources().make({name, {}})->refuses();
    entry["refuses"] = reason ? Json(*reason) : Json(nullptr);
  }
  return all;
}

Json descriptors(const std::string& key) {
  Json all = Json::array();
  for (const std::string& file : descriptor_files()) {
    const Json json = read_json(file).json;
    Json entry = {{"key", std::filesystem::path(file).stem().string()},
                  {"summary", json.value("question", "")}};
    if (json.contains("shows")) entry["shows"] = json["shows"];
    if (key.empty() || entry["key"] == key) all.push_back(std::move(entry));
  }
  return all;
}

Json metrics(const std::string& key) {
  Json all = Json::array();
  all.push_back({{"key", "mean_quality"},
                 {"summary", "mean over the answer of the merged quality that the objective uses"}});
  for (const MetricInfo& metric : metric_catalogue())
    all.push_back({{"key", metric.name}, {"summary", metric.meaning}});
  if (key.empty()) return all;
  Json one = Json::array();
  for (const Json& metric : all) {
    if (metric["key"] == key) one.push_back(metric);
  }
  return one;
}

}  // namespace

Json listing(const std::string& kind, const std::string& key) {
  Json all;
  if (kind == "selectors")
    all = selectors_of(key);
  else if (kind == "objectives")
    all = entries_of(objectives(), key);
  else if (kind == "datasets")
    all = datasets(key);
  else if (kind == "descriptors")
    all = descriptors(key);
  else if (kind == "metrics")
    all = metrics(key);
  else
    throw UserError("there is nothing called \"" + kind +
                    "\" to list; there are: selectors, objectives, datasets, descriptors, metrics");
  if (!key.empty() && all.empty()) {
    std::vector<std::string> known;
    for (const Json& one : listing(kind, "")) known.push_back(one.at("key").get<std::string>());
    throw UserError(fmt::format("there is no \"{}\" among the {}{}; there are: {}", key, kind,
                                did_you_mean(key, known), fmt::join(known, ", ")));
  }
  return all;
}

}  // namespace maskbench
