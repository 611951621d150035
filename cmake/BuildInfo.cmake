# maskbench_build_info: an interface target whose header says what was built. Used by experiments only. The header is
# looked at in every build and written only when it differs, so that nothing is compiled again without need.
string(TOUPPER "${CMAKE_BUILD_TYPE}" build_type)
string(JOIN " " MASKBENCH_FLAGS ${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${build_type}} ${MASKBENCH_ARITHMETIC})
if(MASKBENCH_SANITIZE)
  string(APPEND MASKBENCH_FLAGS " -fsanitize=${MASKBENCH_SANITIZE}")
endif()
set(MASKBENCH_COMPILER "${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}")

set(versions
  "arrow=${MASKBENCH_ARROW_VERSION} (${MASKBENCH_ARROW_FROM})"
  "boost=${Boost_VERSION}"
  "cli11=${CLI11_VERSION}"
  "eigen=${Eigen3_VERSION}"
  "faiss=${faiss_VERSION}"
  "fmt=${fmt_VERSION}"
  "highway=${hwy_VERSION}"
  "nlohmann_json=${nlohmann_json_VERSION}"
  "openblas=${MASKBENCH_OPENBLAS_VERSION}"
  "openmp=${OpenMP_CXX_VERSION}"
  "openssl=${OPENSSL_VERSION}")
if(MASKBENCH_HAS_CUDA)
  list(APPEND versions "cuda=${CUDAToolkit_VERSION}")
endif()
set(MASKBENCH_LIBRARIES "")
foreach(pair IN LISTS versions)
  string(REGEX REPLACE "^([^=]+)=(.*)$" "    {\"\\1\", \"\\2\"},\n" line "${pair}")
  string(APPEND MASKBENCH_LIBRARIES "${line}")
endforeach()
list(LENGTH versions MASKBENCH_LIBRARY_COUNT)

# What is known now is filled in now; the commit is filled in at build time.
set(MASKBENCH_COMMIT "@MASKBENCH_COMMIT@")
set(MASKBENCH_DIRTY "@MASKBENCH_DIRTY@")
configure_file("${PROJECT_SOURCE_DIR}/cmake/build_info.hpp.in" "${MASKBENCH_GENERATED_DIR}/build_info.hpp.in" @ONLY)

find_program(MASKBENCH_GIT git)
set(header "${MASKBENCH_GENERATED_DIR}/build_info/maskbench_build_info.hpp")
add_custom_target(maskbench_build_info_header
  COMMAND "${CMAKE_COMMAND}" -D "GIT=${MASKBENCH_GIT}" -D "SOURCE=${PROJECT_SOURCE_DIR}"
          -D "TEMPLATE=${MASKBENCH_GENERATED_DIR}/build_info.hpp.in" -D "HEADER=${header}"
          -P "${PROJECT_SOURCE_DIR}/cmake/WriteBuildInfo.cmake"
  BYPRODUCTS "${header}"
  COMMENT "Reading the commit" VERBATIM)
add_library(maskbench_build_info INTERFACE)
target_include_directories(maskbench_build_info INTERFACE "${MASKBENCH_GENERATED_DIR}/build_info")
add_dependencies(maskbench_build_info maskbench_build_info_header)
