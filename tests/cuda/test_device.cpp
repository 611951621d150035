// What a device computes against the CPU. Where there is none, the program says why and exits 77.
#include <catch2/catch.hpp>

#include <cstdlib>
#include <iostream>

#include "algorithms/core/selector.hpp"
#include "algorithms/kernels/cuda/host_machine.hpp"
#include "algorithms/kernels/cuda/step_program.hpp"
#include "datasets/core/source_registry.hpp"
#include "experiments/problem/problem_setup.hpp"
#include "tests/unit/device_case.hpp"
#include "tests/unit/loop_case.hpp"

namespace maskbench {
namespace {

using namespace test;

void need_device() {
  const std::string reason = cuda::device_shortage(0);
  if (reason.empty()) return;
  std::cout << "skipped: " << reason << std::endl;
  std::exit(77);
}

struct OnDevice {
  static auto pairwise(MatrixView x, std::span<const Index> batch, const cuda::GivenSets& sets) {
    return cuda::pairwise_rewards(x, batch, sets);
  }
  static auto disf(MatrixView x, std::span<const Index> batch, const cuda::GivenSets& sets) {
    return cuda::disf_rewards(x, batch, sets);
  }
  static auto products(MatrixView x, std::span<const Index> rows, std::span<const double> y) {
    return cuda::row_products(x, rows, y);
  }
  static auto gains(MatrixView x, std::span<const Index> reference, std::span<const Index> candidates,
                    std::span<const double> best) {
    return cuda::facility_location_gains(x, reference, candidates, best);
  }
};

TEST_CASE("rewards, products and gains of the device agree with the CPU's") {
  need_device();
  check_rewards_products_and_gains<OnDevice>();
}

TEST_CASE("the device's logits are those of its kernels' bodies run on the host, bit for bit") {
  need_device();
  for (const LoopCase& of : loop_cases()) {
    INFO(of.name);
    const MatrixView x = of.data->features();
    cuda::LogitLoopOn<cuda::HostMachine> host(std::make_shared<cuda::HostRows>(x, of.uploaded), of.input());
    const auto device = cuda::make_logit_loop(cuda::upload_rows(x, of.uploaded), of.input());
    for (const std::int64_t steps : {1, 4}) {
      host.run(steps);
      device->run(steps);
      CHECK(device->logits() == host.logits());
    }
  }
}

double value_of(const ProblemSetup& setup, const std::string& selector_text, std::uint64_t seed,
                std::vector<Index>* items = nullptr) {
  const auto selector = selectors().make(selector_text);
  REQUIRE(selector.refusal(setup.problem()) == "");
  selector->prepare(setup.problem());
  RunContext context(seed);
  const Selection selection = selector->select(setup.problem(), context);
  if (items != nullptr) *items = selection.items;
  return setup.objective().value(selection.items);
}

TEST_CASE("whole runs on the device reach the CPU's value within three seed deviations") {
  need_device();
  constexpr int kSeeds = 8;
  const auto data = sources().make(parse_spec("synthetic_web[n=6000,d=96]"))->load();
  for (const char* objective : {"joint", "pairwise_similarity", "quality"}) {
    ProblemRequest request;
    request.objective = objectives().named(objective);
    request.budget.fraction = 0.1;
    const ProblemSetup setup(data, request);
    for (const std::string& given :
         {std::string("steps=600"), std::string("steps=400,group_size=50,blocks=3,final=top")}) {
      INFO(objective << ", " << given);
      double sum = 0, squares = 0, device = 0;
      for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        const double value = value_of(setup, "datamask[" + given + "]", seed);
        sum += value;
        squares += value * value;
        device += value_of(setup, "datamask[device=cuda," + given + "]", seed) / kSeeds;
      }
      const double mean = sum / kSeeds;
      const double deviation =
          std::sqrt(std::max(squares / kSeeds - mean * mean, 0.0) * kSeeds / (kSeeds - 1));
      CHECK(std::abs(device - mean) <= 3 * deviation + 1e-12);
    }
  }
}

TEST_CASE("a run on the device gives the same ids again") {
  need_device();
  const auto data = sources().make(parse_spec("synthetic_web[n=3000,d=40]"))->load();
  ProblemRequest request;
  request.objective = objectives().named("joint");
  request.budget.fraction = 0.05;
  const ProblemSetup setup(data, request);
  std::vector<Index> first, second;
  value_of(setup, "datamask[device=cuda,steps=150]", 3, &first);
  value_of(setup, "datamask[device=cuda,steps=150]", 3, &second);
  CHECK(first == second);
}

}  // namespace
}  // namespace maskbench
