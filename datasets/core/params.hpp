// Parameters declared once. A component (data source, objective, selector) has one struct
//
//   struct Params {
//     std::int64_t group_size = 128;
//     template <class Visit> void fields(Visit&& visit) {
//       visit("group_size", group_size, between(2, 65536), "masks per step (G)");
//     }
//   };
//
// and from it come defaults, parsing, range check, help text, JSON schema and the text in the record. Field
// types: bool, std::int64_t, double, std::string, and enums whose names a function beside them gives:
//
//   enum class Schedule { constant, linear };
//   constexpr std::array<const char*, 2> names(Schedule) { return {"constant", "linear"}; }
//   ... visit("schedule", schedule, names_of<Schedule>, "the step size: as it is, or falling to 0");
//
// A struct with a field `preset` also has `void
// use_preset()`, which sets the other fields' defaults; what the caller gives besides the preset wins.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "datasets/core/types.hpp"

namespace maskbench {

using Arguments = std::map<std::string, std::string>;  // name -> text as given

inline constexpr int kDeepestSpec = 8;  // brackets inside one another

// `key[name=value,...]`; a value may itself be such a text.
struct Spec {
  std::string key;
  Arguments arguments;
};

Spec parse_spec(std::string_view text);    // UserError: where the text goes wrong
std::string print_spec(const Spec& spec);  // names sorted; `key` alone without arguments

// The parts of a list parameter, `a;b;c`; "" is the empty list. UserError: an empty part, or one that stands
// twice.
std::vector<std::string> split_list(std::string_view text);

// The numbers of a text: shortest decimal that reads back the same.
std::string print_number(double value);

// "; did you mean "group_size"?", or "" where none of `known` is near.
std::string did_you_mean(std::string_view given, const std::vector<std::string>& known);

// What is allowed in a field.
struct Bounds {
  double low = 0, high = 0;  // numbers: inclusive unless open_low
  bool any_number = true;
  bool open_low = false;
  std::vector<std::string> choices;  // strings; empty: any
};

inline Bounds between(double low, double high) {
  return {low, high, false, false, {}};
}
inline Bounds above(double low, double high) {
  return {low, high, false, true, {}};
}  // (low, high]
inline Bounds any() {
  return {};
}
inline Bounds one_of(std::vector<std::string> choices) {
  return {0, 0, true, false, std::move(choices)};
}

// The choices of an enum whose values count up from 0.
template <class Enum>
inline const Bounds names_of = [] {
  const auto all = names(Enum{});
  return one_of({all.begin(), all.end()});
}();

// A field as help, schema and record see it.
struct FieldInfo {
  std::string name;
  std::string type;      // bool | integer | number | string
  std::string standard;  // its default, as text
  Bounds bounds;
  std::string meaning;

  std::string allowed() const;  // "2 to 65536", "one of mask, pl_ordered", ...
};

namespace detail {

bool read_bool(std::string_view owner, const FieldInfo& field, const std::string& text);
std::int64_t read_integer(std::string_view owner, const FieldInfo& field, const std::string& text);
double read_number(std::string_view owner, const FieldInfo& field, const std::string& text);
std::string read_string(std::string_view owner, const FieldInfo& field, const std::string& text);
[[noreturn]] void unknown_parameter(std::string_view owner, const std::string& name,
                                    const std::vector<FieldInfo>& fields);

inline std::string text_of(bool value) {
  return value ? "true" : "false";
}
inline std::string text_of(std::int64_t value) {
  return std::to_string(value);
}
inline std::string text_of(double value) {
  return print_number(value);
}
inline std::string text_of(const std::string& value) {
  return value;
}

template <class Enum>
requires std::is_enum_v<Enum> std::string text_of(Enum value) {
  return names(Enum{})[static_cast<std::size_t>(value)];
}
template <class Enum>
Enum enum_named(std::string_view name) {
  const auto all = names(Enum{});
  std::size_t place = 0;
  while (name != all[place]) ++place;  // read_string has looked: it is there
  return static_cast<Enum>(place);
}

template <class T>
constexpr const char* type_name() {
  if constexpr (std::is_same_v<T, bool>)
    return "bool";
  else if constexpr (std::is_same_v<T, std::int64_t>)
    return "integer";
  else if constexpr (std::is_same_v<T, double>)
    return "number";
  else {
    static_assert(std::is_same_v<T, std::string> || std::is_enum_v<T>,
                  "a parameter is bool, std::int64_t, double, std::string or an enum with names");
    return "string";
  }
}

}  // namespace detail

struct NoParams {
  template <class Visit>
  void fields(Visit&&) {}
};

// All fields with the values that `params` holds now.
template <class Params>
std::vector<FieldInfo> describe(Params params) {
  std::vector<FieldInfo> all;
  params.fields([&](const char* name, auto& value, Bounds bounds, const char* meaning) {
    all.push_back({name, detail::type_name<std::decay_t<decltype(value)>>(), detail::text_of(value),
                   std::move(bounds), meaning});
  });
  return all;
}

// Reads arguments into params; `owner` names the component in errors. Unknown names and values out of bounds:
// UserError.
template <class Params>
Params read_params(std::string_view owner, const Arguments& arguments) {
  Params params;
  const auto read = [&](bool preset_only) {
    std::size_t used = 0;
    params.fields([&](const char* name, auto& value, Bounds bounds, const char* meaning) {
      using T = std::decay_t<decltype(value)>;
      const auto given = arguments.find(name);
      if (given == arguments.end()) return;
      ++used;
      if (preset_only && std::string_view(name) != "preset") return;
      const FieldInfo field{name, detail::type_name<T>(), "", std::move(bounds), meaning};
      if constexpr (std::is_same_v<T, bool>)
        value = detail::read_bool(owner, field, given->second);
      else if constexpr (std::is_same_v<T, std::int64_t>)
        value = detail::read_integer(owner, field, given->second);
      else if constexpr (std::is_same_v<T, double>)
        value = detail::read_number(owner, field, given->second);
      else if constexpr (std::is_enum_v<T>)
        value = detail::enum_named<T>(detail::read_string(owner, field, given->second));
      else
        value = detail::read_string(owner, field, given->second);
    });
    return used;
  };
  if constexpr (requires { params.use_preset(); }) {
    read(true);
    params.use_preset();
  }
  if (read(false) != arguments.size()) {
    const std::vector<FieldInfo> fields = describe(Params{});
    for (const auto& [name, text] : arguments) {
      bool known = false;
      for (const FieldInfo& field : fields) known = known || field.name == name;
      if (!known) detail::unknown_parameter(owner, name, fields);
    }
  }
  return params;
}

// The arguments that differ from the defaults (of the preset, where there is one): what a record prints.
template <class Params>
Arguments canonical_arguments(const Params& params) {
  Params standard;
  if constexpr (requires { standard.use_preset(); }) {
    standard.preset = params.preset;
    standard.use_preset();
  }
  const std::vector<FieldInfo> given = describe(params);
  const std::vector<FieldInfo> defaults = describe(standard);
  Arguments different;
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (given[i].name == "preset" || given[i].standard != defaults[i].standard) {
      different[given[i].name] = given[i].standard;
    }
  }
  return different;
}

}  // namespace maskbench
