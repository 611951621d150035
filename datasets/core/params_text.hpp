// The code of what params.hpp declares, for one file of a program: params.cpp of the library, or the file
// with a plug-in's table (plugin_shim.hpp), since a plug-in has headers only.
#pragma once

#include "datasets/core/params.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <numeric>

namespace maskbench {
namespace detail {

inline bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

inline std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

inline std::string in_quotes(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

[[noreturn]] inline void refuse(std::string_view owner, const FieldInfo& field, const std::string& text) {
  throw UserError(std::string(owner) + ": parameter " + field.name + " is " + in_quotes(text) +
                      "; allowed: " + field.allowed(),
                  {std::string(owner), field.name, {}, text, field.allowed()});
}

// The text between position `at` and the next comma outside brackets.
inline std::string_view next_argument(std::string_view text, std::size_t& at) {
  const std::size_t begin = at;
  int depth = 0;
  for (; at < text.size(); ++at) {
    if (text[at] == '[') ++depth;
    if (text[at] == ']') --depth;
    if (text[at] == ',' && depth == 0) break;
  }
  return text.substr(begin, at - begin);
}

}  // namespace detail

Spec parse_spec(std::string_view whole) {
  const std::string_view text = detail::trimmed(whole);
  const auto wrong = [&](const std::string& what) {
    return UserError(detail::in_quotes(whole) + ": " + what + "; the form is key[name=value,...]");
  };
  const std::size_t open = text.find('[');
  Spec spec{std::string(detail::trimmed(text.substr(0, open))), {}};
  if (!detail::is_name(spec.key)) throw wrong(detail::in_quotes(spec.key) + " is not a key");
  if (open == std::string_view::npos) return spec;

  int depth = 0;
  for (std::size_t i = open; i < text.size(); ++i) {
    if (text[i] == '[' && ++depth > kDeepestSpec)
      throw wrong("brackets are nested deeper than " + std::to_string(kDeepestSpec));
    if (text[i] == ']' && --depth == 0 && i + 1 != text.size()) throw wrong("text after the closing bracket");
  }
  if (depth != 0) throw wrong("brackets do not match");

  const std::string_view inside = text.substr(open + 1, text.size() - open - 2);
  for (std::size_t at = 0; at < inside.size(); ++at) {
    const std::string_view argument = detail::trimmed(detail::next_argument(inside, at));
    const std::size_t equals = argument.find('=');
    if (equals == std::string_view::npos) throw wrong(detail::in_quotes(argument) + " has no \"=\"");
    const std::string name(detail::trimmed(argument.substr(0, equals)));
    if (!detail::is_name(name)) throw wrong(detail::in_quotes(name) + " is not a parameter's name");
    const auto [place, fresh] = spec.arguments.emplace(name, detail::trimmed(argument.substr(equals + 1)));
    if (!fresh) throw wrong("parameter " + name + " is given twice");
  }
  return spec;
}

std::string print_spec(const Spec& spec) {
  std::string inside;
  for (const auto& [name, value] : spec.arguments) inside += (inside.empty() ? "" : ",") + name + "=" + value;
  return inside.empty() ? spec.key : spec.key + "[" + inside + "]";
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts;
  for (std::size_t from = 0; !text.empty() && from <= text.size();) {
    const std::size_t to = std::min(text.find(';', from), text.size());
    const std::string part(detail::trimmed(text.substr(from, to - from)));
    if (part.empty())
      throw UserError("list " + detail::in_quotes(text) + ": a part is empty; write it as a;b;c");
    for (const std::string& known : parts) {
      if (known == part)
        throw UserError("list " + detail::in_quotes(text) + ": " + detail::in_quotes(part) + " stands twice");
    }
    parts.push_back(part);
    from = to + 1;
  }
  return parts;
}

std::string print_number(double value) {
  std::array<char, 32> text{};
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
  MASKBENCH_CHECK(error == std::errc(), "a double has at most 24 characters");
  return {text.data(), end};
}

std::string FieldInfo::allowed() const {
  std::string text;
  if (type == "bool") return "true, false";
  if (type == "string") {
    if (bounds.choices.empty()) return "any text";
    for (const std::string& choice : bounds.choices) text += (text.empty() ? "" : ", ") + choice;
    return text;
  }
  text = type == "integer" ? "a whole number" : "a number";
  if (bounds.any_number) return text;
  return text + (bounds.open_low ? " above " : " from ") + print_number(bounds.low) + " to " +
         print_number(bounds.high);
}

namespace detail {

// "" where none is near.
std::string nearest_name(std::string_view given, const std::vector<std::string>& known) {
  std::string nearest;
  std::size_t least = given.size() / 3 + 2;  // two letters that changed places are two off
  for (const std::string& name : known) {
    std::vector<std::size_t> row(name.size() + 1);  // Levenshtein
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= given.size(); ++i) {
      std::size_t diagonal = row[0];
      row[0] = i;
      for (std::size_t j = 1; j <= name.size(); ++j) {
        const std::size_t change = diagonal + (given[i - 1] == name[j - 1] ? 0 : 1);
        diagonal = row[j];
        row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
      }
    }
    if (row.back() < least) {
      least = row.back();
      nearest = name;
    }
  }
  return nearest;
}

}  // namespace detail

std::string did_you_mean(std::string_view given, const std::vector<std::string>& known) {
  const std::string nearest = detail::nearest_name(given, known);
  return nearest.empty() ? "" : "; did you mean \"" + nearest + "\"?";
}

namespace detail {

bool read_bool(std::string_view owner, const FieldInfo& field, const std::string& text) {
  if (text == "true") return true;
  if (text == "false") return false;
  refuse(owner, field, text);
}

std::int64_t read_integer(std::string_view owner, const FieldInfo& field, const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const auto number = static_cast<double>(value);
  const Bounds& bounds = field.bounds;
  const bool inside = bounds.any_number || ((bounds.open_low ? number > bounds.low : number >= bounds.low) &&
                                            number <= bounds.high);
  if (error != std::errc() || end != text.data() + text.size() || !inside) refuse(owner, field, text);
  return value;
}

double read_number(std::string_view owner, const FieldInfo& field, const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const Bounds& bounds = field.bounds;
  const bool inside = bounds.any_number ||
                      ((bounds.open_low ? value > bounds.low : value >= bounds.low) && value <= bounds.high);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value) || !inside) {
    refuse(owner, field, text);
  }
  return value;
}

std::string read_string(std::string_view owner, const FieldInfo& field, const std::string& text) {
  const std::vector<std::string>& choices = field.bounds.choices;
  if (!choices.empty() && std::find(choices.begin(), choices.end(), text) == choices.end())
    refuse(owner, field, text);
  return text;
}

void unknown_parameter(std::string_view owner, const std::string& name,
                       const std::vector<FieldInfo>& fields) {
  std::vector<std::string> names;
  std::string known;
  for (const FieldInfo& field : fields) {
    names.push_back(field.name);
    known += (known.empty() ? "" : ", ") + field.name;
  }
  throw UserError(std::string(owner) + " has no parameter " + in_quotes(name) + did_you_mean(name, names) +
                      "; it has: " + (known.empty() ? "none" : known),
                  {std::string(owner), "", {}, name, known});
}

}  // namespace detail
}  // namespace maskbench
