// The two passes of pairwise similarity's relaxation gradient, X'p and then Xy, beside the bandwidth of
// memory.

#include <numeric>

#include "algorithms/kernels/rows.hpp"
#include "experiments/micro/limits.hpp"

namespace maskbench::micro {
namespace {

constexpr Index kRows = 100'000;

void add_size(Index dims, const std::vector<float>& values) {
  const MatrixView x{values.data(), kRows, dims, dims};
  std::vector<Index> rows(kRows);
  std::iota(rows.begin(), rows.end(), Index{0});
  const std::vector<double> inclusion(rows.size(), 0.1), y(dims, 0.5);
  const std::string size = "/n:" + std::to_string(kRows) + "/d:" + std::to_string(dims);
  const double bytes = 4.0 * static_cast<double>(kRows * dims);
  const auto sum = [=] { benchmark::DoNotOptimize(weighted_row_sum(x, rows, inclusion).data()); };
  const auto dots = [=, out = std::vector<double>(rows.size())]() mutable {
    row_dots(x, rows, y.data(), out);
  };
  add("weighted_row_sum" + size, sum, {streamed_bytes(bytes)}, {});
  add("row_dots" + size, dots, {streamed_bytes(bytes)}, {});
  add("relaxation_gradient" + size,
      [=, out = std::vector<double>(rows.size())]() mutable {
        const std::vector<double> mean = weighted_row_sum(x, rows, inclusion);
        row_dots(x, rows, mean.data(), out);
      },
      {streamed_bytes(2 * bytes)}, {.share = 0.7});
}

}  // namespace
}  // namespace maskbench::micro

int main(int argc, char** argv) {
  using namespace maskbench::micro;
  return run(argc, argv, [] {
    static const std::vector<float> values = noise(static_cast<std::size_t>(kRows) * 768);
    for (const maskbench::Index dims : {384, 768}) add_size(dims, values);
  });
}
