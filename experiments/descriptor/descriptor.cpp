#include "experiments/descriptor/descriptor.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <numeric>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "algorithms/core/registry.hpp"
#include "datasets/core/params.hpp"
#include "datasets/core/share.hpp"
#include "datasets/core/source_registry.hpp"
#include "experiments/descriptor/expansion.hpp"
#include "experiments/machine/threads.hpp"
#include "experiments/tables/render.hpp"

namespace maskbench {
namespace {

std::vector<std::string> parts_of(const std::string& path) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('.', begin), path.size());
    parts.push_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

std::vector<std::string> keys_of(const Json& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  return keys;
}

// The value at `path`, to be replaced. Of the last part only the parent has to exist: whether the key is
// allowed there is for the schema to say. `params` may be missing altogether, so that a group can give a
// first parameter.
Json& place_of(Json& root, const std::string& path, const std::string& where) {
  Json* at = &root;
  std::string walked;
  const std::vector<std::string> parts = parts_of(path);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string& part = parts[i];
    const bool last = i + 1 == parts.size();
    if (at->is_array()) {
      std::size_t number = at->size();
      const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), number);
      if (error != std::errc() || end != part.data() + part.size() || number >= at->size()) {
        throw UserError(fmt::format("{}: \"{}\": {} has the entries 0 to {}, not \"{}\"", where, path, walked,
                                    static_cast<std::int64_t>(at->size()) - 1, part));
      }
      at = &(*at)[number];
    } else if (at->is_object() && (at->contains(part) || last || part == "params")) {
      Json& next = (*at)[part];
      if (next.is_null() && !last) next = Json::object();
      at = &next;
    } else {
      const std::vector<std::string> known = at->is_object() ? keys_of(*at) : std::vector<std::string>{};
      throw UserError(fmt::format("{}: \"{}\": {} has no \"{}\"{}; it has: {}", where, path,
                                  walked.empty() ? "the descriptor" : walked, part, did_you_mean(part, known),
                                  known.empty() ? "no keys" : fmt::format("{}", fmt::join(known, ", "))));
    }
    walked = join_path(walked, part);
  }
  return *at;
}

// Puts `value` at `path` and validates the whole again, so that a fault is told where it was made.
void override_with(Document& document, const std::string& path, const Json& value, const std::string& where) {
  place_of(document.json, path, where) = value;
  if (const auto fault = descriptor_schema().fault(document.json)) {
    throw UserError(fmt::format("{}: \"{}\": {} {}", where, path, fault->path, fault->message));
  }
}

// What stands at `to` now was written at `from`.
void move_lines(Document& document, const std::string& from, const std::string& to) {
  std::map<std::string, int> lines;
  for (const auto& [path, line] : document.lines) {
    if (path != to && !path.starts_with(to + ".")) lines.emplace(path, line);
  }
  for (const auto& [path, line] : document.lines) {
    if (path.starts_with(from + ".")) lines[to + path.substr(from.size())] = line;
  }
  if (const auto line = document.line(from)) lines[to] = *line;
  document.lines = std::move(lines);
}

Json value_of_text(const std::string& text) {  // JSON, or a bare word
  return parsed_or_null(text).value_or(Json(text));
}

// An entry of `selectors` from a text like `top_k[weight=2]`.
Json selector_entry(const std::string& text) {
  const Spec spec = parse_spec(text);
  Json params = Json::object();
  for (const auto& [name, argument] : spec.arguments) {
    const Json value = value_of_text(argument);
    params[name] = value.is_number() || value.is_boolean() ? value : Json(argument);
  }
  return {{"name", spec.key}, {"params", params}};
}

std::string schema_file(const std::string& name) {
  return repository_root() + "/experiments/schema/" + name;
}

// UserError: an unknown metric, or one that the table shows and answers are not scored by.
MetricChoice metrics_of(const Document& document) {
  if (!document.json.contains("metrics")) return std::nullopt;
  MetricChoice metrics = document.json["metrics"].get<std::vector<std::string>>();
  check_metric_choice(metrics, document.at("metrics"));
  const std::vector<std::string> known = metric_names();
  const auto is_in = [](const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  for (const Json& cell : document.json["table"]["cells"]) {
    const std::string measure = (cell.is_string() ? cell : cell["measure"]).get<std::string>();
    const std::string name = measure.substr(0, measure.find('.'));
    if (measure == "mean_quality" || !is_in(known, name) || is_in(*metrics, name)) continue;
    throw UserError(
        fmt::format("{}: leaves out \"{}\", which the table shows", document.at("metrics"), name));
  }
  return metrics;
}

// What cannot be shown is told before it is measured.
void check_table_of(const Document& document, const Descriptor& descriptor) {
  std::vector<std::string> metrics = metric_names();
  for (const char* name :
       {"upper_half_share", "quality_correlation", "gradient_cosine", "gradient_cosine_theory"})
    metrics.emplace_back(name);  // of evaluate() and of details
  try {
    check_table({descriptor.resolved, descriptor.group, descriptor.plan}, metrics);
  } catch (const UserError& error) {
    throw UserError(document.at("table") + ": " + error.what());
  }
}

}  // namespace

Budget BudgetRequest::of(const Dataset& data) const {
  if (unit == Unit::none) return {unit, 0, fill};
  const Index n = data.size();
  if (fraction) {
    if (!(*fraction > 0 && *fraction <= 1))
      throw UserError(fmt::format("budget: fraction {} is not in (0, 1]", *fraction));
    std::int64_t all = n;
    if (unit != Unit::rows) {
      const auto sizes = data.sizes(name_of(unit));
      all = std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0});
    }
    return {unit, std::max<std::int64_t>(1, share_floor(*fraction, all)), fill};
  }
  if (amount <= 0) throw UserError(fmt::format("budget: {} {}; at least 1 is needed", amount, name_of(unit)));
  if (unit == Unit::rows && amount > n)
    throw UserError(fmt::format("budget: {} rows of a data set that has {}", amount, n));
  return {unit, amount, fill};
}

