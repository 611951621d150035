#include "experiments/machine/outputs.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "datasets/core/whole_file.hpp"
#include "experiments/records/json.hpp"

namespace maskbench {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMostText = 256u << 20;  // bytes; what is larger is none of ours

// A file by what it is, not by its name; one that is not there yet, by its folder and its name in it.
struct Identity {
  dev_t device = 0;
  ino_t number = 0;
  std::string name;
  bool operator==(const Identity&) const = default;
};

std::optional<Identity> identity_of(const std::string& path) {
  struct stat found {};
  if (stat(path.c_str(), &found) == 0) return Identity{found.st_dev, found.st_ino, ""};
  const fs::path file = path, folder = file.parent_path();
  if (stat(folder.empty() ? "." : folder.c_str(), &found) != 0) return std::nullopt;
  return Identity{found.st_dev, found.st_ino, file.filename().string()};
}

bool is_device(const std::string& path) {
  struct stat found {};
  return stat(path.c_str(), &found) == 0 && S_ISCHR(found.st_mode);
}

std::string small_text(const std::string& path) {
  std::error_code unknown;
  const std::uintmax_t size = fs::file_size(path, unknown);
  return unknown || size > kMostText ? "" : read_whole(path);
}

void check_kind(const Output& output, const Destination& to) {
  std::error_code unknown;
  if (!to.exists || to.stream || fs::file_size(to.path, unknown) == 0 || unknown) return;
  if (!output.kind.is(to.path)) {
    throw UserError(output.option + " " + output.path + ": there is a file of that name, and it is not " +
                    output.kind.name + "; --overwrite replaces it");
  }
}

}  // namespace

FileKind json_kind(std::string name, std::initializer_list<const char*> keys) {
  std::vector<std::string> all(keys.begin(), keys.end());
  return {std::move(name), [all = std::move(all)](const std::string& path) {
            const Json json = parsed_or_null(small_text(path)).value_or(Json());
            return json.is_object() && std::all_of(all.begin(), all.end(), [&](const std::string& key) {
                     return json.contains(key);
                   });
          }};
}

FileKind text_kind(std::string name, std::initializer_list<const char*> marks) {
  std::vector<std::string> all(marks.begin(), marks.end());
  return {std::move(name), [all = std::move(all)](const std::string& path) {
            const std::string text = small_text(path);
            return std::any_of(all.begin(), all.end(),
                               [&](const std::string& mark) { return text.find(mark) != std::string::npos; });
          }};
}

Inputs& Inputs::file(const std::string& option, const std::string& path) {
  if (!path.empty()) all_.push_back({option, path});
  return *this;
}

Inputs& Inputs::files(const std::string& option, const std::vector<std::string>& paths) {
  for (const std::string& path : paths) file(option, path);
  return *this;
}

Inputs& Inputs::words(const std::string& option, const std::string& spec) {
  std::error_code unknown;
  for (std::size_t begin = 0, end = 0; begin < spec.size(); begin = end + 1) {
    end = std::min(spec.find_first_of("[],;= \t", begin), spec.size());
    const std::string word = spec.substr(begin, end - begin);
    if (fs::is_regular_file(word, unknown)) file(option, word);
  }
  return *this;
}

void check_outputs(const std::vector<Output>& outputs, const Inputs& inputs, bool overwrite) {
  std::vector<std::pair<Identity, const Output*>> seen;
  for (const Output& output : outputs) {
    if (output.path.empty()) continue;
    const Destination to = destination_of(output.path);
    const auto here = identity_of(to.path);
    const std::string what = output.option + " " + output.path;
    if (here && !is_device(to.path)) {
      for (const Input& input : inputs.all()) {
        if (identity_of(input.path) == here)
          throw UserError(what + ": this file is read (" + input.option + " " + input.path +
                          "); give another name");
      }
      for (const auto& [other, output_there] : seen) {
        if (other == *here)
          throw UserError(what + ": the same file as " + output_there->option + " " + output_there->path);
      }
      seen.emplace_back(*here, &output);
    }
    if (!overwrite) check_kind(output, to);
    check_can_write(output.path);
  }
}

}  // namespace maskbench
