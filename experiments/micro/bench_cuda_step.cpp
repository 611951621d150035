// Steps a second of DATAMASK's loop on a device, beside the share of its memory bandwidth that reading the
// batch's rows alone takes. Where there is no device it says why and exits 77.
//   bench_cuda_step [--rows=N] [--dims=D] [--masks=G] [--batch=SHARE] [--budget=SHARE] [--steps=E]
//   [--benchmark_out=FILE]
// Defaults: the paper's block, 1,000,000 x 1,024, G = 128, 5 %, S = 10 %, 10,000 steps. Rows are noise around
// one centre: the time of a step does not depend on them. FILE: for `scripts/micro --from FILE`.

#include <chrono>
#include <cstdio>
#include <iostream>
#include <string>

#include <nlohmann/json.hpp>

#include "algorithms/datamask/block.hpp"
#include "algorithms/datamask/logits.hpp"
#include "algorithms/kernels/cuda/logit_loop.hpp"
#include "algorithms/kernels/rows.hpp"
#include "datasets/core/whole_file.hpp"
#include "experiments/machine/clock.hpp"

namespace maskbench {
namespace {

struct CudaSizes {
  Index rows = 1'000'000, dims = 1024, masks = 128, steps = 10'000;
  double batch = 0.05, budget = 0.1;
  std::string out{};
};

CudaSizes cuda_sizes(int argc, char** argv) {
  CudaSizes sizes;
  for (int k = 1; k < argc; ++k) {
    const std::string text = argv[k];
    const auto cut = text.find('=');
    const std::string name = text.substr(0, cut),
                      value = cut == std::string::npos ? "" : text.substr(cut + 1);
    if (name == "--rows")
      sizes.rows = std::stoll(value);
    else if (name == "--dims")
      sizes.dims = std::stoll(value);
    else if (name == "--masks")
      sizes.masks = std::stoll(value);
    else if (name == "--steps")
      sizes.steps = std::stoll(value);
    else if (name == "--batch")
      sizes.batch = std::stod(value);
    else if (name == "--budget")
      sizes.budget = std::stod(value);
    else if (name == "--benchmark_out")
      sizes.out = value;
    else
      throw UserError("unknown option " + text);
  }
  if (sizes.rows < 2 || sizes.dims < 1 || sizes.masks < 2 || sizes.steps < 1 ||
      !(sizes.batch > 0 && sizes.batch <= 1) || !(sizes.budget > 0 && sizes.budget <= 1))
    throw UserError("sizes are positive, shares in (0, 1]");
  return sizes;
}

// Bits of a small multiplicative generator: fast, and good enough to be summed.
std::vector<float> noise_rows(Index rows, Index dims) {
  std::vector<float> values(rows * dims);
#pragma omp parallel for schedule(static)
  for (Index row = 0; row < rows; ++row) {
    std::uint64_t state = static_cast<std::uint64_t>(row) * 0x9e3779b97f4a7c15u + 1;
    for (Index k = 0; k < dims; ++k) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      const double uniform = static_cast<double>(state >> 40) * 0x1p-24;
      values[row * dims + k] = static_cast<float>((uniform - 0.25) / std::sqrt(static_cast<double>(dims)));
    }
  }
  return values;
}

int bench(const CudaSizes& sizes) {
  const auto budget = std::max<Index>(1, static_cast<Index>(sizes.budget * static_cast<double>(sizes.rows)));
  DatamaskParams params;
  params.batch = sizes.batch;
  const BatchSize size = batch_size(sizes.rows, budget, params);
  const cuda::StepShape shape{sizes.rows, size.rows, size.picked, sizes.masks, sizes.dims};
  const std::int64_t bytes = cuda::upload_bytes(sizes.rows, sizes.dims) + cuda::loop_bytes(shape);
  if (const std::string reason = cuda::device_shortage(bytes); !reason.empty()) {
    std::cout << "skipped: " << reason << '\n';
    return 77;
  }
  const cuda::DeviceFacts facts = cuda::device_facts();
  const std::vector<float> features = noise_rows(sizes.rows, sizes.dims);
  const MatrixView x{features.data(), sizes.rows, sizes.dims, sizes.dims};
  std::vector<Index> all(sizes.rows);
  std::vector<std::int32_t> row_of(all.size());
  std::vector<double> linear(all.size()), logits(all.size());
  const Stream stream(1, purpose("bench_cuda_step"));
  const auto picked = static_cast<double>(size.picked);
  const double pair_factor = size.picked < 2 ? 0.0 : 0.5 / (picked * (picked - 1));
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i] = static_cast<Index>(i);
    row_of[i] = static_cast<std::int32_t>(i);
    const double quality = stream.uniform(i);
    linear[i] = 0.5 * quality / picked + pair_factor * dot(x.row(all[i]), x.row(all[i]), sizes.dims);
    logits[i] = std::log(quality);
  }
  std::shared_ptr<const cuda::DeviceRows> rows;
  const double upload = seconds_of([&] { rows = cuda::upload_rows(x, all); });
  const auto loop = cuda::make_logit_loop(
      rows, {shape, Stream(1, purpose("bench batches")), Stream(1, purpose("bench masks")), pair_factor, 8,
             false, row_of, linear, logits});
  loop->run(20);  // the graph is made, clocks rise
  const double seconds = seconds_of([&] { loop->run(sizes.steps); });
  const double rate = static_cast<double>(sizes.steps) / seconds;
  const double row_bytes = 4.0 * static_cast<double>(size.rows * shape.pitch());
  std::printf("device                 %s, %.0f GiB, %.0f GB/s by its clock and width\n", facts.name.c_str(),
              facts.memory_bytes / 1073741824, facts.bandwidth / 1e9);
  std::printf("sizes                  n %lld, d %lld, N_b %lld, S_b %lld, G %lld\n",
              static_cast<long long>(sizes.rows), static_cast<long long>(sizes.dims),
              static_cast<long long>(size.rows), static_cast<long long>(size.picked),
              static_cast<long long>(sizes.masks));
  std::printf("upload                 %.3f s (%.2f GB/s)\n", upload,
              static_cast<double>(cuda::upload_bytes(sizes.rows, sizes.dims)) / upload / 1e9);
  std::printf("%-8lld steps         %.3f s, %.0f steps a second\n", static_cast<long long>(sizes.steps),
              seconds, rate);
  std::printf("batch rows             %.0f GB/s", row_bytes * rate / 1e9);
  if (facts.bandwidth > 0) {
    std::printf(", %.1f %% of the memory's bandwidth; reading them alone: %.3f s",
                100 * row_bytes * rate / facts.bandwidth,
                row_bytes * static_cast<double>(sizes.steps) / facts.bandwidth);
  }
  if (!sizes.out.empty() && facts.bandwidth > 0) {
    const double share = row_bytes * rate / facts.bandwidth;
    const std::string name = "datamask_step/n:" + std::to_string(sizes.rows) +
                             "/d:" + std::to_string(sizes.dims) + "/batch:" + std::to_string(size.rows) +
                             "/masks:" + std::to_string(sizes.masks) + "/device";
    nlohmann::json line = {{"name", name},
                           {"machine", facts.name},
                           {"fastest_ms", 1e3 / rate},
                           {"of_bandwidth", share},
                           {"share", share}};
    if (sizes.rows == 1'000'000 && sizes.dims == 1024 && sizes.masks == 128)
      line["target_share"] = 10'000 * row_bytes / facts.bandwidth / 5;  // 10,000 steps in 5 s
    write_whole(sizes.out, nlohmann::json{{"benchmarks", {line}}}.dump(1) + "\n");
  }
  std::printf("\nkeys                   %.2f G a second\n",
              rate * static_cast<double>(sizes.masks * size.rows) / 1e9);
  return 0;
}

}  // namespace
}  // namespace maskbench

int main(int argc, char** argv) {
  try {
    return maskbench::bench(maskbench::cuda_sizes(argc, argv));
  } catch (const std::exception& error) {
    std::cerr << "bench_cuda_step: " << error.what() << '\n';
    return 2;
  }
}
