#include "datasets/readers/data_files.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>

#include "datasets/core/types.hpp"

namespace maskbench {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSpecial = "\\,*?[]@";

bool ends_with(std::string_view text, std::initializer_list<std::string_view> endings) {
  return std::any_of(endings.begin(), endings.end(),
                     [&](std::string_view ending) { return text.ends_with(ending); });
}

bool is_there(const std::string& path) {
  std::error_code unknown;
  return !path.empty() && fs::exists(path, unknown);
}

bool is_folder(const std::string& path) {
  std::error_code unknown;
  return fs::is_directory(path, unknown);
}

bool is_hidden(const std::string& name) {
  return name.empty() || name.front() == '.' || name.front() == '_';
}

// Parts between commas, escapes still in them.
std::vector<std::string> split_at_commas(const std::string& text) {
  std::vector<std::string> parts{""};
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      parts.back() += text[i++];
      parts.back() += text[i];
    } else if (text[i] == ',') {
      parts.emplace_back();
    } else {
      parts.back() += text[i];
    }
  }
  return parts;
}

std::string without_escapes(const std::string& text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escaped =
        text[i] == '\\' && i + 1 < text.size() && kSpecial.find(text[i + 1]) != std::string::npos;
    plain += text[escaped ? ++i : i];
  }
  return plain;
}

bool has_pattern(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\')
      ++i;
    else if (text[i] == '*' || text[i] == '?' || text[i] == '[')
      return true;
  }
  return false;
}

// [abc], [a-z], [!x]: whether the letter is one of them; `at` moves behind it. No closing bracket: an
// ordinary letter.
bool in_class(std::string_view pattern, std::size_t& at, char letter) {
  const bool negated = at + 1 < pattern.size() && (pattern[at + 1] == '!' || pattern[at + 1] == '^');
  std::size_t i = at + (negated ? 2 : 1);
  const std::size_t close = pattern.find(']', i + 1);
  if (close == std::string_view::npos) {
    ++at;
    return letter == '[';
  }
  bool found = false;
  for (; i < close; ++i) {
    if (i + 2 < close && pattern[i + 1] == '-') {
      found = found || (pattern[i] <= letter && letter <= pattern[i + 2]);
      i += 2;
    } else {
      found = found || pattern[i] == letter;
    }
  }
  at = close + 1;
  return found != negated;
}

