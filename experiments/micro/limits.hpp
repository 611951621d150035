// A kernel beside the limits of the machine, in one process. A probe does as much as the kernel of one thing
// and of nothing else (bytes streamed from memory, float32 additions in a level-1 cache, BLAS's work of the
// same shape, random words), on as many threads. In each turn the probes run, then the kernel; a share is the
// probe's fastest turn / the kernel's, since on a shared machine only the fastest of many turns is nobody
// else's.
#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "datasets/core/types.hpp"

namespace maskbench::micro {

using Step = std::function<void()>;

struct Limit {
  std::string name;  // the counter `of_<name>` is the share of this limit
  Step probe;
  double amount = 0;  // of what the probe does, in the unit of `rate`
  std::string rate;   // counter of the probe's rate, like GB_per_s; amount is scaled to it
};

Limit streamed_bytes(double bytes);  // read once, in order, from a buffer of 256 MiB
Limit level1_adds(double adds);      // float32, into 16 KiB
Limit philox(double words);          // philox_words, drawn and thrown away
// out = A A' (side x side, one triangle) from `depth` columns, `count` times, each on one thread.
Limit dsyrk(Index side, Index depth, Index count);
Limit ssyrk(Index side, Index depth, Index count);

// What a kernel is held to: a share of the tighter limit at least, or nanoseconds an item and a thread at
// most.
struct Target {
  double share = 0;
  double nanoseconds = 0;
  double items = 0;
};

// Registers NAME/threads:1 and NAME/threads:2. The time shown is the kernel's mean; counters: fastest_ms,
// of_<limit>, `share` of the tighter of `limits` (those of `beside` are measured, but it is not held to
// them), `target`.
void add(const std::string& name, const Step& kernel, std::vector<Limit> limits, Target target,
         std::vector<Limit> beside = {});

// The main of a bench_*.cpp: `prepare` registers.
int run(int argc, char** argv, const std::function<void()>& prepare);

// `count` floats in [-1, 1), the same ones each time.
std::vector<float> noise(std::size_t count);
// The same on huge pages, where the kernel gives them; kept until the end.
const float* noise_on_huge_pages(std::size_t count);

}  // namespace maskbench::micro
