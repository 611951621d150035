// Records: each kind fits the schema, comes back as it was, and never holds a number that is not one.
#include <catch2/catch.hpp>

#include <functional>
#include <limits>

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
  cell.budget_amount = 10;
  cell.seed = 7;
  cell.repetition = 1;
  cell.threads = 2;
  cell.value = -0.25;
  cell.metrics = {{"disf", -0.25}, {"mean_quality.edu", 1.5}};
  cell.random = RandomFloor{-0.5, 0.01, false};
  cell.bound = -0.125;
  cell.normalised = 2.0 / 3;
  cell.ids_sha256 = digest_of_ids({3, 1, 2});
  cell.ids_count = 3;
  cell.work = {{"gain_evaluations", 955}};
  cell.seconds = Seconds{0.1, 0.2, 0.3, 0.25};
  cell.timed = {{1, 0.5}, {10, 0.75}};
  cell.speed_ratio = 1.25;
  cell.peak_bytes = 1 << 20;
  cell.warnings = {"fewer rows than features"};
  return cell;
}

TEST_CASE("every kind of record fits the schema and comes back as it was") {
  const Json build =
      to_json(BuildRecord{"abc", true, "0.1.0", "g++ 12.2", "-O2", "Release", {{"fmt", "9.1"}}});
  CHECK(fault_of(build).empty());
  CHECK(to_json(build_record(build)) == build);
  const Json host = to_json(HostRecord{"a processor", 2, 1 << 30, "", 0.5});
  CHECK(fault_of(host).empty());
  CHECK(to_json(host_record(host)) == host);
  const Json axes = {{"dataset", "d"}, {"objective", "o"}, {"budget", "b"}, {"selector", "s"}};
  const Json run = to_json(RunRecord{{{"id", "speedup"}, {"table", Json::object()}},
                                     "ci",
                                     Json::array({{{"key", "k"}, {"repetition", 0}, {"axes", axes}}})});
  CHECK(fault_of(run).empty());
  CHECK(to_json(run_record(run)) == run);
  const Json point = to_json(PointRecord{"k", 3, 0.5, -0.25, {{"diversity", -0.25}}, {{"steps", 3}}});
  CHECK(fault_of(point).empty());
  CHECK(to_json(point_record(point)) == point);
  const Json cell = to_json(full_cell());
  CHECK(fault_of(cell).empty());
  CHECK(to_json(cell_record(cell)) == cell);
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
  const CellRecord back = cell_record(json);
  CHECK_FALSE(back.value);
  CHECK_FALSE(back.random);
  CHECK_FALSE(back.seconds);
  CHECK(back.status == Status::refused);
}

TEST_CASE("a number that is not finite fails the cell and is not written") {
  const auto written = [](const std::function<void(CellRecord&)>& spoil) {
    CellRecord cell = full_cell();
    spoil(cell);
    const Json json = to_json(cell);
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
  CHECK_THROWS_WITH(cell_record({{"kind", "cell"}}), Catch::StartsWith("cell record, key: "));
}

TEST_CASE("status names") {
  for (const Status status : {Status::done, Status::extrapolated, Status::stopped, Status::refused,
                              Status::failed, Status::timeout}) {
    CHECK(status_named(name_of(status)) == status);
  }
  CHECK_THROWS_WITH(status_named("ok"), Catch::Contains("extrapolated"));
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
