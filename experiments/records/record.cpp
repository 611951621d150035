#include "experiments/records/record.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include <fmt/core.h>
#include <fmt/ranges.h>

namespace maskbench {
namespace {

constexpr std::array<const char*, 6> kStatusNames = {"done",    "extrapolated", "stopped",
                                                     "refused", "failed",       "timeout"};

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

template <class T>
Json object_of(const std::map<std::string, T>& values) {
  Json object = Json::object();
  for (const auto& [name, value] : values) object[name] = value;
  return object;
}

// Reads keys of one record; what the library throws becomes a UserError that names the record's kind.
class Reader {
 public:
  Reader(const Json& json, const char* kind) : json_(json), kind_(kind) {}

  template <class T>
  void operator()(const char* key, T& value) const {
    read(key, [&](const Json& found) { value = found.get<T>(); });
  }

  template <class T>
  void operator()(const char* key, std::optional<T>& value) const {
    read(key, [&](const Json& found) {
      value = found.is_null() ? std::nullopt : std::optional<T>(found.get<T>());
    });
  }

  template <class Read>
  void read(const char* key, Read&& take) const {
    try {
      take(json_.at(key));
    } catch (const nlohmann::json::exception& error) {
      throw UserError(fmt::format("{} record, {}: {}", kind_, key, error.what()));
    }
  }

