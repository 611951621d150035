// The parts of one DATAMASK step, each beside its plain loop, on synthetic_web.
//   bench_datamask_step [--rows=N] [--dims=D] [--batch=SHARE] [--masks=G] [Google Benchmark's options]
//   bench_datamask_step [sizes] --serve-step=FOLDER
// The second form is scripts/compare_numpy's: it writes a step's input and outcome to FOLDER as .npy files,
// then does the step once for each line on standard input and answers with its seconds.

#include <benchmark/benchmark.h>
#include <omp.h>

#include <cstdio>
#include <filesystem>
#include <iostream>
#include <numeric>

#include "algorithms/core/registry.hpp"
#include "algorithms/datamask/block.hpp"
#include "algorithms/datamask/logits.hpp"
#include "algorithms/kernels/gumbel_topk.hpp"
#include "algorithms/kernels/masked_row_sums.hpp"
#include "algorithms/kernels/plackett_luce.hpp"
#include "algorithms/kernels/random_subset.hpp"
#include "datasets/core/source_registry.hpp"
#include "datasets/core/whole_file.hpp"
#include "experiments/machine/clock.hpp"

namespace maskbench {
namespace {

constexpr double kBudget = 0.1;  // share of the rows that is selected
constexpr double kEta = 4;

struct Sizes {
  Index rows = 100'000, dims = 768, masks = 128;
  double batch = 0.05;
};

DatamaskParams with_batch(double share) {
  DatamaskParams params;
  params.batch = share;
  return params;
}

// A step's input, and the memory that a step reuses.
struct Step {
  explicit Step(const Sizes& sizes)
      : data(sources()
                 .make(parse_spec("synthetic_web[n=" + std::to_string(sizes.rows) +
                                  ",d=" + std::to_string(sizes.dims) + "]"))
                 ->load()),
        objective(make_objective("pairwise_similarity", {*data, {}, budget_rows(sizes)})),
        scorer(objective->scorer()),
        size(batch_size(sizes.rows, budget_rows(sizes), with_batch(sizes.batch))),
        group(sizes.masks),
        logits(sizes.rows),
        reward(sizes.masks) {
    const Stream noise(1, purpose("bench logits"));
    for (std::size_t i = 0; i < logits.size(); ++i)
      logits[i] = noise.uniform(i);  // as quality in [0, 1] would give
    choose_batch(0);
    sampler.draw(draws, 0, weight, group, size.picked, false, masks);
    scorer->score(batch, masks, reward);
    advantage = reward;
    normalise(advantage, false);
  }

  static Index budget_rows(const Sizes& sizes) {
    return static_cast<Index>(kBudget * static_cast<double>(sizes.rows));
  }

  void choose_batch(std::uint64_t number) {
    batch = random_subset(batches, number, data->size(),
                          size.rows);  // rows and their logits have the same places
    batch_weights(logits, batch, weight);
    gradient.resize(batch.size());
  }

  // What a step does once its masks are given.
  void learn() {
    scorer->score(batch, masks, reward);
    advantage = reward;
    normalise(advantage, false);
    mask_gradient(masks, advantage, gradient);
    const double factor = kEta / static_cast<double>(group);
    for (std::size_t b = 0; b < batch.size(); ++b) logits[batch[b]] += factor * gradient[b];
  }

  double adds() const { return static_cast<double>(group * size.picked * data->features().cols); }
  double keys() const { return static_cast<double>(group * size.rows); }

