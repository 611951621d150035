#include "experiments/records/json.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include <fmt/core.h>

namespace maskbench {
namespace {

// Hands the text to the parser and knows how far it has read: the parser tells its handler what it found, not
// where.
class TextIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  TextIterator(const char* at, const char** reached) : at_(at), reached_(reached) {}
  reference operator*() const { return *at_; }
  TextIterator& operator++() {
    *reached_ = at_++;
    return *this;
  }
  TextIterator operator++(int) {
    TextIterator before = *this;
    ++*this;
    return before;
  }
  bool operator==(const TextIterator& other) const { return at_ == other.at_; }
  bool operator!=(const TextIterator& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  const char** reached_;
};

// Builds the document; a number is reported one character late, which may be the newline after it, but never
// past it.
class Handler {
 public:
  using number_integer_t = Json::number_integer_t;
  using number_unsigned_t = Json::number_unsigned_t;
  using number_float_t = Json::number_float_t;
  using string_t = Json::string_t;
  using binary_t = Json::binary_t;

  Handler(Document& document, std::string_view text, int first_line)
      : document_(document),
        begin_(text.data()),
        counted_(text.data()),
        reached_(text.data()),
        lines_(first_line) {}

  const char** reached() { return &reached_; }

  bool null() { return put(nullptr); }
  bool boolean(bool value) { return put(value); }
  bool number_integer(number_integer_t value) { return put(value); }
  bool number_unsigned(number_unsigned_t value) { return put(value); }
  bool number_float(number_float_t value, const string_t&) { return put(value); }
  bool string(string_t& value) { return put(std::move(value)); }
  bool binary(binary_t&) { return false; }
  bool start_object(std::size_t) { return open(Json::object()); }
  bool start_array(std::size_t) { return open(Json::array()); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }

  bool key(string_t& name) {
    if (!open_.back().keys.insert(name).second) {
      throw UserError(fmt::format("{}, line {}: key \"{}\" stands twice{}", document_.name, line(), name,
                                  open_.back().path.empty() ? "" : " in " + open_.back().path));
    }
    key_ = std::move(name);
    return true;
  }

  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& error) {
    std::string what = error.what();  // "[json.exception.parse_error.101] parse error at line 1, ...: why"
    what.erase(0, what.find("] ") + 2);
    const std::size_t colon = what.find(": ");
    if (what.starts_with("parse error at") && colon != std::string::npos) what.erase(0, colon + 2);
    const int at = line();
    const char* start = reached_;
    while (start > begin_ && start[-1] != '\n') --start;
    throw UserError(
        fmt::format("{}, line {}, column {}: not JSON: {}", document_.name, at, reached_ - start + 1, what));
  }

 private:
  struct Open {
    Json* value;
    std::string path;
    std::set<std::string> keys;
    int line;
  };

  int line() {  // of the character read last
    lines_ += static_cast<int>(std::count(counted_, reached_, '\n'));
    counted_ = reached_;
    return lines_;
  }

  // Stores the value where the parser stands; its line is kept where it is not its parent's.
  Json* place(Json value, std::string& path) {
    if (open_.empty()) {
      document_.json = std::move(value);
      document_.lines[""] = line();
      return &document_.json;
    }
    const Open& parent = open_.back();
    const bool in_list = parent.value->is_array();
    path = join_path(parent.path, in_list ? std::to_string(parent.value->size()) : key_);
    if (line() != parent.line) document_.lines[path] = lines_;
    if (!in_list) return &((*parent.value)[key_] = std::move(value));
    parent.value->push_back(std::move(value));
    return &parent.value->back();
  }

  bool put(Json value) {
    std::string path;
    place(std::move(value), path);
    return true;
  }

  bool open(Json value) {
    if (open_.size() == kDeepestJson) {
      throw UserError(fmt::format("{}, line {}: nested deeper than {} objects and lists", document_.name,
                                  line(), kDeepestJson));
    }
    std::string path;
    Json* stored = place(std::move(value), path);
    open_.push_back({stored, std::move(path), {}, lines_});
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  Document& document_;
  const char* begin_;
  const char* counted_;  // newlines before it are in lines_
  const char* reached_;
  int lines_;  // the line of what was read last
  std::string key_;
  std::vector<Open> open_;
};

void check_finite(const Json& json, const std::string& path) {
  if (json.is_number_float()) {
    MASKBENCH_CHECK(std::isfinite(json.get<double>()),
                    "a number that is not finite was to be written: " + path);
  } else if (json.is_object()) {
    for (const auto& [key, value] : json.items()) check_finite(value, join_path(path, key));
  } else if (json.is_array()) {
    for (std::size_t i = 0; i < json.size(); ++i) check_finite(json[i], join_path(path, std::to_string(i)));
  }
}

}  // namespace

std::string join_path(const std::string& parent, const std::string& key) {
  return parent.empty() || key.empty() ? parent + key : parent + "." + key;
}

std::optional<int> Document::line(std::string path) const {
  while (!path.empty() && !lines.contains(path)) {
    const std::size_t dot = path.rfind('.');
    path.resize(dot == std::string::npos ? 0 : dot);
  }
  const auto found = lines.find(path);
  return found == lines.end() ? std::nullopt : std::optional<int>(found->second);
}

std::string Document::at(const std::string& path) const {
  std::string text = name;
  if (const auto number = line(path)) text += fmt::format(", line {}", *number);
  return path.empty() ? text : text + ", " + path;
}

Document parse_json(std::string_view text, std::string name, int first_line) {
  Document document;
  document.name = std::move(name);
  Handler handler(document, text, first_line);
  const char* end = text.data() + text.size();
  Json::sax_parse(TextIterator(text.data(), handler.reached()), TextIterator(end, handler.reached()),
                  &handler);
  return document;
}

std::optional<Json> parsed_or_null(std::string_view text) {
  try {
    return parse_json(text, "").json;
  } catch (const UserError&) {
    return std::nullopt;
  }
}

std::string read_whole(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream || std::filesystem::is_directory(file)) throw UserError(file + ": cannot be read");
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream) throw UserError(file + ": cannot be read");
  return text.str();
}

Document read_json(const std::string& file) {
  return parse_json(read_whole(file), file);
}

std::string write_json(const Json& json, int indent) {
  check_finite(json, "");
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

std::string shown(const Json& json) {
  const std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  return text.size() <= 60 ? text : text.substr(0, 57) + "...";
}

}  // namespace maskbench
