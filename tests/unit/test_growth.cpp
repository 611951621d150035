// Fitted exponents: power laws are found again, and their intervals hold the truth as often as they say.
#include <catch2/catch.hpp>

#include <cmath>

#include "datasets/core/random.hpp"
#include "experiments/tables/growth.hpp"
#include "experiments/tables/render.hpp"

namespace maskbench {
namespace {

TEST_CASE("an exact power law is found, without error") {
  std::vector<double> n, y;
  for (const double size : {1e4, 3e4, 1e5, 3e5, 1e6}) {
    n.push_back(size);
    y.push_back(7e-6 * std::pow(size, 1.25));
  }
  const auto law = fit_power_law(n, y);
  REQUIRE(law);
  CHECK(law->exponent == Approx(1.25).epsilon(1e-12));
  CHECK(law->error < 1e-9);
  CHECK(law->points == 5);
}

TEST_CASE("the fit agrees with one made by hand") {  // slope and t-interval of (0,0), (1,1), (2,1), (3,3) by
                                                     // NumPy and SciPy
  const std::vector<double> n = {1, std::exp(1), std::exp(2), std::exp(3)},
                            y = {1, std::exp(1), std::exp(1), std::exp(3)};
  const auto law = fit_power_law(n, y);
  REQUIRE(law);
  CHECK(law->exponent == Approx(0.9));
  CHECK(law->error == Approx(4.302652729911275 * std::sqrt(0.7 / 2 / 5)).epsilon(1e-3));
}

TEST_CASE("fits that say nothing are none, and two points have no interval") {
  const std::vector<double> one = {1000}, same = {1000, 1000}, two = {1000, 4000}, y = {2, 8}, zero = {0, 8};
  CHECK_FALSE(fit_power_law(one, std::vector<double>{2}));
  CHECK_FALSE(fit_power_law(same, y));
  CHECK_FALSE(fit_power_law(two, zero));
  const auto law = fit_power_law(two, y);
  REQUIRE(law);
  CHECK(law->exponent == Approx(1));
  CHECK_FALSE(std::isfinite(law->error));
}

TEST_CASE("19 of 20 intervals hold the true exponent") {
  const Stream stream(5, purpose("growth"));
  int held = 0;
  for (std::uint64_t trial = 0; trial < 1000; ++trial) {
    std::vector<double> n, y;
    for (std::uint64_t k = 0; k < 15; ++k) {
      double noise = -6;  // near enough to normal
      for (std::uint64_t j = 0; j < 12; ++j) noise += stream.uniform(12 * k + j, trial);
      const std::uint64_t size = k / 3;
      n.push_back(1e3 * std::pow(2.0, static_cast<double>(size)));
      y.push_back(n.back() * std::exp(0.2 * noise));
    }
    const auto law = fit_power_law(n, y);
    held += std::abs(law->exponent - 1) <= law->error ? 1 : 0;
  }
  CHECK(held > 925);
  CHECK(held < 975);
}

TEST_CASE("the rendered table has the exponents of each selector, of work without times") {
  const auto axes = [](const std::string& selector, int n) {
    return Json{{"dataset", "d"},
                {"dataset.n", n},
                {"objective", "joint"},
                {"budget", "10 %"},
                {"selector", selector}};
  };
  Json plan = Json::array();
  std::vector<Json> cells;
  for (const std::string selector : {"linear", "square", "broken"}) {
    for (const int n : {1000, 3000, 9000}) {
      CellRecord cell;
      cell.key = selector + std::to_string(n);
      cell.dataset = "d";
      cell.rows = n;
      cell.objective = "joint";
      cell.selector = selector;
      cell.value = 1;
      cell.metrics = {{"disf", 1}};
      const auto size = static_cast<std::int64_t>(n);
      cell.work = {{"rows_read", selector == "square" ? size * size : 2 * size},
                   {"distances", selector == "square" ? 0 : size}};
      cell.seconds = Seconds{0, 1e-6 * std::pow(n, selector == "square" ? 2.0 : 1.1), 0};
      if (selector == "broken") {
        cell.status = Status::failed;
        cell.reason = "by hand";
      }
      cells.push_back(to_json(cell));
      plan.push_back({{"key", cell.key}, {"repetition", 0}, {"axes", axes(selector, n)}});
    }
  }
  const Json table = {{"rows", "selector"},
                      {"columns", {"dataset.n"}},
                      {"cells", {"objective"}},
                      {"growth", {{"from", 3000}}}};
  std::vector<Json> records = {
      to_json(RunRecord{{{"id", "toy"}, {"question", "how fast?"}, {"table", table}}, "ci", plan})};
  records.insert(records.end(), cells.begin(), cells.end());
  const Table fit = growth_table(record_of<RunRecord>(records.front()), RecordIndex(records), 3000, true);
  REQUIRE((fit.columns.size() == 4 && fit.rows.size() == 3));
  CHECK(fit.columns[2].group == "from n = 3000");
  for (const std::size_t column : {0u, 1u, 2u, 3u}) {
    CHECK(*fit.rows[0].cells[column].mean == Approx(column % 2 == 0 ? 1.0 : 1.1));
    CHECK(*fit.rows[1].cells[column].mean == Approx(2.0));
    CHECK_FALSE(fit.rows[2].cells[column].mean.has_value());
    CHECK(fit.rows[2].cells[column].words == "-");
    CHECK(fit.rows[0].cells[column].sd.has_value() == (column < 2));  // two sizes have no interval
  }
  CHECK(fit.rows[0].cells[0].n == 3);
  const std::string all = render(records), work = render(records, {TableFormat::md, false});
  CHECK(all.find("Growth with n") != std::string::npos);
  CHECK(all.find("time") != std::string::npos);
  CHECK(work.find("Growth with n") != std::string::npos);
  CHECK(work.find(": time") == std::string::npos);
  INFO(all);
  CHECK(all.find(": time") != std::string::npos);
}

}  // namespace
}  // namespace maskbench
