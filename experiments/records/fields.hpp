// JSON of structs that declare their members once, as components do their parameters:
//
//   struct Seconds {
//     double select = 0;
//     std::optional<double> bound;
//     template <class Visit> void fields(Visit&& visit) {
//       visit("select", select);
//       visit("bound", bound, if_any);  // the key is left out where the value is empty
//     }
//   };
//
// Members are bool, numbers, texts, enums with names() (params.hpp), Json, other such structs, and optional
// values, lists and maps of these. An empty optional is null. A struct with `kKind` has its text as the first
// key, `kind`.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "datasets/core/params.hpp"
#include "experiments/records/json.hpp"

namespace maskbench {

struct IfAny {};
inline constexpr IfAny if_any;

template <class T>
concept Declared = requires(T value) {
  value.fields([](const char*, auto&, auto...) {});
};

// What a fault of the text at `path` is told as; throws a UserError.
using OnFault = std::function<void(const std::string& path, const std::string& what)>;

template <Declared T>
Json to_json(T value);

namespace detail {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_list = false;
template <class T>
inline constexpr bool is_list<std::vector<T>> = true;
template <class T>
inline constexpr bool is_map = false;
template <class T>
inline constexpr bool is_map<std::map<std::string, T>> = true;

template <class T>
bool is_empty(const T& value) {
  if constexpr (is_optional<T>)
    return !value;
  else
    return value.empty();
}

template <class T>
Json json_of(const T& value) {
  if constexpr (is_optional<T>) {
    return value ? json_of(*value) : Json(nullptr);
  } else if constexpr (Declared<T>) {
    return to_json(value);  // by argument-dependent lookup: a struct may have its own
  } else if constexpr (std::is_enum_v<T>) {
    return text_of(value);
  } else if constexpr (is_list<T>) {
    Json list = Json::array();
    for (const auto& one : value) list.push_back(json_of(one));
    return list;
  } else if constexpr (is_map<T>) {
    Json object = Json::object();
    for (const auto& [name, one] : value) object[name] = json_of(one);
    return object;
  } else {
    return value;
  }
}

template <class T>
void read_value(const Json& json, T& value, const std::string& path, const OnFault& fault);

template <class T>
void read_struct(const Json& json, T& value, const std::string& path, const OnFault& fault) {
  value.fields([&](const char* name, auto& member, auto... how) {
    const std::string at = join_path(path, name);
    const auto found = json.find(name);
    if (found != json.end())
      read_value(*found, member, at, fault);
    else if constexpr (sizeof...(how) == 0)
      fault(at, "is missing");
  });
}

template <std::integral T>
bool fits(const Json& json) {
  if (json.is_number_unsigned()) return std::in_range<T>(json.get<std::uint64_t>());
  return json.is_number_integer() && std::in_range<T>(json.get<std::int64_t>());
}

template <class T>
void read_value(const Json& json, T& value, const std::string& path, const OnFault& fault) {
  const auto expect = [&](bool fits, const std::string& allowed) {
    if (!fits) fault(path, "is " + shown(json) + "; allowed: " + allowed);
  };
  if constexpr (is_optional<T>) {
    value.reset();
    if (!json.is_null()) read_value(json, value.emplace(), path, fault);
  } else if constexpr (Declared<T>) {
    expect(json.is_object(), "an object");
    read_struct(json, value, path, fault);
  } else if constexpr (std::is_enum_v<T>) {
    const auto all = names(T{});
    expect(json.is_string() && std::find(all.begin(), all.end(), json.get<std::string>()) != all.end(),
           FieldInfo{path, "string", "", names_of<T>, ""}.allowed());
    value = enum_named<T>(json.get<std::string>());
  } else if constexpr (is_list<T>) {
    expect(json.is_array(), "a list");
    value.clear();
    for (std::size_t i = 0; i < json.size(); ++i)
      read_value(json[i], value.emplace_back(), join_path(path, std::to_string(i)), fault);
  } else if constexpr (is_map<T>) {
    expect(json.is_object(), "an object");
    value.clear();
    for (const auto& [name, one] : json.items()) read_value(one, value[name], join_path(path, name), fault);
  } else if constexpr (std::is_same_v<T, bool>) {
    expect(json.is_boolean(), "true or false");
    value = json.get<bool>();
  } else if constexpr (std::integral<T>) {
    expect(fits<T>(json), std::is_signed_v<T> ? "a whole number" : "a whole number from 0");
    value = json.get<T>();
  } else if constexpr (std::floating_point<T>) {
    expect(json.is_number(), "a number");
    value = json.get<T>();
  } else if constexpr (std::is_same_v<T, std::string>) {
    expect(json.is_string(), "a text");
    value = json.get<std::string>();
  } else {
    static_assert(std::is_same_v<T, Json>, "a member of a record is one of the types above");
    value = json;
  }
}

template <Declared T>
T read_whole_struct(const Json& json, const OnFault& fault) {
  T value;
  if constexpr (requires { T::kKind; }) {
    if (json.is_object() && json.value("kind", Json()) != T::kKind)
      fault("kind", "is not \"" + std::string(T::kKind) + "\"");
  }
  read_value(json, value, "", fault);
  return value;
}

}  // namespace detail

template <Declared T>
Json to_json(T value) {
  Json json = Json::object();
  if constexpr (requires { T::kKind; }) json["kind"] = T::kKind;
  value.fields([&](const char* name, auto& member, auto... how) {
    if constexpr (sizeof...(how) > 0) {
      if (detail::is_empty(member)) return;
    }
    json[name] = detail::json_of(member);
  });
  return json;
}

// UserError: a key is missing, or of the wrong type. Keys that T does not declare are passed over: a later
// version may have them.
template <Declared T>
T from_json(const Document& document) {
  return detail::read_whole_struct<T>(document.json, [&](const std::string& path, const std::string& what) {
    throw UserError(document.at(path) + ": " + what);
  });
}

// The same; `name` is what the text is called in errors: "cell record, key: is missing".
template <Declared T>
T from_json(const Json& json, const std::string& name) {
  return detail::read_whole_struct<T>(json, [&](const std::string& path, const std::string& what) {
    throw UserError(name + (path.empty() ? ": " : ", " + path + ": ") + what);
  });
}

}  // namespace maskbench
