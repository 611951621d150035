// Records: each kind fits the schema, comes back as it was, and never holds a number that is not one.
#include <catch2/catch.hpp>

#include <algorithm>
#include <functional>
#include <limits>
#include <set>
#include <type_traits>

#include "experiments/descriptor/descriptor.hpp"
#include "experiments/records/record.hpp"

namespace maskbench {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::string fault_of(const Json& json) {
  const auto fault = record_schema().fault(json);
  return fault ? fault->path + ": " + fault->message : "";
}

CellRecord full_cell() {
  CellRecord cell;
  cell.key = "speedup.ci | web_sample | disf | 10 % | greedy | r0";
  cell.dataset = "web_sample";
  cell.digest = "0123";
  cell.rows = 100;
  cell.dimensions = 8;
  cell.objective = "disf";
  cell.selector = "greedy";
  cell.quality = {"edu", "dclm"};
  cell.budget.amount = 10;
  cell.seed = 7;
  cell.repetition = 1;
  cell.threads = 2;
  cell.value = -0.25;
  cell.metrics = {{"disf", -0.25}, {"mean_quality.edu", 1.5}};
  cell.random = RandomFloor{-0.5, 0.01, false};
  cell.bound = -0.125;
  cell.normalised = 2.0 / 3;
  cell.ids.sha256 = digest_of_ids({3, 1, 2});
  cell.ids.count = 3;
  cell.work = {{"gain_evaluations", 955}};
  cell.seconds = Seconds{0.1, 0.2, 0.3, 0.25};
  cell.timed = {{1, 0.5}, {10, 0.75}};
  cell.peak_bytes = 1 << 20;
  cell.warnings = {"fewer rows than features"};
  return cell;
}

TEST_CASE("every kind of record fits the schema and comes back as it was") {
  const Json build =
      to_json(BuildRecord{"abc", true, "0.1.0", "g++ 12.2", "-O2", "Release", {{"fmt", "9.1"}}});
  CHECK(fault_of(build).empty());
  CHECK(to_json(record_of<BuildRecord>(build)) == build);
  const Json host = to_json(HostRecord{"a processor", 2, 1 << 30, "", 0.5});
  CHECK(fault_of(host).empty());
  CHECK(to_json(record_of<HostRecord>(host)) == host);
  const Json axes = {{"dataset", "d"}, {"objective", "o"}, {"budget", "b"}, {"selector", "s"}};
  const Json table = {{"rows", "selector"}, {"cells", {"objective"}}};
  const Json run = to_json(RunRecord{{{"id", "speedup"}, {"table", table}},
                                     "ci",
                                     Json::array({{{"key", "k"}, {"repetition", 0}, {"axes", axes}}})});
  CHECK(fault_of(run).empty());
  CHECK(to_json(record_of<RunRecord>(run)) == run);
  const Json point = to_json(PointRecord{"k", 3, 0.5, -0.25, {{"diversity", -0.25}}, {{"steps", 3}}});
  CHECK(fault_of(point).empty());
  CHECK(to_json(record_of<PointRecord>(point)) == point);
  const Json cell = to_json(full_cell());
  CHECK(fault_of(cell).empty());
  CHECK(to_json(record_of<CellRecord>(cell)) == cell);
}

TEST_CASE("an empty cell fits too, its nulls come back as nothing") {
  CellRecord cell;
  cell.key = cell.dataset = cell.objective = cell.selector = "x";
  cell.status = Status::refused;
  cell.reason = "not here";
  const Json json = to_json(cell);
  CHECK(fault_of(json).empty());
  CHECK(json["value"].is_null());
  CHECK(json["seconds"].is_null());
  const CellRecord back = record_of<CellRecord>(json);
  CHECK_FALSE(back.value);
  CHECK_FALSE(back.random);
  CHECK_FALSE(back.seconds);
  CHECK(back.status == Status::refused);
}

TEST_CASE("a number that is not finite fails the cell and is not written") {
  const auto written = [](const std::function<void(CellRecord&)>& spoil) {
    CellRecord cell = full_cell();
    spoil(cell);
    Json json = to_json(cell);
    CHECK(json["status"] == "failed");
    CHECK(fault_of(json).empty());
    CHECK_NOTHROW(write_json(json));
    return json;
  };
  const Json value = written([](CellRecord& cell) { cell.value = kNan; });
  CHECK(value["value"].is_null());
  CHECK(value["reason"] == "not finite: value");
  const Json metric = written([](CellRecord& cell) { cell.metrics["disf"] = -kInfinity; });
  CHECK_FALSE(metric["metrics"].contains("disf"));
  CHECK(metric["metrics"].contains("mean_quality.edu"));
  CHECK(metric["reason"] == "not finite: disf");
  const Json several = written([](CellRecord& cell) {
    cell.status = Status::stopped;
    cell.reason = "wall limit";
    cell.bound = kInfinity;
    cell.random->error = kNan;
    cell.seconds->select = kNan;
  });
  CHECK(several["reason"] == "wall limit; not finite: bound, random, seconds");
  CHECK(several["random"].is_null());
  CHECK(several["seconds"].is_null());
}

TEST_CASE("a point leaves out what is not finite") {
  const Json json = to_json(PointRecord{"k", 1, 0.5, kNan, {{"diversity", kInfinity}, {"quality", 1.0}}, {}});
  CHECK(json["value"].is_null());
  CHECK(json["metrics"] == Json{{"quality", 1.0}});
}

TEST_CASE("a cell that is not done says why") {
  CellRecord cell = full_cell();
  cell.status = Status::timeout;
  CHECK_THROWS_AS(to_json(cell), std::logic_error);
  Json json = to_json(full_cell());
  json["status"] = "timeout";
  CHECK(fault_of(json) == "reason: is empty");
}

TEST_CASE("the schema refuses what no record has") {
  Json json = to_json(full_cell());
  json["metrcs"] = 1;
  CHECK_THAT(fault_of(json), Catch::StartsWith("metrcs: unknown key \"metrcs\"; did you mean \"metrics\"?"));
  json = to_json(full_cell());
  json["metrics"]["disf"] = nullptr;
  CHECK(fault_of(json) == "metrics.disf: is null; allowed: number");
  CHECK_THAT(fault_of({{"kind", "cells"}}), Catch::StartsWith("kind: is \"cells\""));
  CHECK(fault_of({{"kind", "host"}}) == ": lacks the key \"cpu_model\"");
  CHECK_THROWS_WITH(record_of<CellRecord>({{"kind", "cell"}}), Catch::StartsWith("cell record, key: "));
}

// The type that the schema gives a member, by what the declaration holds.
template <class T>
std::set<std::string> types_of() {
  if constexpr (detail::is_optional<T>) {
    auto types = types_of<typename T::value_type>();
    types.insert("null");
    return types;
  } else if constexpr (std::is_same_v<T, bool>) {
    return {"boolean"};
  } else if constexpr (std::integral<T>) {
    return {"integer"};
  } else if constexpr (std::floating_point<T>) {
    return {"number"};
  } else if constexpr (detail::is_list<T>) {
    return {"array"};
  } else if constexpr (detail::is_map<T> || Declared<T>) {
    return {"object"};
  } else if constexpr (std::is_enum_v<T> || std::is_same_v<T, std::string>) {
    return {"string"};
  } else {
    return {"array", "object"};  // Json
  }
}

std::set<std::string> types_in(const Json& schema) {
  if (schema.contains("enum")) return {"string"};
  if (schema["type"].is_array()) {
    const auto types = schema["type"].get<std::vector<std::string>>();
    return {types.begin(), types.end()};
  }
  return {schema["type"].get<std::string>()};
}

// What the schema says of T's members, those inside members included, is what T declares.
template <Declared T>
void check_declared(const Json& root, const Json& schema, const std::string& where) {
  std::set<std::string> declared, required;
  if constexpr (requires { T::kKind; }) declared.insert("kind"), required.insert("kind");
  T value;
  value.fields([&](const char* name, auto& member, auto... how) {
    using Member = std::decay_t<decltype(member)>;
    INFO(where << "." << name);
    declared.insert(name);
    if (sizeof...(how) == 0) required.insert(name);
    REQUIRE(schema["properties"].contains(name));
    Json of = schema["properties"][name];
    if (of.contains("$ref")) of = root.at(Json::json_pointer(of["$ref"].get<std::string>().substr(1)));
    const auto allowed = types_of<Member>(), written = types_in(of);
    CHECK(std::includes(allowed.begin(), allowed.end(), written.begin(), written.end()));
    if constexpr (std::is_enum_v<Member>) CHECK(of["enum"].size() == names(Member{}).size());
    if constexpr (Declared<Member>) check_declared<Member>(root, of, where + "." + name);
    if constexpr (detail::is_optional<Member>) {
      if constexpr (Declared<typename Member::value_type>)
        check_declared<typename Member::value_type>(root, of, where + "." + name);
    }
  });
  std::set<std::string> properties;
  for (const auto& [name, of] : schema["properties"].items()) properties.insert(name);
  properties.erase("speed_ratio");  // of older records
  CHECK(properties == declared);
  CHECK(schema["required"].get<std::set<std::string>>() == required);
}

TEST_CASE("the schema for other readers says what the records declare") {
  const Json root = read_json(MASKBENCH_SOURCE_DIR "/experiments/schema/record.schema.json").json;
  const Json& kinds = root["definitions"];
  check_declared<BuildRecord>(root, kinds["build"], "build");
  check_declared<HostRecord>(root, kinds["host"], "host");
  check_declared<RunRecord>(root, kinds["run"], "run");
  check_declared<CellRecord>(root, kinds["cell"], "cell");
  check_declared<PointRecord>(root, kinds["point"], "point");
}

TEST_CASE("a member of another type is named with its place, what it is and what is allowed") {
  const auto refusal = [](const char* path, const Json& value) -> std::string {
    Json json = to_json(full_cell());
    json[Json::json_pointer(path)] = value;
    try {
      record_of<CellRecord>(json);
    } catch (const UserError& error) {
      return error.what();
    }
    return "";
  };
  CHECK(refusal("/rows", "many") == "cell record, rows: is \"many\"; allowed: a whole number");
  CHECK(refusal("/threads", 3e9) == "cell record, threads: is 3000000000.0; allowed: a whole number");
  CHECK(refusal("/threads", 3000000000) == "cell record, threads: is 3000000000; allowed: a whole number");
  CHECK(refusal("/seed", -1) == "cell record, seed: is -1; allowed: a whole number from 0");
  CHECK(refusal("/seed", 18446744073709551615U).empty());
  CHECK(refusal("/budget/amount", nullptr) == "cell record, budget.amount: is null; allowed: a whole number");
  CHECK(refusal("/quality/1", 3) == "cell record, quality.1: is 3; allowed: a text");
  CHECK(refusal("/metrics/disf", "x") == "cell record, metrics.disf: is \"x\"; allowed: a number");
  CHECK(refusal("/timed/0/size", true) == "cell record, timed.0.size: is true; allowed: a whole number");
  CHECK(refusal("/status", "ok") ==
        "cell record, status: is \"ok\"; allowed: done, extrapolated, stopped, refused, failed, timeout");
  CHECK(refusal("/random/exact", 1) == "cell record, random.exact: is 1; allowed: true or false");
  CHECK(refusal("/value", nullptr).empty());
  CHECK(refusal("/a_later_version", 1).empty());
}

TEST_CASE("the digest of ids is of the set, not of the order") {
  CHECK(digest_of_ids({3, 1, 2}) == digest_of_ids({1, 2, 3}));
  CHECK(digest_of_ids({1, 2}) != digest_of_ids({1, 3}));
  // printf '\x01\0\0\0\0\0\0\0' | sha256sum
  CHECK(digest_of_ids({1}) == "7c9fa136d4413fa6173637e883b6998d32e1d675f88cddff9dcbcf331820f4b8");
  CHECK(digest_of_ids({}) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

}  // namespace
}  // namespace maskbench
