#include <catch2/catch.hpp>

#include <random>

#include "experiments/tables/curves.hpp"
#include "experiments/tables/measures.hpp"
#include "experiments/tables/render.hpp"

namespace maskbench {
namespace {

std::vector<PointRecord> curve_of(const std::vector<std::optional<double>>& values) {
  std::vector<PointRecord> curve;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto step = static_cast<std::int64_t>(i) + 1;
    curve.push_back(
        {"k", step, 0.5 * static_cast<double>(step), values[i], {{"diversity", 1}}, {{"steps", step}}});
  }
  return curve;
}

CellRecord cell_with(double value) {
  CellRecord cell;
  cell.key = "k";
  cell.dataset = "d";
  cell.objective = "o";
  cell.selector = "s";
  cell.value = value;
  cell.random = RandomFloor{0, 0, true};
  cell.seconds = Seconds{0, 9, 0};
  return cell;
}

std::vector<std::int64_t> steps_of(const std::vector<PointRecord>& points) {
  std::vector<std::int64_t> steps;
  for (const PointRecord& point : points) steps.push_back(point.step);
  return steps;
}

using Steps = std::vector<std::int64_t>;

TEST_CASE("a descriptor keeps all points, those that its table reads, or none") {
  Json descriptor = {{"id", "toy"}, {"table", {{"rows", "selector"}, {"cells", {"objective"}}}}};
  CHECK(points_to_keep(descriptor) == Keep::none);
  for (const char* measure : {"time_to_reach", "converged_step", "converged_seconds"}) {
    descriptor["table"]["cells"] = {"objective", {{"measure", measure}}};
    CHECK(points_to_keep(descriptor) == Keep::needed);
  }
  descriptor["curves"] = true;
  CHECK(points_to_keep(descriptor) == Keep::all);
}

TEST_CASE("needed are new heights, the converged point and the one before it, without their metrics") {
  const auto curve = curve_of({0.2, 0.1, std::nullopt, 0.995, 0.5, 0.999, 0.998, 1.0, 0.999});
  const auto kept = kept_points(curve, cell_with(1), Keep::needed);
  CHECK(steps_of(kept) == Steps{1, 4, 5, 6, 8});
  CHECK((kept[0].metrics.empty() && kept[0].work.empty() && kept[0].seconds == 0.5));
  CHECK(steps_of(kept_points(curve_of({1.0, 0.9}), cell_with(1), Keep::needed)) ==
        Steps{1, 2});  // never there
  CHECK(kept_points(curve, cell_with(1), Keep::all).size() == curve.size());
  CHECK(kept_points(curve, cell_with(1), Keep::none).empty());
  CHECK(kept_points({}, cell_with(1), Keep::needed).empty());
}

TEST_CASE("on any curve, what is needed gives every measure of the curve as before") {
  std::mt19937_64 words(1);
  const auto draw = [&] { return static_cast<double>(words() >> 11) * 0x1p-53; };
  for (int turn = 0; turn < 2000; ++turn) {
    std::vector<std::optional<double>> values(1 + words() % 12);
    for (auto& value : values) {
      value = 1 - 0.03 * draw() * draw();
      if (words() % 8 == 0) value.reset();
    }
    const CellRecord cell = cell_with(1 - 0.01 * draw());
    const auto curve = curve_of(values), kept = kept_points(curve, cell, Keep::needed);
    const PointRecord *const before = converged_point(curve, cell), *const now = converged_point(kept, cell);
    REQUIRE((before == nullptr) == (now == nullptr));
    if (before != nullptr) REQUIRE(before->step == now->step);
    const double target = 1 - 0.03 * draw();
    const auto reached = [&](const std::vector<PointRecord>& points) -> std::int64_t {
      for (const PointRecord& point : points) {
        if (point.value && *point.value >= target) return point.step;
      }
      return 0;
    };
    REQUIRE(reached(curve) == reached(kept));
  }
}

TEST_CASE("thinned records give the same table; older attempts and runs go, other lines stay as they are") {
  const Json axes = {{"dataset", "d"}, {"objective", "o"}, {"budget", "b"}, {"selector", "s"}};
  Json descriptor = {{"id", "toy"},
                     {"table", {{"rows", "selector"}, {"cells", {"objective", "converged_step"}}}}};
  const Json plan = Json::array({{{"key", "k"}, {"repetition", 0}, {"axes", axes}}});
  std::vector<Json> records = {to_json(RunRecord{descriptor, "ci", plan})};
  descriptor["question"] = "Asked anew";
  const auto curve = curve_of({0.1, 0.5, 0.4, 0.999, 0.998, 0.997});
  for (const std::size_t end : {2u, 6u}) {  // killed after two points, then whole
    for (std::size_t i = 0; i < end; ++i) records.push_back(to_json(curve[i]));
  }
  records.push_back(to_json(cell_with(1)));
  records.push_back(to_json(RunRecord{descriptor, "ci", plan}));
  const std::vector<Json> thin = thinned(records);
  REQUIRE(thin.size() == 6);  // of points 1, 2, 3 and 4
  CHECK(thin[4] == records[9]);
  CHECK(thin[5] == records[10]);
  for (const TableFormat format : {TableFormat::md, TableFormat::tex, TableFormat::csv})
    CHECK(render(thin, {format}) == render(records, {format}));
  CHECK(thinned(thin) == thin);
  records.erase(records.end() - 1);
  records[0]["descriptor"]["curves"] = true;
  CHECK(thinned(records).size() == 8);  // the run, six points, the cell
}

}  // namespace
}  // namespace maskbench
