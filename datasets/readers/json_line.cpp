#include "datasets/readers/json_line.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace maskbench {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

// Walks over one line.
class Outline {
 public:
  explicit Outline(std::string_view line) : line_(line) {}

  char next() {  // the next letter that is no space; 0 at the end
    at_ = std::min(line_.find_first_not_of(kSpace, at_), line_.size());
    return at_ < line_.size() ? line_[at_] : '\0';
  }
  bool take(char letter) {
    if (next() != letter) return false;
    ++at_;
    return true;
  }
  std::string wants(const std::string& what) const {
    return what + " is wanted at character " + std::to_string(at_ + 1);
  }

  // A string with its quotes; nothing: it does not end.
  std::optional<std::string_view> text() {
    const std::size_t begin = at_;
    if (!take('"')) return std::nullopt;
    for (; at_ < line_.size(); ++at_) {
      if (line_[at_] == '\\')
        ++at_;
      else if (line_[at_] == '"')
        return line_.substr(begin, ++at_ - begin);
    }
    return std::nullopt;
  }

  // Any value; nothing: there is none, or it does not end.
  std::optional<std::string_view> value() {
    const char first = next();
    const std::size_t begin = at_;
    if (first == '"') return text();
    if (first == '{' || first == '[') return nested(begin);
    at_ = std::min(line_.find_first_of(",}] \t\r\n", at_), line_.size());
    const std::string_view word = line_.substr(begin, at_ - begin);
    const bool number = !word.empty() && word.find_first_not_of("0123456789+-.eE") == std::string_view::npos;
    for (const std::string_view known : {"true", "false", "null", "NaN", "Infinity", "-Infinity"}) {
      if (word == known) return word;
    }
    return number ? std::optional(word) : std::nullopt;
  }

 private:
  std::optional<std::string_view> nested(std::size_t begin) {
    std::string open;
    for (; at_ < line_.size(); ++at_) {
      const char letter = line_[at_];
      if (letter == '"') {
        if (!text()) return std::nullopt;
        --at_;
      } else if (letter == '{' || letter == '[') {
        open += letter == '{' ? '}' : ']';
      } else if (letter == '}' || letter == ']') {
        if (open.back() != letter) return std::nullopt;
        open.pop_back();
        if (open.empty()) return line_.substr(begin, ++at_ - begin);
      }
    }
    return std::nullopt;
  }

  std::string_view line_;
  std::size_t at_ = 0;
};

std::string plain_key(std::string_view key) {
  if (key.find('\\') == std::string_view::npos) return std::string(key);
  const auto read = nlohmann::json::parse("\"" + std::string(key) + "\"", nullptr, false);
  return read.is_string() ? read.get<std::string>() : std::string(key);
}

}  // namespace

std::string JsonLine::read(std::string_view line) {
  fields_.clear();
  Outline outline(line);
  if (!outline.take('{')) return outline.wants("an object {\"column\": value, ...}");
  if (!outline.take('}')) {
    do {
      outline.next();
      const auto key = outline.text();
      if (!key) return outline.wants("a name in quotes");
      if (!outline.take(':')) return outline.wants("a colon");
      const auto value = outline.value();
      if (!value) return outline.wants("a whole value");
      fields_.push_back({key->substr(1, key->size() - 2), *value});
    } while (outline.take(','));
    if (!outline.take('}')) return outline.wants("a comma or the closing bracket");
  }
  return outline.next() == '\0' ? "" : outline.wants("the line's end");
}

std::optional<std::string_view> JsonLine::find(std::string_view name) const {
  for (const Field& field : fields_) {
    if (plain_key(field.key) == name) return field.value;
  }
  for (std::size_t dot = name.rfind('.'); dot != std::string_view::npos && dot > 0;
       dot = name.rfind('.', dot - 1)) {
    for (const Field& field : fields_) {
      if (!field.value.starts_with('{') || plain_key(field.key) != name.substr(0, dot)) continue;
      JsonLine inner;
      if (!inner.read(field.value).empty()) continue;
      if (const auto found = inner.find(name.substr(dot + 1))) return found;
    }
  }
  return std::nullopt;
}

bool JsonLine::twice(std::string_view name) const {
  return std::count_if(fields_.begin(), fields_.end(),
                       [&](const Field& field) { return plain_key(field.key) == name; }) > 1;
}

std::vector<std::string> JsonLine::names() const {
  std::vector<std::string> all;
  for (const Field& field : fields_) all.push_back(plain_key(field.key));
  return all;
}

}  // namespace maskbench
