// The same bits on any x86-64: objectives with vector kernels, under each instruction set that this machine
// has.
#include <hwy/targets.h>

#include <catch2/catch.hpp>

#include "algorithms/core/registry.hpp"
#include "algorithms/kernels/masked_row_sums.hpp"
#include "tests/unit/random_rows.hpp"

namespace maskbench {
namespace {

using namespace test;

// Makes Highway choose one instruction set until the end of the scope.
class OnlyTarget {
 public:
  explicit OnlyTarget(std::int64_t target) { choose(target); }
  ~OnlyTarget() { choose(0); }
  OnlyTarget(const OnlyTarget&) = delete;
  OnlyTarget& operator=(const OnlyTarget&) = delete;

 private:
  static void choose(std::int64_t target) {
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
};

std::vector<double> numbers_of(const Dataset& data, const std::string& text) {
  const auto objective = objective_of(data, text);
  const std::vector<Index> all = all_rows(data.size()), items = some_rows(1, data.size(), 25);
  const auto state = objective->start({30, all, items});
  std::vector<double> numbers(all.size());
  state->gains(all, numbers);
  for (const Index size : {5, 40}) {
    const MaskSet masks = random_masks(1, 4, data.size(), size);
    std::vector<double> rewards(4);
    objective->scorer()->score(all, masks, rewards);
    numbers.insert(numbers.end(), rewards.begin(), rewards.end());
  }
  numbers.push_back(objective->value(items));
  numbers.push_back(objective->random_expectation(20).value_or(0));
  return numbers;
}

TEST_CASE("values, gains and rewards have the same bits under every instruction set") {
  for (const Index d : {6, 35}) {
    const auto data = random_rows(1, 150, d, {.duplicates = true});
    for (const char* text : {"disf", "disf[standardise=frozen]", "facility_location",
                             "facility_location[kernel_bytes=0]", "pairwise_similarity"}) {
      const std::vector<double> expected = numbers_of(*data, text);
      for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
        INFO(text << ", d " << d << ", " << hwy::TargetName(target));
        const OnlyTarget only(target);
        CHECK(numbers_of(*data, text) == expected);
      }
    }
  }
}

TEST_CASE("sums of rounded rows have the same bits under every instruction set") {
  const auto data = random_rows(2, 150, 70, {});
  const std::vector<Index> all = all_rows(150);
  const MaskSet masks = random_masks(3, 6, 150, 31);
  for (const DType type : {DType::bf16, DType::i8}) {
    const RoundedRows rounded(data->features(), all, type);
    MaskedRowSums kernel;
    const std::span<const float> sums = kernel.of(rounded.view(), all, masks);
    const std::vector<float> expected(sums.begin(), sums.end());
    for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
      INFO(hwy::TargetName(target));
      const OnlyTarget only(target);
      const std::span<const float> again = kernel.of(rounded.view(), all, masks);
      CHECK(std::vector<float>(again.begin(), again.end()) == expected);
    }
  }
}

}  // namespace
}  // namespace maskbench
