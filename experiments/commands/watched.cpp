#include "experiments/commands/watched.hpp"

#include <signal.h>

#include "experiments/commands/interrupt.hpp"
#include "experiments/commands/progress_bar.hpp"
#include "experiments/machine/job.hpp"

namespace maskbench {

void run_watched(const std::function<void(const Watch&)>& work) {
  watch_interrupts({SIGINT, SIGTERM, SIGHUP});
  ProgressBar bar;
  const char* phase = "";
  run_apart(work, [&](Job& job) {
    if (interrupted()) job.stop();
    if (job.phase() != phase) {
      phase = job.phase();
      bar.restart();
    }
    bar.show(job.progress(), phase);
  });
}

}  // namespace maskbench
