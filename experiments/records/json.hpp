// Strict JSON: a repeated key is an error, positions are known, numbers survive a round trip, nothing
// non-finite is written.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "datasets/core/types.hpp"

namespace maskbench {

using Json = nlohmann::ordered_json;  // keys keep the order in which they were written

// A parsed text that remembers where its values stand. A path is dotted, list positions from 0:
// `datasets.0.params.n`; the whole text has the path "".
struct Document {
  Json json;
  std::string name;                  // as errors show it: the file as it was given
  std::map<std::string, int> lines;  // path -> line of the value, from 1; left out where it is the parent's

  // Of a path that is not there: the line of its nearest parent.
  std::optional<int> line(std::string path) const;
  std::string at(const std::string& path) const;  // "speedup.json, line 12, datasets.0.params.n"
};

inline constexpr std::size_t kDeepestJson = 64;  // objects and lists inside one another

// UserError with name, line and column for a fault of syntax, with the path for a repeated key and where the
// text is nested deeper than kDeepestJson.
Document parse_json(std::string_view text, std::string name, int first_line = 1);
Document read_json(const std::string& file);      // UserError too where the file cannot be read
std::string read_whole(const std::string& file);  // all of its bytes; UserError as above

// The value of a text that may be no JSON: nothing then, and where it is nested too deep.
std::optional<Json> parsed_or_null(std::string_view text);

// One line, or indented by `indent` blanks. Numbers are the shortest text that reads back the same. A
// non-finite number is a mistake of ours (MASKBENCH_CHECK): a record has to say `failed` instead.
std::string write_json(const Json& json, int indent = -1);
std::string shown(const Json& json);  // as an error quotes it: at most 60 characters of it

// `a.b` from `a` and `b`; either may be empty.
std::string join_path(const std::string& parent, const std::string& key);

}  // namespace maskbench
