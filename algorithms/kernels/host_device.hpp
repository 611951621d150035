// Marks functions that a device kernel calls too; nothing where the compiler is not CUDA's.
#pragma once

#if defined(__CUDACC__)
#define MASKBENCH_HD __host__ __device__
#define MASKBENCH_UNROLL _Pragma("unroll")
#else
#define MASKBENCH_HD
#define MASKBENCH_UNROLL
#endif