 private:
  const Json& json_;
  const char* kind_;
};

void fail(CellRecord& record, const std::vector<std::string>& names) {
  if (names.empty()) return;
  record.status = Status::failed;
  const std::string what = fmt::format("not finite: {}", fmt::join(names, ", "));
  record.reason = record.reason.empty() ? what : record.reason + "; " + what;
}

// Takes every non-finite number out of the record and fails it for them.
CellRecord settled(CellRecord record) {
  std::vector<std::string> names;
  const auto settle = [&](auto& value, const std::string& name) {
    if (!value || std::isfinite(*value)) return;
    names.push_back(name);
    value.reset();
  };
  settle(record.value, "value");
  settle(record.bound, "bound");
  settle(record.normalised, "normalised");
  settle(record.speed_ratio, "speed_ratio");
  for (auto metric = record.metrics.begin(); metric != record.metrics.end();) {
    const bool finite = std::isfinite(metric->second);
    if (!finite) names.push_back(metric->first);
    metric = finite ? std::next(metric) : record.metrics.erase(metric);
  }
  if (record.random && !(std::isfinite(record.random->mean) && std::isfinite(record.random->error))) {
    names.emplace_back("random");
    record.random.reset();
  }
  if (record.seconds) {
    const Seconds& seconds = *record.seconds;
    if (!std::isfinite(seconds.prepare + seconds.select + seconds.score + seconds.bound.value_or(0))) {
      names.emplace_back("seconds");
      record.seconds.reset();
    }
  }
  fail(record, names);
  return record;
}

}  // namespace

const char* name_of(Status status) {
  return kStatusNames[static_cast<std::size_t>(status)];
}

Status status_named(const std::string& name) {
  const auto found = std::find(kStatusNames.begin(), kStatusNames.end(), name);
  if (found != kStatusNames.end()) return static_cast<Status>(found - kStatusNames.begin());
  throw UserError(
      fmt::format("there is no status \"{}\"; there are: {}", name, fmt::join(kStatusNames, ", ")));
}

Json to_json(const BuildRecord& record) {
  return {{"kind", "build"},
          {"commit", record.commit},
          {"dirty", record.dirty},
          {"version", record.version},
          {"compiler", record.compiler},
          {"flags", record.flags},
          {"build_type", record.build_type},
          {"libraries", object_of(record.libraries)}};
}

Json to_json(const HostRecord& record) {
  return {{"kind", "host"},        {"cpu_model", record.cpu_model},
          {"cores", record.cores}, {"memory_bytes", record.memory_bytes},
          {"gpu", record.gpu},     {"load", record.load}};
}

Json to_json(const RunRecord& record) {
  return {{"kind", "run"}, {"group", record.group}, {"descriptor", record.descriptor}, {"plan", record.plan}};
}

Json to_json(const PointRecord& record) {
  Json json = {{"kind", "point"}, {"cell", record.cell}, {"step", record.step}, {"seconds", record.seconds}};
  json["value"] = record.value && std::isfinite(*record.value) ? Json(*record.value) : Json(nullptr);
  json["metrics"] = Json::object();
  for (const auto& [name, value] : record.metrics) {
    if (std::isfinite(value)) json["metrics"][name] = value;
  }
  json["work"] = object_of(record.work);
  return json;
}

Json to_json(const CellRecord& given) {
  const CellRecord record = settled(given);
  MASKBENCH_CHECK(record.status == Status::done || !record.reason.empty(),
                  "a cell that is not done says why: " + record.key);
  Json json = {{"kind", "cell"},
               {"key", record.key},
               {"dataset", record.dataset},
               {"digest", record.digest},
               {"rows", record.rows},
               {"dimensions", record.dimensions},
               {"objective", record.objective},
               {"selector", record.selector},
               {"quality", record.quality},
               {"budget", {{"unit", record.budget_unit}, {"amount", record.budget_amount}}},
               {"seed", record.seed},
               {"repetition", record.repetition},
               {"threads", record.threads},
               {"device", record.device},
               {"status", name_of(record.status)},
               {"reason", record.reason},
               {"value", or_null(record.value)},
               {"metrics", object_of(record.metrics)}};
  json["random"] = nullptr;
  if (record.random) {
    json["random"] = {
        {"mean", record.random->mean}, {"error", record.random->error}, {"exact", record.random->exact}};
  }
  json["bound"] = or_null(record.bound);
  json["bound_reason"] = record.bound_reason;
  json["normalised"] = or_null(record.normalised);
  json["ids"] = {{"sha256", record.ids_sha256}, {"count", record.ids_count}};
  json["work"] = object_of(record.work);
  json["seconds"] = nullptr;
  if (record.seconds) {
    const Seconds& seconds = *record.seconds;
    json["seconds"] = {{"prepare", seconds.prepare}, {"select", seconds.select}, {"score", seconds.score}};
    if (seconds.bound) json["seconds"]["bound"] = *seconds.bound;
  }
  json["timed"] = Json::array();
  for (const auto& [size, seconds] : record.timed)
    json["timed"].push_back({{"size", size}, {"seconds", seconds}});
  json["speed_ratio"] = or_null(record.speed_ratio);
  json["peak_bytes"] = record.peak_bytes;
  json["warnings"] = record.warnings;
  if (!record.details.empty()) json["details"] = record.details;
  return json;
}

BuildRecord build_record(const Json& json) {
  BuildRecord record;
  const Reader read(json, "build");
  read("commit", record.commit);
  read("dirty", record.dirty);
  read("version", record.version);
  read("compiler", record.compiler);
  read("flags", record.flags);
  read("build_type", record.build_type);
  read("libraries", record.libraries);
  return record;
}

HostRecord host_record(const Json& json) {
  HostRecord record;
  const Reader read(json, "host");
  read("cpu_model", record.cpu_model);
  read("cores", record.cores);
  read("memory_bytes", record.memory_bytes);
  read("gpu", record.gpu);
  read("load", record.load);
  return record;
}

RunRecord run_record(const Json& json) {
  RunRecord record;
  const Reader read(json, "run");
  read("group", record.group);
  read("descriptor", record.descriptor);
  read("plan", record.plan);
  return record;
}

PointRecord point_record(const Json& json) {
  PointRecord record;
  const Reader read(json, "point");
  read("cell", record.cell);
  read("step", record.step);
  read("seconds", record.seconds);
  read("value", record.value);
  read("metrics", record.metrics);
  read("work", record.work);
  return record;
}

CellRecord cell_record(const Json& json) {
  CellRecord record;
  const Reader read(json, "cell");
  read("key", record.key);
  read("dataset", record.dataset);
  read("digest", record.digest);
  read("rows", record.rows);
  read("dimensions", record.dimensions);
  read("objective", record.objective);
  read("selector", record.selector);
  read("quality", record.quality);
  read.read("budget", [&](const Json& budget) {
    record.budget_unit = budget.at("unit").get<std::string>();
    record.budget_amount = budget.at("amount").get<std::int64_t>();
  });
  read("seed", record.seed);
  read("repetition", record.repetition);
  read("threads", record.threads);
  read("device", record.device);
  read.read("status", [&](const Json& status) { record.status = status_named(status.get<std::string>()); });
  read("reason", record.reason);
  read("value", record.value);
  read("metrics", record.metrics);
  read.read("random", [&](const Json& random) {
    if (random.is_null()) return;
    record.random = RandomFloor{random.at("mean").get<double>(), random.at("error").get<double>(),
                                random.at("exact").get<bool>()};
  });
  read("bound", record.bound);
  read("bound_reason", record.bound_reason);
  read("normalised", record.normalised);
  read.read("ids", [&](const Json& ids) {
    record.ids_sha256 = ids.at("sha256").get<std::string>();
    record.ids_count = ids.at("count").get<std::int64_t>();
  });
  read("work", record.work);
  read.read("seconds", [&](const Json& seconds) {
    if (seconds.is_null()) return;
    record.seconds = Seconds{seconds.at("prepare").get<double>(), seconds.at("select").get<double>(),
                             seconds.at("score").get<double>()};
    if (seconds.contains("bound")) record.seconds->bound = seconds["bound"].get<double>();
  });
  read.read("timed", [&](const Json& timed) {
    for (const Json& one : timed) {
      record.timed.emplace_back(one.at("size").get<std::int64_t>(), one.at("seconds").get<double>());
    }
  });
  read("speed_ratio", record.speed_ratio);
  read("peak_bytes", record.peak_bytes);
  read("warnings", record.warnings);
  if (json.contains("details")) read("details", record.details);
  return record;
}

std::string digest_of_ids(std::vector<Index> ids) {
  static_assert(std::endian::native == std::endian::little, "the digest is of little-endian ids");
  std::sort(ids.begin(), ids.end());
  return digest_of_text({reinterpret_cast<const char*>(ids.data()), ids.size() * sizeof(Index)});
}

std::string digest_of_text(std::string_view given) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int length = 0;
  const int done = EVP_Digest(given.data(), given.size(), bytes.data(), &length, EVP_sha256(), nullptr);
  MASKBENCH_CHECK(done == 1, "sha256");
  std::string text;
  for (unsigned int i = 0; i < length; ++i) text += fmt::format("{:02x}", bytes[i]);
  return text;
}

}  // namespace maskbench
