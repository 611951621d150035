# maskbench::arrow and maskbench::parquet: the system's packages, else what the pyarrow wheel in .venv carries.
find_package(Arrow QUIET CONFIG)
find_package(Parquet QUIET CONFIG)

if(Arrow_FOUND AND Parquet_FOUND AND Arrow_VERSION VERSION_GREATER_EQUAL 21)  # whose readers return arrow::Result
  set(MASKBENCH_ARROW_VERSION "${Arrow_VERSION}")
  set(MASKBENCH_ARROW_FROM "system package")
  add_library(maskbench::arrow INTERFACE IMPORTED)
  target_link_libraries(maskbench::arrow INTERFACE Arrow::arrow_shared)
  add_library(maskbench::parquet INTERFACE IMPORTED)
  target_link_libraries(maskbench::parquet INTERFACE Parquet::parquet_shared)
  return()
endif()

if(SKBUILD)  # pyarrow is a requirement of the wheel's build
  set(interpreter "${Python_EXECUTABLE}")
else()
  set(interpreter "${PROJECT_SOURCE_DIR}/.venv/bin/python")
endif()
execute_process(
  COMMAND "${interpreter}" -c
    "import pyarrow; pyarrow.create_library_symlinks(); \
print(pyarrow.__version__, pyarrow.get_include(), pyarrow.get_library_dirs()[0], sep=';')"
  OUTPUT_VARIABLE wheel OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE failed ERROR_VARIABLE complaint)
if(failed)
  message(FATAL_ERROR
    "Arrow C++ is neither a system package nor in .venv (run scripts/bootstrap first)\n${complaint}")
endif()
list(GET wheel 0 MASKBENCH_ARROW_VERSION)
list(GET wheel 1 arrow_include)
list(GET wheel 2 arrow_libraries)
set(MASKBENCH_ARROW_FROM "pyarrow wheel")

foreach(name IN ITEMS arrow parquet)
  add_library(maskbench::${name} SHARED IMPORTED)
  set_target_properties(maskbench::${name} PROPERTIES
    IMPORTED_LOCATION "${arrow_libraries}/lib${name}.so"
    INTERFACE_INCLUDE_DIRECTORIES "${arrow_include}")
endforeach()
target_link_libraries(maskbench::parquet INTERFACE maskbench::arrow)
message(STATUS "Arrow C++ ${MASKBENCH_ARROW_VERSION} from the ${MASKBENCH_ARROW_FROM}")
