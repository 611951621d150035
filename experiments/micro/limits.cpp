#include "experiments/micro/limits.hpp"

#include <cblas.h>
#include <omp.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <memory>

#include "algorithms/kernels/clones.hpp"
#include "algorithms/kernels/philox_words.hpp"
#include "experiments/machine/clock.hpp"

namespace maskbench::micro {
namespace {

constexpr std::size_t kBuffer = std::size_t{1} << 25;  // words of 8 bytes: 256 MiB
constexpr std::size_t kPiece = 1 << 13;                // words that a thread reads at a time
constexpr std::size_t kSums = 4096;                    // floats: 16 KiB

MASKBENCH_CLONES std::uint64_t read_words(const std::uint64_t* words, std::size_t count) {
  std::uint64_t sum = 0;
  for (std::size_t k = 0; k < count; ++k) sum += words[k];
  return sum;
}

MASKBENCH_CLONES void add_row(float* sums, const float* row, std::size_t rounds) {
  constexpr std::size_t kSlice = 64;
  float x[kSlice];
  for (std::size_t k = 0; k < kSlice; ++k) x[k] = row[k];
  for (std::size_t round = 0; round < rounds; ++round) {
    for (std::size_t first = 0; first < kSums; first += kSlice) {
      for (std::size_t k = 0; k < kSlice; ++k) sums[first + k] += x[k];
    }
  }
}

const std::vector<std::uint64_t>& buffer() {
  static const std::vector<std::uint64_t> words = [] {
    std::vector<std::uint64_t> made(kBuffer);
    for (std::size_t k = 0; k < made.size(); ++k) made[k] = k;
    return made;
  }();
  return words;
}

template <class Syrk>
Limit syrk(const char* name, Syrk syrk_of, Index side, Index depth, Index count) {
  using Real = typename Syrk::Real;
  const auto a = std::make_shared<std::vector<Real>>(side * depth);
  const std::vector<float> values = noise(a->size());
  std::copy(values.begin(), values.end(), a->begin());
  const auto probe = [=] {
    openblas_set_num_threads(1);
#pragma omp parallel
    {
      std::vector<Real> out(side * side);
#pragma omp for schedule(dynamic)
      for (Index k = 0; k < count; ++k)
        syrk_of(static_cast<blasint>(side), static_cast<blasint>(depth), a->data(), out.data());
    }
  };
  const double flops = static_cast<double>(count) * static_cast<double>(side) *
                       static_cast<double>(side + 1) * static_cast<double>(depth);
  return {name, probe, flops * 1e-9, std::string(name) + "_Gflop_per_s"};
}

struct Dsyrk {
  using Real = double;
  void operator()(blasint side, blasint depth, const double* a, double* out) const {
    cblas_dsyrk(CblasRowMajor, CblasUpper, CblasNoTrans, side, depth, 1, a, depth, 0, out, side);
  }
};
struct Ssyrk {
  using Real = float;
  void operator()(blasint side, blasint depth, const float* a, float* out) const {
    cblas_ssyrk(CblasRowMajor, CblasUpper, CblasNoTrans, side, depth, 1, a, depth, 0, out, side);
  }
};

double fastest(const std::vector<double>& seconds) {
  return *std::min_element(seconds.begin(), seconds.end());
}

void measure(benchmark::State& state, const Step& kernel, const std::vector<Limit>& limits, std::size_t held,
             Target target) {
  const auto threads = static_cast<int>(state.range(0));
  omp_set_num_threads(threads);
  kernel();  // pages and caches as they are from then on
  for (const Limit& limit : limits) limit.probe();
  std::vector<double> seconds;
  std::vector<std::vector<double>> probes(limits.size());
  for (auto _ : state) {
    for (std::size_t l = 0; l < limits.size(); ++l) probes[l].push_back(seconds_of(limits[l].probe));
    seconds.push_back(seconds_of(kernel));
    state.SetIterationTime(seconds.back());
  }
  double share = 0;
  for (std::size_t l = 0; l < limits.size(); ++l) {
    const double of = fastest(probes[l]) / fastest(seconds);
    state.counters["of_" + limits[l].name] = of;
    state.counters[limits[l].rate] = limits[l].amount / fastest(probes[l]);
    if (l < held) share = std::max(share, of);
  }
  state.counters["share"] = share;
  state.counters["fastest_ms"] = 1e3 * fastest(seconds);
  if (target.items > 0)
    state.counters["ns_per_item_and_thread"] = 1e9 * threads * fastest(seconds) / target.items;
  if (target.share > 0) state.counters["target_share"] = target.share;
  if (target.nanoseconds > 0) state.counters["target_ns"] = target.nanoseconds;
}

}  // namespace

namespace {
void fill(float* values, std::size_t count) {
  std::uint32_t state = 1;
  for (std::size_t k = 0; k < count; ++k) {
    state = state * 1664525u + 1013904223u;
    values[k] = static_cast<float>(static_cast<std::int32_t>(state)) * 0x1p-31f;
  }
}
}  // namespace

std::vector<float> noise(std::size_t count) {
  std::vector<float> values(count);
  fill(values.data(), count);
  return values;
}

const float* noise_on_huge_pages(std::size_t count) {
  constexpr std::size_t kPage = std::size_t{1} << 21;
  const std::size_t bytes = (count * sizeof(float) + kPage - 1) / kPage * kPage;
  auto* values = static_cast<float*>(std::aligned_alloc(kPage, bytes));
  MASKBENCH_CHECK(values != nullptr, "memory for the benchmark");
  madvise(values, bytes, MADV_HUGEPAGE);
  fill(values, count);
  return values;
}

Limit streamed_bytes(double bytes) {
  const auto from = std::make_shared<std::size_t>(0);
  const auto words = static_cast<std::size_t>(bytes / 8);
  const auto probe = [=] {
    const std::uint64_t* data = buffer().data();
    const std::size_t pieces = (words + kPiece - 1) / kPiece, all = kBuffer / kPiece, start = *from;
    std::uint64_t sum = 0;
#pragma omp parallel for schedule(static) reduction(+ : sum)
    for (std::size_t piece = 0; piece < pieces; ++piece) {
      sum += read_words(data + (start + piece) % all * kPiece, std::min(kPiece, words - piece * kPiece));
    }
    benchmark::DoNotOptimize(sum);
    *from = (start + pieces) % all;
  };
  return {"bandwidth", probe, bytes * 1e-9, "GB_per_s"};
}

Limit level1_adds(double adds) {
  const std::vector<float> row = noise(64);
  const auto rounds = static_cast<std::size_t>(adds / kSums);
  const auto probe = [=] {
#pragma omp parallel
    {
      alignas(64) float sums[kSums] = {};
      const auto threads = static_cast<std::size_t>(omp_get_num_threads()),
                 own = static_cast<std::size_t>(omp_get_thread_num());
      add_row(sums, row.data(), rounds * (own + 1) / threads - rounds * own / threads);
      benchmark::DoNotOptimize(sums[own]);
    }
  };
  return {"adds", probe, adds * 1e-9, "Gadds_per_s"};
}

Limit philox(double words) {
  constexpr std::size_t kBlocks = 1024;
  const auto calls = static_cast<Index>(words / (4 * kBlocks));
  const auto probe = [=] {
    const Stream stream(1, purpose("bench words"));
#pragma omp parallel
    {
      std::vector<std::uint32_t> drawn;
#pragma omp for schedule(static)
      for (Index call = 0; call < calls; ++call) {
        philox_words(stream, static_cast<std::uint64_t>(call), kBlocks, drawn);
        benchmark::DoNotOptimize(drawn.data());
      }
    }
  };
  return {"philox", probe, words * 1e-9, "Gwords_per_s"};
}

Limit dsyrk(Index side, Index depth, Index count) {
  return syrk("dsyrk", Dsyrk{}, side, depth, count);
}
Limit ssyrk(Index side, Index depth, Index count) {
  return syrk("ssyrk", Ssyrk{}, side, depth, count);
}

void add(const std::string& name, const Step& kernel, std::vector<Limit> limits, Target target,
         std::vector<Limit> beside) {
  const std::size_t held = limits.size();
  limits.insert(limits.end(), std::make_move_iterator(beside.begin()), std::make_move_iterator(beside.end()));
  benchmark::RegisterBenchmark(name.c_str(),
                               [=](benchmark::State& state) { measure(state, kernel, limits, held, target); })
      ->ArgName("threads")
      ->Arg(1)
      ->Arg(2)
      ->UseManualTime()
      ->Unit(benchmark::kMillisecond);
}

int run(int argc, char** argv, const std::function<void()>& prepare) {
  try {
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    benchmark::AddCustomContext("maskbench build", MASKBENCH_BUILD_TYPE);
    prepare();
    benchmark::RunSpecifiedBenchmarks();
    return 0;
  } catch (const std::exception& error) {
    std::cerr << argv[0] << ": " << error.what() << '\n';
    return 2;
  }
}

}  // namespace maskbench::micro
