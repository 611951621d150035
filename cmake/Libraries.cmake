# Everything that is not ours, from the system; Arrow C++ from the system or from the pyarrow wheel. Nothing is fetched.
find_package(OpenMP REQUIRED COMPONENTS CXX)
find_package(Eigen3 3.4 REQUIRED NO_MODULE)
find_package(hwy REQUIRED)
find_package(Boost 1.70 REQUIRED)
find_package(nlohmann_json 3.10 REQUIRED)
find_package(CLI11 REQUIRED)
find_package(fmt REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(BLAS REQUIRED)  # FAISS's exported target names it
find_package(faiss REQUIRED)

# OpenBLAS by its own names: the pkg-config file knows where cblas.h lives, the CMake package of Debian does not.
find_path(MASKBENCH_CBLAS_INCLUDE openblas_config.h
  PATH_SUFFIXES openblas openblas-pthread x86_64-linux-gnu/openblas-pthread REQUIRED)
find_library(MASKBENCH_OPENBLAS_LIBRARY openblas PATH_SUFFIXES openblas-pthread REQUIRED)
find_library(MASKBENCH_LAPACK_LIBRARY lapack REQUIRED)
file(STRINGS "${MASKBENCH_CBLAS_INCLUDE}/openblas_config.h" openblas_line REGEX "OPENBLAS_VERSION")
string(REGEX MATCH "[0-9]+\\.[0-9]+\\.[0-9]+" MASKBENCH_OPENBLAS_VERSION "${openblas_line}")
add_library(maskbench::openblas INTERFACE IMPORTED)
target_include_directories(maskbench::openblas SYSTEM INTERFACE "${MASKBENCH_CBLAS_INCLUDE}")
target_link_libraries(maskbench::openblas INTERFACE "${MASKBENCH_OPENBLAS_LIBRARY}" "${MASKBENCH_LAPACK_LIBRARY}")

if(SKBUILD)  # the wheel brings a BLAS of its own: Debian's computes wrongly on some processors that came after it
  execute_process(COMMAND "${Python_EXECUTABLE}" -c
    "import scipy_openblas32 as blas; print(blas.get_lib_dir(), blas.__version__, sep=';')"
    OUTPUT_STRIP_TRAILING_WHITESPACE OUTPUT_VARIABLE wheel_blas COMMAND_ERROR_IS_FATAL ANY)
  list(POP_BACK wheel_blas MASKBENCH_OPENBLAS_VERSION)
  add_library(maskbench_blas_names STATIC "${PROJECT_SOURCE_DIR}/python/blas_names.cpp")
  set(wheel_blas "maskbench_blas_names;${wheel_blas}/libscipy_openblas.so")
  set_target_properties(maskbench::openblas PROPERTIES INTERFACE_LINK_LIBRARIES "${wheel_blas}")
  set_target_properties(faiss PROPERTIES INTERFACE_LINK_LIBRARIES "OpenMP::OpenMP_CXX;${wheel_blas}")
endif()

find_path(MASKBENCH_RANDOM123_INCLUDE Random123/philox.h REQUIRED)
add_library(maskbench::random123 INTERFACE IMPORTED)
target_include_directories(maskbench::random123 SYSTEM INTERFACE "${MASKBENCH_RANDOM123_INCLUDE}")

include(Arrow)
