# maskbench_options: what every target of ours is compiled with. Others' headers are SYSTEM and do not warn.
set(MASKBENCH_SANITIZE "" CACHE STRING "sanitizers, as -fsanitize= takes them: empty, address,undefined or thread")

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Release, Debug, Sanitize or Coverage" FORCE)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O3 -g1 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g -D_GLIBCXX_ASSERTIONS")
set(CMAKE_CXX_FLAGS_SANITIZE "-O1 -g1 -fno-omit-frame-pointer -D_GLIBCXX_ASSERTIONS")
set(CMAKE_EXE_LINKER_FLAGS_SANITIZE "")
set(CMAKE_CXX_FLAGS_COVERAGE "-O1 -g1 --coverage -fprofile-update=atomic")  # threads count the same lines
set(CMAKE_EXE_LINKER_FLAGS_COVERAGE "--coverage")
set(CMAKE_SHARED_LINKER_FLAGS_COVERAGE "--coverage")
set(CMAKE_MODULE_LINKER_FLAGS_COVERAGE "--coverage")

set(MASKBENCH_ARITHMETIC -march=x86-64-v2 -ffp-contract=off)  # the same sums on every machine: no fused multiply-add
# An Index is signed and never negative where it counts or subscripts; debug and sanitizer builds check every subscript.
set(MASKBENCH_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  list(APPEND MASKBENCH_WARNINGS -Wno-restrict)  # GCC bug 105651: "a" + std::string warns in the standard library
endif()
if((MASKBENCH_SANITIZE OR CMAKE_BUILD_TYPE STREQUAL "Coverage") AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND MASKBENCH_WARNINGS -Wno-maybe-uninitialized)  # GCC sees ghosts in instrumented code
endif()

# gcov finds sources by the paths that the compiler was given: no maps there, and no cache that rewrites them.
set(prefix_maps "")
set(ccache_base "")
# Messages and debug information name files from the root, and ccache serves one object to every clone.
if(NOT CMAKE_BUILD_TYPE STREQUAL "Coverage")
  set(prefix_maps "-ffile-prefix-map=${PROJECT_SOURCE_DIR}/=" "-ffile-prefix-map=${PROJECT_BINARY_DIR}=build"
    "-ffile-prefix-map=../../=")  # ccache hands the compiler paths from the build folder, build/PRESET
  set(ccache_base "CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}")
endif()

add_library(maskbench_options INTERFACE)
target_compile_features(maskbench_options INTERFACE cxx_std_20)
target_compile_options(maskbench_options INTERFACE
  "$<$<COMPILE_LANGUAGE:CXX>:${MASKBENCH_ARITHMETIC};${MASKBENCH_WARNINGS};${prefix_maps}>"
  # Device code fuses nothing either, so that a kernel's body gives the same bits on the host. CMake 3.25 gives nvcc 13
  # no flag for CUDA_STANDARD.
  "$<$<COMPILE_LANGUAGE:CUDA>:-std=c++20;-fmad=false;--expt-relaxed-constexpr;-Xcompiler=-march=x86-64-v2,-ffp-contract=off,-Wall,-Wextra,-Werror>")
target_include_directories(maskbench_options INTERFACE "${PROJECT_SOURCE_DIR}")
if(MASKBENCH_SANITIZE)
  target_compile_options(maskbench_options INTERFACE -fsanitize=${MASKBENCH_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(maskbench_options INTERFACE -fsanitize=${MASKBENCH_SANITIZE})
endif()
set(CMAKE_CXX_EXTENSIONS OFF)

# For what is never timed: text, JSON and tests compile in half the time. GCC at -O1 sees uninitialised ghosts.
add_library(maskbench_untimed INTERFACE)
target_compile_options(maskbench_untimed INTERFACE
  "$<$<CONFIG:Release>:-O1>" "$<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>")

find_program(MASKBENCH_CCACHE ccache)
if(MASKBENCH_CCACHE)
  set(launcher "${CMAKE_COMMAND}" -E env CCACHE_NOHASHDIR=true ${ccache_base} "${MASKBENCH_CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${launcher}")
  set(CMAKE_CUDA_COMPILER_LAUNCHER "${launcher}")
endif()
