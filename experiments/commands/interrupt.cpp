#include "experiments/commands/interrupt.hpp"

#include <signal.h>

#include <atomic>

namespace maskbench {
namespace {

std::atomic<bool> flag{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may only touch lock-free memory");

extern "C" void set_interrupt_flag(int) {
  flag.store(true, std::memory_order_relaxed);
}

}  // namespace

void watch_interrupts(std::initializer_list<int> signals) {
  struct sigaction action {};
  action.sa_handler = set_interrupt_flag;
  action.sa_flags = static_cast<int>(SA_RESETHAND);  // no SA_RESTART: a waiting poll() returns
  sigemptyset(&action.sa_mask);
  for (const int signal_number : signals) sigaction(signal_number, &action, nullptr);
}

bool interrupted() {
  return flag.load(std::memory_order_relaxed);
}

}  // namespace maskbench
