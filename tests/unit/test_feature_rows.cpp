// Rows in a scratch file: the kernels' bits, the file's faults.
#include "datasets/core/feature_rows.hpp"

#include <omp.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <utility>

#include "algorithms/kernels/principal_directions.hpp"
#include "algorithms/kernels/rows.hpp"
#include "datasets/core/huge_pages.hpp"
#include "datasets/core/source_registry.hpp"
#include "datasets/core/system_error.hpp"
#include "tests/contract/in_scratch.hpp"
#include "tests/unit/parquet_maker.hpp"
#include "tests/unit/random_rows.hpp"

namespace maskbench {
namespace {

using contract::in_scratch;
using test::Folder;

TEST_CASE("sums and dots of rows have the same bits from memory and from a file") {
  constexpr Index kRows = 5000, kCols = 251;  // enough for two threads
  const auto data = test::random_rows(4, kRows, kCols);
  const MatrixView memory = data->features();
  std::vector<Index> rows;  // runs, gaps, and out of order
  for (Index i = 0; i < kRows; ++i) {
    if (i % 7 != 3) rows.push_back(i);
  }
  std::swap(rows[10], rows[3000]);
  std::vector<double> weight(rows.size()), y(kCols), dots(rows.size()), got(rows.size());
  for (std::size_t k = 0; k < rows.size(); ++k) weight[k] = k % 5 == 0 ? 0 : 1.0 / static_cast<double>(k + 1);
  for (std::size_t k = 0; k < y.size(); ++k) y[k] = std::sin(static_cast<double>(k));
  row_dots(memory, rows, y.data(), dots);
  const int before = omp_get_max_threads();
  for (const std::size_t tile : {std::size_t{1}, std::size_t{5000}, kTileBytes}) {
    const auto twin = in_scratch(*data, tile);
    const FeatureRows file = twin->feature_rows();
    for (const int threads : {1, 2}) {
      INFO(tile << " bytes, threads " << threads);
      omp_set_num_threads(threads);
      CHECK(row_sum(file, rows) == row_sum(memory, rows));
      CHECK(weighted_row_sum(file, rows, weight) == weighted_row_sum(memory, rows, weight));
      CHECK(squared_norms(file) == squared_norms(memory));
      row_dots(file, rows, y.data(), got);
      CHECK(got == dots);
      CHECK(principal_directions(file, rows, 9) == principal_directions(memory, rows, 9));
      omp_set_num_threads(before);
    }
  }
}

TEST_CASE("a walk over a file sees every row once, in order") {
  const auto data = test::random_rows(5, 103, 7);
  const auto twin = in_scratch(*data, 64);
  for (const std::size_t bytes : {std::size_t{1}, std::size_t{300}, kTileBytes}) {
    Index next = 0;
    for_each_tile(twin->feature_rows(), bytes, [&](Index first, MatrixView tile) {
      CHECK(first == next);
      for (Index i = 0; i < tile.rows; ++i)
        CHECK(std::equal(tile.row(i), tile.row(i) + 7, data->features().row(first + i)));
      next += tile.rows;
    });
    CHECK(next == 103);
  }
}

TEST_CASE("a scratch file has no name, and a folder that will not do is named") {
  const Folder folder;
  {
    RowFile file(folder / "", 3, 2);
    file.append(std::vector<float>{1, 2, 3, 4, 5, 6});
    CHECK(folder.files() == 0);
    CHECK(file.rows() == 2);
    CHECK(file.bytes() == 24);
    const FeatureRows rows(file);
    CHECK_THROWS_AS(rows.in_memory(), UserError);
    CHECK(RowReader(rows).row(1)[2] == 6);
    const Index beyond = 2;
    std::vector<float> out(3, 1.0f);
    file.read(&beyond, 1, out.data());  // as if the disk had lost it
    CHECK(out == std::vector<float>(3, 0.0f));
    CHECK_THROWS_AS(rows.check(), std::runtime_error);
  }
  test::wants_user_error([&] { RowFile(folder / "none", 3, 2); }, {"none", "--scratch"});
  CHECK_THROWS_AS(RowFile(folder / "", 1 << 20, Index{1} << 38), MachineFault);  // an exabyte
  CHECK(folder.files() == 0);
}

TEST_CASE("large memory asks for huge pages, small memory does not") {
  if (!std::ifstream("/sys/kernel/mm/transparent_hugepage/enabled")) {
    WARN("this kernel has no huge pages");
    return;
  }
  // The flags of the mapping that holds an address.
  const auto asks = [](const void* address) {
    std::ifstream maps("/proc/self/smaps");
    const auto wanted = reinterpret_cast<std::uintptr_t>(address);
    bool inside = false;
    for (std::string line; std::getline(maps, line);) {
      unsigned long begin = 0, end = 0;
      if (std::sscanf(line.c_str(), "%lx-%lx ", &begin, &end) == 2) inside = begin <= wanted && wanted < end;
      if (inside && line.starts_with("VmFlags:")) return line.find(" hg") != std::string::npos;
    }
    return false;
  };
  std::vector<float> large, small;
  large.reserve(std::size_t{1} << 24);
  small.reserve(std::size_t{1} << 16);
  const bool before =
      asks(small.data() + small.capacity() / 2);  // malloc may hand out what an earlier test asked for
  prefer_huge_pages(large);
  prefer_huge_pages(small);
  CHECK(asks(large.data() + large.capacity() / 2));
  CHECK(asks(small.data() + small.capacity() / 2) == before);

  const auto web = sources().make(parse_spec("synthetic_web[n=60000,d=256]"))->load();
  CHECK(asks(web->features().row(30000)));
}

}  // namespace
}  // namespace maskbench
