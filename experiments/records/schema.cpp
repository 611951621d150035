#include "experiments/records/schema.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <sstream>
#include <string_view>
#include <utility>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "datasets/core/params.hpp"

namespace maskbench {
namespace {

constexpr std::array<std::string_view, 19> kKeywords = {"$ref",
                                                        "type",
                                                        "properties",
                                                        "required",
                                                        "additionalProperties",
                                                        "items",
                                                        "enum",
                                                        "const",
                                                        "minimum",
                                                        "maximum",
                                                        "exclusiveMinimum",
                                                        "minItems",
                                                        "minLength",
                                                        "maxWords",
                                                        "allOf",
                                                        "if",
                                                        "then",
                                                        "description",
                                                        "title"};

bool has_type(const Json& json, const std::string& type) {
  if (type == "object") return json.is_object();
  if (type == "array") return json.is_array();
  if (type == "string") return json.is_string();
  if (type == "boolean") return json.is_boolean();
  if (type == "null") return json.is_null();
  if (type == "integer")  // of 64 bits, as all that reads it
    return json.is_number_integer() &&
           (!json.is_number_unsigned() || std::in_range<std::int64_t>(json.get<std::uint64_t>()));
  return json.is_number();
}

class Check {
 public:
  explicit Check(const Json& root) : root_(root) {}

  std::optional<Fault> of(const Json& schema, const Json& json, const std::string& path) const {
    if (schema.is_boolean()) {
      if (schema.get<bool>()) return std::nullopt;
      return Fault{path, "is not allowed here"};
    }
    if (schema.contains("$ref")) return of(root_.at(pointer(schema["$ref"])), json, path);
    if (auto fault = of_value(schema, json, path)) return fault;
    if (json.is_object()) {
      if (auto fault = of_object(schema, json, path)) return fault;
    }
    if (json.is_array()) {
      if (auto fault = of_array(schema, json, path)) return fault;
    }
    if (schema.contains("if") && schema.contains("then") && !of(schema["if"], json, path)) {
      if (auto fault = of(schema["then"], json, path)) return fault;
    }
    for (const Json& part : schema.value("allOf", Json::array())) {
      if (auto fault = of(part, json, path)) return fault;
    }
    return std::nullopt;
  }

  // Every schema inside `schema` uses known keywords only.
  void keywords(const Json& schema, const Document& document, const std::string& path) const {
    if (schema.is_boolean()) return;
    for (const auto& [key, value] : schema.items()) {
      const std::string at = join_path(path, key);
      const bool top = path.empty() && (key == "$schema" || key == "$id" || key == "definitions");
      if (!top && std::find(kKeywords.begin(), kKeywords.end(), key) == kKeywords.end()) {
        throw UserError(document.at(at) + ": this validator does not know the keyword \"" + key + "\"");
      }
      if (key == "properties" || key == "definitions") {
        for (const auto& [name, part] : value.items()) keywords(part, document, join_path(at, name));
      } else if (key == "items" || key == "additionalProperties" || key == "if" || key == "then") {
        keywords(value, document, at);
      } else if (key == "allOf") {
        for (std::size_t i = 0; i < value.size(); ++i)
          keywords(value[i], document, join_path(at, std::to_string(i)));
      } else if (key == "$ref" && !root_.contains(pointer(value))) {
        throw UserError(document.at(at) + ": " + value.get<std::string>() + " is not there");
      }
    }
  }

 private:
  static Json::json_pointer pointer(const Json& reference) {
    return Json::json_pointer(reference.get<std::string>().substr(1));  // "#/definitions/cell"
  }

