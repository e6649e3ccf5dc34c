# The target docs makes the reference of all public headers in <build>/doc/html. A warning fails it.

find_program(DOXYGEN_PROGRAM doxygen)
if(DOXYGEN_PROGRAM)
  set(OUTDIAL_DOXYGEN_DIRECTORY "${PROJECT_BINARY_DIR}/doc")
  file(GLOB include_directories "${PROJECT_SOURCE_DIR}/adapters/*/include")
  list(PREPEND include_directories "${PROJECT_SOURCE_DIR}/core/include"
       "${PROJECT_BINARY_DIR}/core/include" "${PROJECT_SOURCE_DIR}/ports/include")
  list(TRANSFORM include_directories REPLACE "(.+)" "\"\\1\"")
  list(JOIN include_directories " " OUTDIAL_DOXYGEN_INPUT)
  configure_file(cmake/Doxyfile.in "${OUTDIAL_DOXYGEN_DIRECTORY}/Doxyfile" @ONLY)
  set(run_doxygen
      "${CMAKE_COMMAND}" "-DDOXYGEN=${DOXYGEN_PROGRAM}" "-DDIRECTORY=${OUTDIAL_DOXYGEN_DIRECTORY}"
      -P "${PROJECT_SOURCE_DIR}/cmake/run-doxygen.cmake")
  add_custom_target(docs COMMAND ${run_doxygen} VERBATIM)
  if(OUTDIAL_BUILD_TESTS)
    add_test(NAME documentation COMMAND ${run_doxygen})
    set_tests_properties(documentation PROPERTIES LABELS unit TIMEOUT 120)
  endif()
endif()
