// How many threads this process has, and where they begin.
#pragma once

#include <string>

namespace maskbench {

int all_cores();  // that this process may run on

// The larger of 64 and four times the cores, never above 1024: more take memory and process numbers and win
// nothing.
int most_threads();
void check_threads(int threads, const std::string& where);  // UserError: more than most_threads()

// Of the calling thread, which has what OMP_NUM_THREADS says until it sets its own: most_threads() of them at
// most.
void bound_threads();

// From now on OpenMP has this many threads and OpenBLAS one, in this process. UserError: more than
// most_threads().
void fix_threads(int threads);

// Each thread to a core of its own, free to move from then on; nothing for one thread, where there are more
// threads than cores or the user binds them (OMP_PROC_BIND).
void spread_threads();

}  // namespace maskbench