  static std::optional<Fault> of_value(const Json& schema, const Json& json, const std::string& path) {
    if (schema.contains("type")) {
      const Json types = schema["type"].is_array() ? schema["type"] : Json::array({schema["type"]});
      const bool fits =
          std::any_of(types.begin(), types.end(), [&](const Json& type) { return has_type(json, type); });
      if (!fits) {
        const auto names = types.get<std::vector<std::string>>();
        return Fault{path, fmt::format("is {}; allowed: {}", shown(json), fmt::join(names, " or "))};
      }
    }
    if (schema.contains("const") && json != schema["const"]) {
      return Fault{path, fmt::format("is {}; allowed: {}", shown(json), shown(schema["const"]))};
    }
    if (schema.contains("enum")) {
      const Json& allowed = schema["enum"];
      if (std::find(allowed.begin(), allowed.end(), json) == allowed.end()) {
        return Fault{path, fmt::format("is {}; allowed: {}", shown(json), allowed.dump())};
      }
    }
    if (json.is_number()) {
      const double value = json.get<double>();
      if (schema.contains("minimum") && value < schema["minimum"].get<double>()) {
        return Fault{path,
                     fmt::format("is {}; at least {} is allowed", shown(json), shown(schema["minimum"]))};
      }
      if (schema.contains("maximum") && value > schema["maximum"].get<double>()) {
        return Fault{path,
                     fmt::format("is {}; at most {} is allowed", shown(json), shown(schema["maximum"]))};
      }
      if (schema.contains("exclusiveMinimum") && value <= schema["exclusiveMinimum"].get<double>()) {
        return Fault{
            path, fmt::format("is {}; it must be above {}", shown(json), shown(schema["exclusiveMinimum"]))};
      }
    }
    if (json.is_string()) return of_text(schema, json.get_ref<const std::string&>(), path);
    return std::nullopt;
  }

  static std::optional<Fault> of_text(const Json& schema, const std::string& text, const std::string& path) {
    if (text.size() < schema.value("minLength", std::size_t{0})) return Fault{path, "is empty"};
    if (!schema.contains("maxWords")) return std::nullopt;
    std::istringstream words(text);
    const auto count = std::distance(std::istream_iterator<std::string>(words), {});
    const auto most = schema["maxWords"].get<std::ptrdiff_t>();
    if (count <= most) return std::nullopt;
    return Fault{path, fmt::format("has {} words; at most {} are allowed: {}", count, most, shown(text))};
  }

  std::optional<Fault> of_object(const Json& schema, const Json& json, const std::string& path) const {
    const Json known = schema.value("properties", Json::object());
    const Json others = schema.value("additionalProperties", Json(true));
    for (const auto& [key, value] : json.items()) {
      const std::string at = join_path(path, key);
      if (known.contains(key)) {
        if (auto fault = of(known[key], value, at)) return fault;
      } else if (others == Json(false)) {
        return Fault{at, unknown(key, known)};
      } else if (auto fault = of(others, value, at)) {
        return fault;
      }
    }
    for (const Json& key : schema.value("required", Json::array())) {
      if (!json.contains(key.get<std::string>())) {
        return Fault{path, fmt::format("lacks the key \"{}\"", key.get<std::string>())};
      }
    }
    return std::nullopt;
  }

  std::optional<Fault> of_array(const Json& schema, const Json& json, const std::string& path) const {
    const std::size_t least = schema.value("minItems", std::size_t{0});
    if (json.size() < least) {
      return Fault{path, fmt::format("has {} entries; at least {} needed", json.size(), least)};
    }
    if (!schema.contains("items")) return std::nullopt;
    for (std::size_t i = 0; i < json.size(); ++i) {
      if (auto fault = of(schema["items"], json[i], join_path(path, std::to_string(i)))) return fault;
    }
    return std::nullopt;
  }

  static std::string unknown(const std::string& key, const Json& known) {
    std::vector<std::string> names;
    for (const auto& [name, schema] : known.items()) names.push_back(name);
    return fmt::format("unknown key \"{}\"{}; known: {}", key, did_you_mean(key, names),
                       fmt::join(names, ", "));
  }

  const Json& root_;
};

}  // namespace

Schema::Schema(Document document) : document_(std::move(document)) {
  Check(document_.json).keywords(document_.json, document_, "");
}

std::optional<Fault> Schema::fault(const Json& json) const {
  return Check(document_.json).of(document_.json, json, "");
}

void Schema::check(const Document& document) const {
  if (const auto found = fault(document.json)) {
    throw UserError(document.at(found->path) + ": " + found->message);
  }
}

}  // namespace maskbench
