# Run in every build: the commit and whether the sources differ from it. Without git, in a tarball or before the first
# commit the commit is "unknown". Results and papers do not count: a run that writes its records does not change the program.
set(MASKBENCH_COMMIT unknown)
set(MASKBENCH_DIRTY false)
if(GIT)
  execute_process(COMMAND "${GIT}" -C "${SOURCE}" rev-parse --show-toplevel HEAD
    OUTPUT_VARIABLE answer OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE failed ERROR_QUIET)
  string(REPLACE "\n" ";" answer "${answer}")
  list(LENGTH answer lines)
  if(NOT failed AND lines EQUAL 2)
    list(GET answer 0 top)
    file(REAL_PATH "${SOURCE}" source)
    file(REAL_PATH "${top}" top)
    if(top STREQUAL source)  # and not a tarball unpacked inside another repository
      list(GET answer 1 MASKBENCH_COMMIT)
      execute_process(COMMAND "${GIT}" -C "${SOURCE}" status --porcelain --
          CMakeLists.txt CMakePresets.json cmake algorithms datasets experiments
        OUTPUT_VARIABLE changes ERROR_QUIET)
      if(changes)
        set(MASKBENCH_DIRTY true)
      endif()
    endif()
  endif()
endif()
configure_file("${TEMPLATE}" "${HEADER}" @ONLY)
