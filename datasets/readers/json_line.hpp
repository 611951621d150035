// One line of a JSON-lines file: an object whose fields are found without a look into those that nobody asks
// for.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace maskbench {

class JsonLine {
 public:
  // "", or what is wrong with the line's outline: brackets, quotes, commas and colons.
  std::string read(std::string_view line);

  // The text of a field's value, through objects where the name has dots; nothing: there is no such field.
  std::optional<std::string_view> find(std::string_view name) const;
  bool twice(std::string_view name) const;
  std::vector<std::string> names() const;

 private:
  struct Field {
    std::string_view key, value;  // as they stand in the line; the key without its quotes
  };
  std::vector<Field> fields_;
};

}  // namespace maskbench
