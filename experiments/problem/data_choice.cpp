#include "experiments/problem/data_choice.hpp"

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "datasets/core/source_registry.hpp"
#include "experiments/machine/clock.hpp"

namespace maskbench {
namespace {

bool has_ending(const std::string& file) {
  return file.ends_with(".parquet") || file.ends_with(".npy") || file.ends_with(".jsonl");
}

// The files that --data names, or nothing where it is the name of a registered data set.
std::vector<std::string> files_of(const std::string& data) {
  std::vector<std::string> files;
  std::stringstream in(data);
  for (std::string file; std::getline(in, file, ',');) files.push_back(file);
  const bool any_file = std::any_of(files.begin(), files.end(), [](const std::string& file) {
    return has_ending(file) || file.find('/') != std::string::npos;
  });
  if (!any_file || data.ends_with("]")) return {};
  for (const std::string& file : files) {
    if (file.empty()) throw UserError("--data " + data + ": an empty file name between two commas");
  }
  return files;
}

std::pair<std::string, std::string> name_and_value(const std::string& option, const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == 0 || equals == std::string::npos || equals + 1 == text.size()) {
    throw UserError(option + " " + text + ": give it as NAME=VALUE");
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

ReadRequest read_request(const DataChoice& choice, std::vector<std::string> files) {
  ReadRequest request;
  request.files = std::move(files);
  request.features = choice.features;
  request.features_optional = choice.features_optional;
  request.quality = choice.quality;
  request.length = choice.length;
  request.id = choice.id;
  request.text = choice.text;
  request.labels = choice.labels;
  request.measures = choice.measures;
  for (const std::string& text : choice.matrices)
    request.matrices.push_back(name_and_value("--matrix", text));
  return request;
}

std::unique_ptr<Source> make_source(const std::string& text) {
  auto source = sources().make(parse_spec(text));
  if (const auto reason = source->refuses()) throw UserError("data set " + text + ": " + *reason);
  return source;
}

std::shared_ptr<const Dataset> load_registered(const DataChoice& choice, const std::string& scratch) {
  const auto refuse = [&](const char* option, bool given) {
    if (given)
      throw UserError(std::string(option) + ": data set " + choice.data +
                      " is registered and brings its own columns");
  };
  refuse("--features", !choice.features.empty());
  refuse("--length", !choice.length.empty());
  refuse("--id", !choice.id.empty());
  refuse("--text", !choice.text.empty());
  refuse("--label", !choice.labels.empty());
  refuse("--matrix", !choice.matrices.empty());
  return make_source(choice.data)->load(scratch);
}

// What --related names beside the data set: files with all their columns, or a registered data set.
std::shared_ptr<const Dataset> load_related(const std::string& text, const DataChoice& choice,
                                            const std::string& features, std::vector<FileStamp>& stamps) {
  const std::vector<std::string> files = files_of(text);
  if (files.empty()) {
    DataChoice other;
    other.data = text;
    return load_registered(other, "");
  }
  const std::vector<FileStamp> stamp = stamp_files(files);
  stamps.insert(stamps.end(), stamp.begin(), stamp.end());
  ReadRequest request;
  request.files = files;
  request.features = features;
  request.length = choice.length;
  request.id = choice.id;
  request.text = choice.text;
  return read_table(all_columns(std::move(request)));
}

// The data set with further ones beside it.
std::shared_ptr<const Dataset> with_related(std::shared_ptr<const Dataset> data, const DataChoice& choice,
                                            std::vector<FileStamp>& stamps) {
  if (choice.related.empty()) return data;
  DatasetParts parts = data->parts();
  for (const std::string& text : choice.related) {
    const auto [role, what] = name_and_value("--related", text);
    if (!parts.related.emplace(role, load_related(what, choice, parts.features_name, stamps)).second)
      throw UserError("--related: role \"" + role + "\" is given twice");
  }
  parts.owners.push_back(data);
  parts.digest.clear();
  return std::make_shared<const Dataset>(std::move(parts));
}

}  // namespace

LoadedData load_data(const DataChoice& choice, bool features_in_file) {
  LoadedData loaded;
  const std::string scratch = features_in_file ? scratch_folder(choice) : "";
  Stopwatch watch;
  watch.resume();
  if (const std::vector<std::string> files = files_of(choice.data); !files.empty()) {
    loaded.stamps = stamp_files(files);
    ReadRequest request = read_request(choice, files);
    request.scratch = scratch;
    loaded.data = read_table(request, &loaded.label_names);
  } else {
    loaded.data = load_registered(choice, scratch);
  }
  loaded.data = with_related(std::move(loaded.data), choice, loaded.stamps);
  loaded.seconds = watch.seconds();
  return loaded;
}

DataSize data_size(const DataChoice& choice) {
  const std::vector<std::string> files = files_of(choice.data);
  if (!files.empty()) return table_size(read_request(choice, files));
  return make_source(choice.data)->size();
}

Inputs inputs_of(const DataChoice& choice) {
  Inputs inputs;
  const auto add = [&](const char* option, const std::string& data) {
    inputs.files(option, files_of(data)).words(option, data);
  };
  add("--data", choice.data);
  for (const std::string& text : choice.related) add("--related", name_and_value("--related", text).second);
  return inputs;
}

std::string scratch_folder(const DataChoice& choice) {
  return choice.scratch.empty() ? temporary_folder() : choice.scratch;
}

}  // namespace maskbench