std::string BudgetRequest::text() const {
  const char* const least = fill == Fill::at_least ? "at least " : fill == Fill::pack ? "packed " : "";
  std::string text = unit == Unit::none ? "no budget" : fmt::format("{}{} {}", least, amount, name_of(unit));
  if (fraction) {
    text = fmt::format("{}{:g} %", least, 100 * *fraction);
    if (unit != Unit::rows) text += fmt::format(" of {}", name_of(unit));
  }
  if (!quotas.empty()) text += ", quotas " + write_json(quotas);
  if (!keep.empty()) text += ", keep " + keep;
  return text;
}

std::string data_text(const Cell& cell) {
  std::string text = print_spec(cell.dataset);
  for (const std::string& one : cell.related) text += " with " + one;
  return text;
}

KnownNames registered_names() {
  return {.dataset = [](const Spec& spec) { sources().canonical(spec); },
          .objective = [](const Spec& spec) { objectives().canonical(spec); },
          .selector = [](const Spec& spec) { selectors().canonical(spec); },
          .seeded = [](const std::string& key) { return sources().find(key).traits.seeded; },
          .stochastic = [](const std::string& key) { return selectors().find(key).traits.stochastic; }};
}

const Schema& descriptor_schema() {
  static const Schema schema(read_json(schema_file("descriptor.schema.json")));
  return schema;
}

const Schema& record_schema() {
  static const Schema schema([] {
    Document records = read_json(schema_file("record.schema.json"));
    // What a table reads of a run's descriptor has the form that it has in the descriptor's own file.
    const Json descriptor = read_json(schema_file("descriptor.schema.json")).json;
    Json& definitions = records.json["definitions"];
    Json& parts = definitions["run"]["properties"]["descriptor"]["properties"];
    for (const char* part : {"id", "question", "shows", "notes", "curves", "table"})
      parts[part] = descriptor["properties"][part];
    for (const auto& [name, definition] : descriptor["definitions"].items()) {
      if (!definitions.contains(name)) definitions[name] = definition;
    }
    return records;
  }());
  return schema;
}

PathValue path_value(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    throw UserError("\"" + text + "\" is not of the form PATH=VALUE");
  return {text.substr(0, equals), text.substr(equals + 1)};
}

std::vector<std::string> descriptor_files() {
  std::vector<std::string> files;
  const std::filesystem::path folder = repository_root() + "/experiments/descriptors";
  if (!std::filesystem::is_directory(folder)) return files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string descriptor_file(const std::string& word) {
  if (std::filesystem::is_regular_file(word)) return word;
  std::vector<std::string> ids;
  for (const std::string& file : descriptor_files()) {
    ids.push_back(std::filesystem::path(file).stem().string());
    if (ids.back() == word) return file;
  }
  throw UserError(fmt::format("there is no file and no descriptor \"{}\"{}; there are: {}", word,
                              did_you_mean(word, ids), fmt::join(ids, ", ")));
}

Descriptor load_descriptor(const std::string& file, const DescriptorOptions& options,
                           const KnownNames& names) {
  Document document = read_json(file);
  document.name = std::filesystem::path(file).filename().string();
  descriptor_schema().check(document);
  const Json groups = document.json["groups"];
  const std::string stem = std::filesystem::path(file).stem().string();
  if (document.json["id"] != stem) {
    throw UserError(document.at("id") + ": is " + document.json["id"].dump() + "; the file is called \"" +
                    stem + "\"");
  }
  if (!groups.contains(options.group)) {
    throw UserError(fmt::format("{}: there is no group \"{}\"; there are: {}", document.at("groups"),
                                options.group, fmt::join(keys_of(groups), ", ")));
  }
  for (const auto& [path, value] : groups[options.group].items()) {
    override_with(document, path, value, document.at("groups." + options.group));
    move_lines(document, "groups." + options.group + "." + path, path);
  }
  for (const auto& [path, text] : options.overrides)
    override_with(document, path, value_of_text(text), document.name);
  for (const std::string& text : options.add_selectors)
    document.json["selectors"].push_back(selector_entry(text));

  Descriptor descriptor;
  descriptor.id = stem;
  descriptor.group = options.group;
  descriptor.resolved = document.json;
  for (const char* part : {"groups", "topic", "answer"}) descriptor.resolved.erase(part);  // not asked
  descriptor.resolved["group"] = options.group;
  descriptor.details = document.json.value("details", std::vector<std::string>{});
  descriptor.metrics = metrics_of(document);
  const Json& limits = document.json["limits"];
  descriptor.limits = {.seconds = limits["seconds"].get<double>(),
                       .threads = limits.value("threads", 0),
                       .device = limits.value("device", "cpu"),
                       .memory_bytes = limits.value("memory_bytes", std::int64_t{0})};
  check_threads(descriptor.limits.threads, document.at("limits.threads"));
  descriptor.cells = cells_of(document, descriptor, names);
  descriptor.plan = Json::array();
  for (const Cell& cell : descriptor.cells) {
    descriptor.plan.push_back({{"key", cell.key}, {"repetition", cell.repetition}, {"axes", cell.axes}});
  }
  check_table_of(document, descriptor);
  descriptor.cells = cells_that_fit(std::move(descriptor.cells), options.only);
  return descriptor;
}

}  // namespace maskbench
