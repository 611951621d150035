# One line a method in its family's CMakeLists.txt:
#
#   add_selector(lazy_greedy SOURCES lazy_greedy.cpp)
#
# The keys become a generated manifest that calls register_selector_lazy_greedy(), so that a key without its
# MASKBENCH_SELECTOR line is a link error that names it. Nothing runs before main. tests/layering finds the converse.
function(add_selector key)
  maskbench_register(selector algorithms "${key}" ${ARGN})
endfunction()

function(add_objective key)
  maskbench_register(objective algorithms "${key}" ${ARGN})
endfunction()

function(add_source key)
  maskbench_register(source datasets "${key}" ${ARGN})
endfunction()

function(maskbench_register kind room key)
  cmake_parse_arguments(PARSE_ARGV 3 arg "" "" "SOURCES")
  cmake_path(RELATIVE_PATH CMAKE_CURRENT_LIST_FILE BASE_DIRECTORY "${PROJECT_SOURCE_DIR}" OUTPUT_VARIABLE here)
  if(NOT key MATCHES "^[a-z][a-z0-9_]*$")
    message(FATAL_ERROR "${here}: add_${kind}(${key}): a key is lower_snake")
  endif()
  if(NOT arg_SOURCES OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "${here}: usage: add_${kind}(${key} SOURCES file...)")
  endif()
  get_property(first GLOBAL PROPERTY maskbench_${kind}_${key})
  set(this "${here} (${arg_SOURCES})")
  if(first)
    message(FATAL_ERROR "the ${kind} '${key}' is registered twice:\n  ${first}\n  ${this}")
  endif()
  set_property(GLOBAL PROPERTY maskbench_${kind}_${key} "${this}")
  set_property(GLOBAL APPEND PROPERTY maskbench_${kind}_keys "${key}")
  maskbench_add_sources(${room} ${arg_SOURCES})
endfunction()

function(maskbench_write_manifests)
  maskbench_write_manifest(source SourceRegistry datasets datasets/core/source_registry.hpp)
  maskbench_write_manifest(objective ObjectiveRegistry algorithms algorithms/core/registry.hpp)
  maskbench_write_manifest(selector SelectorRegistry algorithms algorithms/core/registry.hpp)
endfunction()

# Keys in alphabetical order, so that listings do not depend on the order of folders.
function(maskbench_write_manifest kind registry room header)
  get_property(keys GLOBAL PROPERTY maskbench_${kind}_keys)
  list(SORT keys)
  set(declarations "")
  set(calls "")
  foreach(key IN LISTS keys)
    string(APPEND declarations "void register_${kind}_${key}(${registry}& registry);\n")
    string(APPEND calls "  register_${kind}_${key}(registry);\n")
  endforeach()
  set(manifest "${MASKBENCH_GENERATED_DIR}/${kind}_manifest.cpp")
  file(CONFIGURE OUTPUT "${manifest}" @ONLY CONTENT
"// Made by cmake/Registry.cmake from the add_${kind} lines.
#include \"${header}\"

namespace maskbench {

${declarations}
void register_${kind}s([[maybe_unused]] ${registry}& registry) {
${calls}}

}  // namespace maskbench
")
  target_sources(maskbench_${room} PRIVATE "${manifest}")
endfunction()
