#include "datasets/core/watch.hpp"

#include <omp.h>

#include <algorithm>

namespace maskbench {

// No exception may leave a parallel region, so that what is called within one does not look.
Looks::Looks(std::int64_t steps)
    : watched_(omp_get_level() == 0 ? detail::watched : detail::Watched{}),
      steps_(static_cast<double>(std::max<std::int64_t>(steps, 1))) {}

bool Looks::stopped() {
  if (watched_.watch == nullptr) return false;
  if (stopped_.load(std::memory_order_relaxed)) return true;
  if (watched_.watch->stop && watched_.watch->stop()) {
    stopped_ = true;
    return true;
  }
  const auto done = static_cast<double>(done_.fetch_add(1, std::memory_order_relaxed));
  if (watched_.watch->report && omp_get_thread_num() == 0) {
    const double share = std::min(1.0, done / steps_);
    watched_.watch->report(watched_.phase, watched_.from + (watched_.to - watched_.from) * share);
  }
  return false;
}

}  // namespace maskbench
