// greedy against naive_greedy on synthetic_web: the same problem, the same picks (checked before anything is
// timed), both timed in turn in each iteration, and the ratio of the two. naive_greedy's cost grows with the
// square of the picks, so the sizes here have few of them and a ratio belongs to its number of picks: at 10 %
// of the rows it is larger still (scripts/compare_numpy).

#include <benchmark/benchmark.h>
#include <omp.h>

#include <numeric>

#include "algorithms/core/objective.hpp"
#include "algorithms/core/registry.hpp"
#include "algorithms/core/selector.hpp"
#include "datasets/core/source_registry.hpp"
#include "experiments/machine/clock.hpp"

namespace maskbench {
namespace {

void compare(benchmark::State& state, const std::string& objective_text) {
  const Index n = state.range(0), dims = state.range(1), picks = state.range(2);
  const auto data =
      sources()
          .make(parse_spec("synthetic_web[n=" + std::to_string(n) + ",d=" + std::to_string(dims) + "]"))
          ->load();
  const auto objective = make_objective(objective_text, {*data, {}, picks});
  std::vector<Index> all(n);
  std::iota(all.begin(), all.end(), Index{0});
  const Problem problem{*data, all, {}, {}, objective.get(), {Unit::rows, picks, Fill::at_most}, {}};
  const auto greedy = selectors().make("greedy"), naive = selectors().make("naive_greedy");
  const auto picks_of = [&](Selector& selector) {
    RunContext context(0);
    return selector.select(problem, context).items;
  };
  if (picks_of(*greedy) != picks_of(*naive))
    return state.SkipWithError("greedy and naive_greedy pick different rows");

  double greedy_seconds = 0, naive_seconds = 0;
  for (auto _ : state) {
    naive_seconds += seconds_of([&] { benchmark::DoNotOptimize(picks_of(*naive)); });
    greedy_seconds += seconds_of([&] { benchmark::DoNotOptimize(picks_of(*greedy)); });
  }
  const auto runs = static_cast<double>(state.iterations());
  state.counters["greedy_s"] = greedy_seconds / runs;
  state.counters["naive_s"] = naive_seconds / runs;
  state.counters["ratio"] = naive_seconds / greedy_seconds;
}

const int kRegistered = [] {
  benchmark::AddCustomContext("maskbench build", MASKBENCH_BUILD_TYPE);
  benchmark::AddCustomContext("threads", std::to_string(omp_get_max_threads()));
  const auto add = [](const char* objective, const std::vector<std::vector<std::int64_t>>& sizes) {
    auto* bench = benchmark::RegisterBenchmark(
        (std::string("greedy_against_naive/") + objective).c_str(),
        [text = std::string(objective)](benchmark::State& state) { compare(state, text); });
    bench->ArgNames({"n", "d", "picks"})->UseRealTime()->Unit(benchmark::kMillisecond)->Iterations(3);
    for (const auto& size : sizes) bench->Args(size);
  };
  add("disf", {{500, 32, 50}, {2000, 128, 10}, {2000, 128, 20}, {2000, 128, 40}});
  add("facility_location", {{500, 32, 50}, {2000, 64, 10}, {2000, 64, 20}});
  return 0;
}();

}  // namespace
}  // namespace maskbench
