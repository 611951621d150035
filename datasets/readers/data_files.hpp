// Files of data by their names: which are which, and what a text of --data names.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace maskbench {

enum class FileFormat { parquet, npy, jsonl };

// By its ending, whatever its case: .parquet .pq .parq; .npy; .jsonl .ndjson .json, also with .gz or .zst
// behind.
std::optional<FileFormat> format_of(const std::string& path);
inline bool is_data_file(const std::string& path) {
  return format_of(path).has_value();
}

// The files that a text names, separated by commas: a file; a folder, with all data files under it; a pattern
// with *, ?,
// [...] and ** (any folders); @LIST, a file with one path a line. A path that is there as it is written is
// that path; else a backslash takes its special meaning from the letter behind it. Files of a folder and of a
// pattern come in the bytewise order of their paths; names that begin with a dot or an underscore are passed
// over. UserError: nothing matches, an empty name.
std::vector<std::string> data_files(const std::string& text);

// Whether the text can only be files: a path that is there, an ending, a slash, a pattern or a list.
bool names_files(const std::string& text);

std::string with_escapes(const std::string& path);  // as a part of such a text

// " (that looks like a file's name ...)" of a word that is no column's name, or "".
std::string likeness(const std::string& word);

// What a folder KEY=VALUE on the file's way says of a column of that name; nothing: no such folder.
std::optional<std::string> folder_value(const std::string& path, const std::string& column);
inline constexpr const char* kNullFolder = "__HIVE_DEFAULT_PARTITION__";

}  // namespace maskbench
