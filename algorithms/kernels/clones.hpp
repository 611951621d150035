// Run-time dispatch for plain loops: the compiler makes one clone of a function for each instruction set and
// the loader picks one. All clones give the same bits: lanes are fixed in the source, sums are never
// reassociated, and products are never fused (-ffp-contract=off). Sanitizers cannot start with the loader's
// indirect functions, so they take one version.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define MASKBENCH_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define MASKBENCH_CLONES
#endif
