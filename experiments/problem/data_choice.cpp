#include "experiments/problem/data_choice.hpp"

#include <algorithm>
#include <cctype>

#include "datasets/core/join_labels.hpp"
#include "datasets/core/source_registry.hpp"
#include "datasets/readers/data_files.hpp"
#include "experiments/machine/clock.hpp"

namespace maskbench {
namespace {

constexpr std::string_view kAscending = ":asc";

// NAME or NAME[param=value,...] of a registered data set, or a name of that form.
bool is_registered(const std::string& text) {
  const std::size_t open = text.find('[');
  const std::string key = text.substr(0, open);
  const bool parameters =
      open != std::string::npos && text.ends_with(']') && text.find('=', open) != std::string::npos;
  const bool is_key = !key.empty() && std::all_of(key.begin(), key.end(), [](unsigned char letter) {
    return std::isalnum(letter) != 0 || letter == '_';
  });
  return (open == std::string::npos && sources().entries().contains(key)) || (is_key && parameters);
}

// The files that --data names, or nothing where it is the name of a registered data set.
std::vector<std::string> files_of(const std::string& data) {
  return is_registered(data) || !names_files(data) ? std::vector<std::string>{} : data_files(data);
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
  request.scores = choice.scores;
  for (const std::string& rule : choice.missing) request.missing.push_back(missing_rule(rule));
  request.ids_per_file = choice.ids_per_file;
  request.repeated_files = choice.repeated_files;
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
  refuse("--score", !choice.scores.empty());
  refuse("--missing", !choice.missing.empty());
  refuse("--id-scope", choice.ids_per_file);
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
  request.repeated_files = choice.repeated_files;
  return read_table(all_columns(std::move(request)));
}

// The data set with the score `NAME:asc` for each such quality column, which is NAME with the lower the
// better.
std::shared_ptr<const Dataset> with_negated(std::shared_ptr<const Dataset> data,
                                            const std::vector<std::string>& quality) {
  DatasetParts parts = data->parts();
  bool changed = false;
  for (const std::string& column : quality) {
    if (!column.ends_with(kAscending) || parts.scores.contains(column)) continue;
    const std::span<const float> score = data->score(column.substr(0, column.size() - kAscending.size()));
    auto negated = std::make_shared<std::vector<float>>();
    for (const float value : score) negated->push_back(0.0f - value);
    parts.scores[column] = *negated;
    parts.owners.push_back(std::move(negated));
    changed = true;
  }
  if (!changed) return data;
  parts.owners.push_back(data);
  parts.digest.clear();
  return std::make_shared<const Dataset>(std::move(parts));
}

std::vector<std::string> notes_of(const ReadReport& reading) {
  std::vector<std::string> notes = reading.notes;
  for (const MissingCount& one : reading.missing) {
    const std::string what = one.rule.how == MissingRule::How::drop     ? "left out"
                             : one.rule.how == MissingRule::How::lowest ? "ranked lowest"
                                                                        : "set to " + one.rule.value;
    notes.push_back("column \"" + one.column + "\": " + std::to_string(one.rows) +
                    " rows without a value are " + what + " (--missing)");
  }
  return notes;
}

// The data set with further ones beside it.
std::shared_ptr<const Dataset> with_related(std::shared_ptr<const Dataset> data, const DataChoice& choice,
                                            std::vector<FileStamp>& stamps) {
  if (choice.related.empty()) return data;
  DatasetParts parts = data->parts();
  for (const std::string& text : choice.related) {
    const auto [role, what] = name_and_value("--related", text);
    auto other = with_labels_of(load_related(what, choice, parts.features_name, stamps), *data);
    if (!parts.related.emplace(role, std::move(other)).second)
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
    loaded.data = read_table(request, &loaded.reading);
    loaded.notes = notes_of(loaded.reading);
  } else {
    loaded.data = with_negated(load_registered(choice, scratch), choice.quality);
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

void add_reading(Json& report, const LoadedData& loaded) {
  for (const ShardRows& shard : loaded.reading.shards)
    report["files"].push_back({{"path", shard.path}, {"first_row", shard.first}, {"rows", shard.rows}});
  for (const MissingCount& one : loaded.reading.missing)
    report["missing"][one.column] = {{"rule", one.rule.print()}, {"rows", one.rows}};
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
