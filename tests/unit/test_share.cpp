// Shares as a user means them: decimal numbers, of which no digit is lost.
#include "datasets/core/share.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <limits>
#include <string>

namespace maskbench {
namespace {

TEST_CASE("every share of up to four places is exact, of any whole") {
  for (Index places = 1; places <= 10'000; places *= 10) {
    for (Index part = 0; part <= places; part += 1 + places / 1000) {
      const double share = std::strtod(
          (std::to_string(part) + "e-" + std::to_string(std::to_string(places).size() - 1)).c_str(), nullptr);
      for (const Index whole : {0, 1, 3, 10, 99, 100, 1000, 10'509, 1'000'000, 2'100'000'000}) {
        CHECK(share_floor(share, whole) == part * whole / places);
        CHECK(share_ceil(share, whole) == (part * whole + places - 1) / places);
      }
    }
  }
}

TEST_CASE("what the product of doubles gets wrong") {
  CHECK(share_floor(0.29, 100) == 29);
  CHECK(share_floor(0.57, 100) == 57);
  CHECK(share_floor(0.07, 100) == 7);
  CHECK(share_ceil(0.07, 100) == 7);  // 7.000000000000001
  CHECK(share_ceil(0.55, 100) == 55);
}

TEST_CASE("shares at the ends of what a double holds") {
  const Index most = std::numeric_limits<Index>::max();
  CHECK(share_floor(1, most) == most);
  CHECK(share_floor(0, most) == 0);
  CHECK(share_ceil(0, most) == 0);
  CHECK(share_floor(5e-324, most) == 0);
  CHECK(share_ceil(5e-324, most) == 1);
  CHECK(share_floor(1e-18, most) == 9);
  CHECK(share_floor(1.0 / 3, 3) == 0);  // 0.3333333333333333 is what it says
  CHECK(share_floor(0.1, most) == most / 10);
  CHECK(share_floor(2.5, 3) == 7);
  CHECK(share_floor(1e3, 5) == 5000);
  CHECK_THROWS_AS(share_floor(-0.1, 5), std::logic_error);
  CHECK_THROWS_AS(share_floor(std::numeric_limits<double>::quiet_NaN(), 5), std::logic_error);
}

}  // namespace
}  // namespace maskbench
