// The same bits on any x86-64: objectives with vector kernels, under each instruction set that this machine
// has.
#include <hwy/targets.h>

#include <catch2/catch.hpp>

#include "algorithms/core/registry.hpp"
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
    for (const char* text :
         {"disf", "disf[standardise=frozen]", "facility_location", "facility_location[kernel_bytes=0]"}) {
      const std::vector<double> expected = numbers_of(*data, text);
      for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
        INFO(text << ", d " << d << ", " << hwy::TargetName(target));
        const OnlyTarget only(target);
        CHECK(numbers_of(*data, text) == expected);
      }
    }
  }
}

}  // namespace
}  // namespace maskbench
