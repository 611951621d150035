# What a plug-in outside this repository needs: find_package(MaskBenchPlugin) and the target maskbench::plugin.
include(CMakePackageConfigHelpers)
set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/MaskBenchPlugin")

foreach(folder IN ITEMS datasets/core algorithms/core)
  install(DIRECTORY "${folder}/" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/maskbench/${folder}"
    FILES_MATCHING PATTERN "*.hpp" PATTERN "*.h")
endforeach()

add_library(maskbench_plugin INTERFACE)
set_target_properties(maskbench_plugin PROPERTIES EXPORT_NAME plugin)
target_compile_features(maskbench_plugin INTERFACE cxx_std_20)
target_include_directories(maskbench_plugin
  INTERFACE "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/maskbench>" "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>")
install(TARGETS maskbench_plugin EXPORT MaskBenchPluginTargets)
install(EXPORT MaskBenchPluginTargets NAMESPACE maskbench:: DESTINATION "${package_dir}")

configure_package_config_file(cmake/MaskBenchPluginConfig.cmake.in
  "${MASKBENCH_GENERATED_DIR}/MaskBenchPluginConfig.cmake" INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file("${MASKBENCH_GENERATED_DIR}/MaskBenchPluginConfigVersion.cmake"
  VERSION "${PROJECT_VERSION}" COMPATIBILITY SameMajorVersion ARCH_INDEPENDENT)
install(FILES "${MASKBENCH_GENERATED_DIR}/MaskBenchPluginConfig.cmake"
  "${MASKBENCH_GENERATED_DIR}/MaskBenchPluginConfigVersion.cmake" DESTINATION "${package_dir}")