// One name against one pattern, neither with a slash.
bool matches(std::string_view pattern, std::string_view name) {
  std::size_t p = 0, n = 0, star = std::string_view::npos, from = 0;
  while (n < name.size()) {
    std::size_t next = p;
    bool same = false;
    if (p < pattern.size() && pattern[p] == '*') {
      star = ++p;
      from = n;
      continue;
    }
    if (p < pattern.size()) {
      if (pattern[p] == '?') {
        same = true;
        next = p + 1;
      } else if (pattern[p] == '[') {
        same = in_class(pattern, next, name[n]);
      } else {
        next = pattern[p] == '\\' && p + 1 < pattern.size() ? p + 1 : p;
        same = pattern[next] == name[n];
        ++next;
      }
    }
    if (same) {
      p = next;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star;
      n = ++from;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

// Whether a link in the folder leads to the folder itself or to one above it.
bool leads_back(const fs::directory_entry& entry, const fs::path& folder) {
  if (!entry.is_symlink()) return false;
  for (fs::path above = fs::absolute(folder); above.has_relative_path(); above = above.parent_path()) {
    if (fs::equivalent(entry.path(), above)) return true;
  }
  return false;
}

// Data files under a folder, at any depth.
void add_folder(const fs::path& folder, std::vector<std::string>& files) {
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (is_hidden(entry.path().filename().string())) continue;
    if (!entry.is_directory() && is_data_file(entry.path().string())) files.push_back(entry.path().string());
    if (entry.is_directory() && !leads_back(entry, folder)) add_folder(entry.path(), files);
  }
}

void add_matches(const fs::path& folder, std::vector<std::string> steps, std::vector<std::string>& files) {
  const std::string step = steps.front();
  const std::vector<std::string> rest(steps.begin() + 1, steps.end());
  if (step == "**" && !rest.empty()) add_matches(folder, rest, files);
  const fs::path here = folder.empty() ? fs::path(".") : folder;
  if (!has_pattern(step)) {
    const fs::path next = folder / without_escapes(step);
    if (rest.empty() && fs::exists(next)) files.push_back(next.string());
    if (!rest.empty() && fs::is_directory(next)) add_matches(next, rest, files);
    return;
  }
  for (const fs::directory_entry& entry : fs::directory_iterator(here)) {
    const std::string name = entry.path().filename().string();
    const bool hidden = is_hidden(name) && step.front() != name.front();
    if (hidden || !matches(step, name)) continue;
    const fs::path next = folder / name;
    if (rest.empty() && !entry.is_directory()) files.push_back(next.string());
    if (!entry.is_directory() || (step == "**" && leads_back(entry, here))) continue;
    if (step == "**")
      add_matches(next, steps, files);
    else if (!rest.empty())
      add_matches(next, rest, files);
  }
}

std::vector<std::string> steps_of(const std::string& pattern) {
  std::vector<std::string> steps;
  for (const fs::path& step : fs::path(pattern)) {
    if (!step.empty() && step != "/") steps.push_back(step.string());
  }
  return steps;
}

void sort_names(std::vector<std::string>& files) {
  std::sort(files.begin(), files.end());
  files.erase(std::unique(files.begin(), files.end()), files.end());  // two ways of a pattern to one file
}

std::vector<std::string> files_of_folder(const std::string& folder) {
  std::vector<std::string> files;
  add_folder(folder, files);
  if (files.empty())
    throw UserError(folder + ": a folder without data files; they end in .parquet, .npy, .jsonl or the like");
  sort_names(files);
  return files;
}

std::vector<std::string> files_of_list(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw UserError(path + ": cannot be opened for reading; @ names a file with one path a line");
  std::vector<std::string> files;
  for (std::string line; std::getline(in, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty()) files.push_back(line);
  }
  if (files.empty()) throw UserError(path + ": no path in this list of files");
  return files;
}

std::vector<std::string> files_of_part(const std::string& part) {
  const std::string plain = is_there(part) ? part : without_escapes(part);
  if (is_folder(plain)) return files_of_folder(plain);
  if (is_there(plain)) return {plain};
  if (part.starts_with('@')) return files_of_list(without_escapes(part.substr(1)));
  if (!has_pattern(part)) return {plain};
  std::vector<std::string> files;
  add_matches(part.starts_with('/') ? "/" : "", steps_of(part), files);
  if (files.empty()) throw UserError("--data " + part + ": no file matches this pattern");
  if (std::any_of(files.begin(), files.end(), is_data_file))  // what lies beside them is none
    std::erase_if(files, [](const std::string& file) { return !is_data_file(file); });
  sort_names(files);
  return files;
}

std::string decoded_percent(const std::string& text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto hex = [&](std::size_t at) { return std::isxdigit(static_cast<unsigned char>(text[at])) != 0; };
    if (text[i] == '%' && i + 2 < text.size() && hex(i + 1) && hex(i + 2)) {
      plain += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

}  // namespace

std::optional<FileFormat> format_of(const std::string& path) {
  std::string name = path.substr(path.rfind('/') + 1);
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  if (ends_with(name, {".parquet", ".pq", ".parq"})) return FileFormat::parquet;
  if (ends_with(name, {".npy"})) return FileFormat::npy;
  for (const std::string_view zipped : {".gz", ".zst", ".zstd"}) {
    if (name.ends_with(zipped)) name.resize(name.size() - zipped.size());
  }
  if (ends_with(name, {".jsonl", ".ndjson", ".json"})) return FileFormat::jsonl;
  return std::nullopt;
}

std::vector<std::string> data_files(const std::string& text) try {
  if (is_there(text)) return files_of_part(text);
  std::vector<std::string> files;
  for (const std::string& part : split_at_commas(text)) {
    if (part.empty()) throw UserError("--data " + text + ": an empty file name between two commas");
    const std::vector<std::string> more = files_of_part(part);
    files.insert(files.end(), more.begin(), more.end());
  }
  return files;
} catch (const fs::filesystem_error& error) {
  throw UserError("--data " + text + ": " + error.path1().string() + ": " + error.code().message());
}

bool names_files(const std::string& text) {
  if (text.starts_with('@') || text.find('/') != std::string::npos || is_there(text)) return true;
  const std::vector<std::string> parts = split_at_commas(text);
  return std::any_of(parts.begin(), parts.end(), [](const std::string& part) {
    return is_data_file(part) || is_there(without_escapes(part)) ||
           part.find_first_of("*?") != std::string::npos || part.starts_with('@');
  });
}

std::string with_escapes(const std::string& path) {
  std::string text;
  for (const char letter : path) {
    if (kSpecial.find(letter) != std::string::npos) text += '\\';
    text += letter;
  }
  return text;
}

std::string likeness(const std::string& word) {
  if (!is_there(word) && !is_data_file(word)) return "";
  return " (that looks like a file's name; --data names files, and lists of columns are separated by commas)";
}

std::optional<std::string> folder_value(const std::string& path, const std::string& column) {
  for (const fs::path& step : fs::path(path).parent_path()) {
    const std::string name = step.string();
    const std::size_t equals = name.find('=');
    if (equals != std::string::npos && decoded_percent(name.substr(0, equals)) == column)
      return decoded_percent(name.substr(equals + 1));
  }
  return std::nullopt;
}

}  // namespace maskbench
