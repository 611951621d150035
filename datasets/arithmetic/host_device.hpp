// Marks functions that a device kernel calls too; nothing where the compiler is not CUDA's.
#pragma once

#if defined(__CUDACC__)
#define MASKBENCH_HD __host__ __device__
#else
#define MASKBENCH_HD
#endif

#if defined(__CUDA_ARCH__)  // arrays indexed in the loop stay in registers
#define MASKBENCH_UNROLL _Pragma("unroll")
#else
#define MASKBENCH_UNROLL
#endif
