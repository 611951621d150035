// The sums of a DATAMASK step's masks beside the bandwidth of memory (each row of the batch once) and the
// rate of float32 additions in a level-1 cache; on pages of 4 KiB, where each row of the batch costs a walk
// of the page tables, and of 2 MiB. Batches change from call to call, as in a run: a batch is not in a cache
// when it comes. Rounded rows are on pages of 4 KiB.

#include <algorithm>
#include <memory>
#include <numeric>
#include <utility>

#include "algorithms/kernels/gumbel_topk.hpp"
#include "algorithms/kernels/masked_row_sums.hpp"
#include "algorithms/kernels/random_subset.hpp"
#include "experiments/micro/limits.hpp"

namespace maskbench::micro {
namespace {

constexpr Index kRows = 100'000, kBatch = 5'000, kPicked = 500, kMasks = 128;

void add_size(const StoredRows& x, const std::string& what, const MaskSet& masks) {
  const Index dims = x.cols;
  std::vector<std::vector<Index>> batches;
  for (std::uint64_t draw = 0; draw < 16; ++draw) {
    batches.push_back(random_subset(Stream(1, purpose("bench batches")), draw, kRows, kBatch));
  }
  add("masked_row_sums/n:" + std::to_string(kRows) + "/d:" + std::to_string(dims) +
          "/batch:" + std::to_string(kBatch) + what,
      [=, turn = std::size_t{0}, sums = std::make_shared<MaskedRowSums>()]() mutable {
        benchmark::DoNotOptimize(sums->of(x, batches[turn++ % batches.size()], masks).data());
      },
      {streamed_bytes(static_cast<double>(bytes_of(x.type)) * static_cast<double>(kBatch * dims)),
       level1_adds(static_cast<double>(kMasks * kPicked * dims))},
      {.share = 0.6});
}

}  // namespace
}  // namespace maskbench::micro

int main(int argc, char** argv) {
  using namespace maskbench::micro;
  return run(argc, argv, [] {
    static const std::vector<float> values = noise(static_cast<std::size_t>(kRows) * 768);
    static maskbench::MaskSet masks;
    const std::vector<double> weight(kBatch, 1.0);
    maskbench::MaskSampler().draw({1, maskbench::purpose("bench masks")}, 0, weight, kMasks, kPicked, false,
                                  masks);
    const float* huge = noise_on_huge_pages(values.size());
    for (const maskbench::Index dims : {384, 768}) {
      const auto of = [dims](const float* from) { return maskbench::MatrixView{from, kRows, dims, dims}; };
      add_size(of(values.data()), "/pages:4K", masks);
      add_size(of(huge), "/pages:2M", masks);
      static std::vector<maskbench::RoundedRows> rounded;  // on pages of 4 KiB
      rounded.reserve(4);
      std::vector<maskbench::Index> all(kRows);
      std::iota(all.begin(), all.end(), maskbench::Index{0});
      for (const auto& [type, name] :
           {std::pair{maskbench::DType::bf16, "/bfloat16"}, {maskbench::DType::i8, "/int8"}}) {
        rounded.emplace_back(of(values.data()), all, type);
        add_size(rounded.back().view(), name, masks);
      }
    }
  });
}
