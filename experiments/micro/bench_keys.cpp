// Keys and top-S of a DATAMASK step's masks beside the rate of random words, one a key.

#include "algorithms/kernels/gumbel_topk.hpp"
#include "datasets/arithmetic/canonical_math.hpp"
#include "experiments/micro/limits.hpp"

namespace maskbench::micro {
namespace {

constexpr Index kMasks = 128;

void add_size(Index batch, Index picked) {
  const Stream logits(1, purpose("bench logits"));
  std::vector<double> weight(batch);
  for (std::size_t i = 0; i < weight.size(); ++i) weight[i] = canonical::exp(3 * logits.uniform(i) - 3);
  const double keys = static_cast<double>(batch * kMasks);
  const auto draw = [=](bool ordered) {
    return [=, number = std::uint64_t{0}, sampler = MaskSampler(), masks = MaskSet()]() mutable {
      sampler.draw({1, purpose("bench masks")}, number, weight, kMasks, picked, ordered, masks);
      number += static_cast<std::uint64_t>(kMasks);
    };
  };
  const std::string size = "/batch:" + std::to_string(batch) + "/picked:" + std::to_string(picked);
  add("keys_top_s" + size, draw(false), {philox(keys)}, {.nanoseconds = 2.5, .items = keys});
  add("keys_top_s/ordered" + size, draw(true), {philox(keys)}, {.items = keys});
}

}  // namespace
}  // namespace maskbench::micro

int main(int argc, char** argv) {
  using namespace maskbench::micro;
  return run(argc, argv, [] {
    add_size(5'000, 500);
    add_size(50'000, 5'000);
    add_size(5'000, 50);
  });
}