  std::shared_ptr<const Dataset> data;
  std::unique_ptr<Objective> objective;
  std::unique_ptr<MaskScorer> scorer;
  BatchSize size;
  Index group;
  Stream batches{1, purpose("bench batches")}, draws{1, purpose("bench masks")};
  std::vector<Index> batch;
  std::vector<double> logits, weight, reward, advantage, gradient;
  MaskSampler sampler;
  MaskSet masks;
  MaskedRowSums sums;
};

using Counter = benchmark::Counter;
Counter rate(double each) {
  return {each, Counter::kIsIterationInvariantRate};
}

template <class Body>
void add(const char* name, const std::vector<std::pair<std::string, double>>& rates, Body body) {
  benchmark::RegisterBenchmark(name,
                               [rates, body](benchmark::State& state) mutable {
                                 for (auto _ : state) body();
                                 for (const auto& [what, each] : rates) state.counters[what] = rate(each);
                               })
      ->UseRealTime()
      ->Unit(benchmark::kMillisecond);
}

void add_parts(Step& step) {
  const MatrixView x = step.data->features();
  const double batch_bytes = 4.0 * static_cast<double>(step.size.rows * x.cols);
  const double mask_bytes = 4.0 * static_cast<double>(step.masks.items.size());
  add("draw_masks", {{"keys", step.keys()}, {"bytes", mask_bytes}}, [&] {
    step.sampler.draw(step.draws, 0, step.weight, step.group, step.size.picked, false, step.masks);
  });
  add("draw_masks/ordered", {{"keys", step.keys()}, {"bytes", mask_bytes}}, [&] {
    MaskSet ordered;
    step.sampler.draw(step.draws, 0, step.weight, step.group, step.size.picked, true, ordered);
    benchmark::DoNotOptimize(ordered.items.data());
  });
  add("draw_masks/plain", {{"keys", step.keys()}, {"bytes", mask_bytes}}, [&] {
    for (Index j = 0; j < step.group; ++j) {
      benchmark::DoNotOptimize(
          ordered_sample(step.draws, static_cast<std::uint64_t>(j), step.weight, step.size.picked));
    }
  });
  add("masked_row_sums", {{"adds", step.adds()}, {"bytes", batch_bytes}},
      [&step, x] { benchmark::DoNotOptimize(step.sums.of(x, step.batch, step.masks).data()); });
  add("masked_row_sums/plain", {{"adds", step.adds()}, {"bytes", 4 * step.adds()}},
      [&step, x] { benchmark::DoNotOptimize(masked_row_sums_reference(x, step.batch, step.masks)); });
  add("scorer", {{"adds", step.adds()}, {"bytes", batch_bytes}},
      [&] { step.scorer->score(step.batch, step.masks, step.reward); });
  const double picks = static_cast<double>(step.masks.items.size());
  add("gradient/mask", {{"adds", picks}, {"bytes", mask_bytes}},
      [&] { mask_gradient(step.masks, step.advantage, step.gradient); });
  add("gradient/mask/plain", {{"adds", picks}, {"bytes", mask_bytes}}, [&] {
    std::fill(step.gradient.begin(), step.gradient.end(), 0.0);
    for (std::size_t at = 0; at < step.masks.items.size(); ++at) {
      step.gradient[step.masks.items[at]] += step.advantage[at / static_cast<std::size_t>(step.masks.picked)];
    }
    benchmark::ClobberMemory();
  });
  add("gradient/pl_ordered", {{"adds", picks}, {"bytes", mask_bytes}},
      [&] { pl_ordered_gradient(step.masks, step.weight, step.advantage, step.gradient); });
  add("gradient/pl_set", {{"adds", picks}, {"bytes", mask_bytes}},
      [&] { pl_set_gradient(step.masks, step.weight, step.advantage, step.gradient); });
  add("step", {{"keys", step.keys()}, {"adds", step.adds()}, {"bytes", batch_bytes}},
      [&step, number = std::uint64_t{0}]() mutable {
        step.choose_batch(++number);
        step.sampler.draw(step.draws, number * static_cast<std::uint64_t>(step.group), step.weight,
                          step.group, step.size.picked, false, step.masks);
        step.learn();
      });
}

template <class T>
void write_npy(const std::filesystem::path& file, const char* type, const std::string& shape, const T* values,
               std::size_t count) {
  std::string header =
      std::string("{'descr': '") + type + "', 'fortran_order': False, 'shape': (" + shape + "), }";
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  std::string prefix("\x93NUMPY\x01\x00", 8);
  prefix += {static_cast<char>(header.size() & 0xff), static_cast<char>(header.size() >> 8)};
  WholeFile whole(file.string());
  whole.append((prefix + header).data(), prefix.size() + header.size());
  whole.append(values, count * sizeof(T));
  whole.commit();
}

// `masks` are positions in the batch; `before` and `after` are the batch's logits.
int serve(Step& step, const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  const auto list = [&](const char* name, const char* type, const auto& values) {
    write_npy(folder / name, type, std::to_string(values.size()) + ",", values.data(), values.size());
  };
  const auto batch_logits = [&] {
    std::vector<double> values;
    for (const Index row : step.batch) values.push_back(step.logits[row]);
    return values;
  };
  const MatrixView x = step.data->features();
  write_npy(folder / "features.npy", "<f4", std::to_string(x.rows) + ", " + std::to_string(x.cols), x.data,
            static_cast<std::size_t>(x.rows * x.cols));
  write_npy(folder / "masks.npy", "<i4", std::to_string(step.group) + ", " + std::to_string(step.size.picked),
            step.masks.items.data(), step.masks.items.size());
  list("batch.npy", "<i8", step.batch);
  list("before.npy", "<f8", batch_logits());
  step.learn();
  list("rewards.npy", "<f8", step.reward);
  list("after.npy", "<f8", batch_logits());
  std::cout << "ready" << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    const double seconds = seconds_of([&] { step.learn(); });
    std::printf("%.9f\n", seconds);
    std::fflush(stdout);
  }
  return 0;
}

int run(int argc, char** argv) {
  Sizes sizes;
  std::string folder;
  std::vector<char*> left;
  for (char* argument : std::span(argv, static_cast<std::size_t>(argc))) {
    const std::string text = argument;
    const auto value = [&](const std::string& name) { return text.substr(name.size()); };
    if (text.starts_with("--rows="))
      sizes.rows = std::stoll(value("--rows="));
    else if (text.starts_with("--dims="))
      sizes.dims = std::stoll(value("--dims="));
    else if (text.starts_with("--masks="))
      sizes.masks = std::stoll(value("--masks="));
    else if (text.starts_with("--batch="))
      sizes.batch = std::stod(value("--batch="));
    else if (text.starts_with("--serve-step="))
      folder = value("--serve-step=");
    else
      left.push_back(argument);
  }
  int count = static_cast<int>(left.size());
  benchmark::Initialize(&count, left.data());
  if (benchmark::ReportUnrecognizedArguments(count, left.data())) return 2;
  Step step(sizes);
  if (!folder.empty()) return serve(step, folder);
  benchmark::AddCustomContext("maskbench build", MASKBENCH_BUILD_TYPE);
  benchmark::AddCustomContext("threads", std::to_string(omp_get_max_threads()));
  benchmark::AddCustomContext(
      "sizes", "n " + std::to_string(sizes.rows) + ", d " + std::to_string(sizes.dims) + ", N_b " +
                   std::to_string(step.size.rows) + ", S_b " + std::to_string(step.size.picked) + ", G " +
                   std::to_string(sizes.masks));
  add_parts(step);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace
}  // namespace maskbench

int main(int argc, char** argv) {
  try {
    return maskbench::run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "bench_datamask_step: " << error.what() << '\n';
    return 2;
  }
}
