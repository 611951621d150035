#include <omp.h>
#include <sched.h>

#include <catch2/catch.hpp>

#include "experiments/machine/threads.hpp"

namespace maskbench {
namespace {

cpu_set_t cores_of_this_thread() {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  REQUIRE(sched_getaffinity(0, sizeof cores, &cores) == 0);
  return cores;
}

TEST_CASE("threads are spread over cores, and free to move afterwards") {
  const cpu_set_t before = cores_of_this_thread();
  CHECK(CPU_COUNT(&before) == all_cores());
  const int threads = omp_get_max_threads();
  for (const int some : {1, all_cores(), all_cores() + 3}) {
    omp_set_num_threads(some);
    spread_threads();
    int same = 0, seen = 0;
#pragma omp parallel reduction(+ : same, seen)
    {
      cpu_set_t now;
      CPU_ZERO(&now);
      sched_getaffinity(0, sizeof now, &now);
      same += CPU_EQUAL(&now, &before) ? 1 : 0;
      seen += 1;
    }
    CHECK(seen == some);
    CHECK(same == some);
  }
  omp_set_num_threads(threads);
}

}  // namespace
}  // namespace maskbench
