// How many threads this process has, and where they begin.
#pragma once

namespace maskbench {

int all_cores();  // that this process may run on

// From now on OpenMP has this many threads and OpenBLAS one, in this process.
void fix_threads(int threads);

// Each thread to a core of its own, free to move from then on; nothing for one thread, where there are more
// threads than cores or the user binds them (OMP_PROC_BIND).
void spread_threads();

}  // namespace maskbench
