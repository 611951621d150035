#include "experiments/machine/threads.hpp"

#include <cblas.h>
#include <fmt/core.h>
#include <omp.h>
#include <sched.h>

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <span>
#include <vector>

#include "datasets/core/types.hpp"
#include "experiments/machine/memory.hpp"

namespace maskbench {
namespace {

std::vector<int> allowed_cores() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  std::vector<int> cores;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return cores;
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(core, &allowed)) cores.push_back(core);
  }
  return cores;
}

void allow(std::span<const int> cores) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int core : cores) CPU_SET(core, &set);
  sched_setaffinity(0, sizeof set, &set);  // of the calling thread; where that fails it stays where it is
}

// OpenBLAS takes a buffer for every thread that multiplies, at its first product, and where that fails it
// tries for ever. Under ulimit -v the buffers are taken here, or refused.
void take_blas_buffers(int threads, std::int64_t left) {
  constexpr std::int64_t kBuffer = std::int64_t{128} << 20;  // OpenBLAS on x86-64
  constexpr std::int64_t kThread = std::int64_t{72} << 20;   // stack and malloc's arena
  const std::int64_t needed = threads * (kBuffer + kThread);
  if (needed > left) {
    throw UserError(
        fmt::format("ulimit -v leaves {} of address space, and {} {} {} for their buffers alone: raise it{}",
                    print_bytes(left), threads, threads == 1 ? "thread needs" : "threads need",
                    print_bytes(needed), threads == 1 ? "" : ", or give fewer --threads"));
  }
  constexpr int kSide = 256;  // no kernel for small products has it
#pragma omp parallel
  {
    std::vector<float> a(kSide * kSide, 1.0f), b = a, c = a;
#pragma omp barrier
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, kSide, kSide, kSide, 1, a.data(), kSide, b.data(),
                kSide, 0, c.data(), kSide);
  }
}

}  // namespace

int all_cores() {
  const std::vector<int> cores = allowed_cores();
  return cores.empty() ? 1 : static_cast<int>(cores.size());
}

int most_threads() {
  return std::min(1024, std::max(64, 4 * all_cores()));
}

void check_threads(int threads, const std::string& where) {
  if (threads > most_threads())
    throw UserError(
        fmt::format("{}: {} threads; at most {} are allowed here", where, threads, most_threads()));
}

void bound_threads() {
  if (omp_get_max_threads() > most_threads()) omp_set_num_threads(most_threads());
}

void fix_threads(int threads) {
  check_threads(threads, "--threads");
  omp_set_dynamic(0);
  omp_set_num_threads(threads);
  openblas_set_num_threads(1);
  static std::once_flag taken;
  if (const auto left = address_space_left())
    std::call_once(taken, [&] { take_blas_buffers(threads, *left); });
}

// Two threads may wake on one core and share it for a tenth of a second while another is idle (Linux 6.18;
// decision 0012).
void spread_threads() {
  const std::vector<int> cores = allowed_cores();
  const auto threads = static_cast<std::size_t>(omp_get_max_threads());
  if (omp_get_proc_bind() != omp_proc_bind_false || threads < 2 || cores.size() < threads) return;
  const auto here =
      static_cast<std::size_t>(std::find(cores.begin(), cores.end(), sched_getcpu()) - cores.begin());
#pragma omp parallel
  if (const int thread = omp_get_thread_num();
      thread > 0) {  // the first stays where it is, the others go to the cores behind it
    allow(std::span(cores).subspan((here + static_cast<std::size_t>(thread)) % cores.size(), 1));
    allow(cores);
  }
}

}  // namespace maskbench
