# How tests, benchmarks and fuzzers are declared.

# outdial_add_test_executable(<name> SOURCES <file>... [DEPS <target>...] [LABEL <label>]
#                             [TIMEOUT <seconds>] [RUN_SERIAL])
#
# A Catch2 program; each of its test cases is a ctest test with the given label. Programs with the
# label "slow" do not run under the thread sanitizer. Names of test cases hold no semicolon.
function(outdial_add_test_executable name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "RUN_SERIAL" "LABEL;TIMEOUT" "SOURCES;DEPS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "outdial_add_test_executable(${name}): unexpected ${arg_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT arg_SOURCES)
    return()
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  set(properties TIMEOUT ${arg_TIMEOUT})
  if(arg_LABEL)
    list(APPEND properties LABELS "${arg_LABEL}")
  endif()
  if(arg_RUN_SERIAL)
    list(APPEND properties RUN_SERIAL TRUE)
  endif()
  outdial_add_executable(${name} SOURCES ${arg_SOURCES} DEPS outdial_test_support ${arg_DEPS})
  catch_discover_tests(${name} TEST_PREFIX "${name}/" PROPERTIES ${properties})
endfunction()

set(OUTDIAL_FUZZ_SECONDS 60 CACHE STRING "How long each fuzzer tries inputs when run by ctest")

# outdial_add_fuzzer(<name> SOURCES <file>... [DEPS <target>...])
#
# A libFuzzer program, and a ctest test that runs it over corpus/<name> of the calling directory and
# more for OUTDIAL_FUZZ_SECONDS. What it discovers is kept in the build directory.
function(outdial_add_fuzzer name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPS")
  outdial_add_executable(${name} SOURCES ${arg_SOURCES} DEPS ${arg_DEPS})
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  set(found "${CMAKE_CURRENT_BINARY_DIR}/corpus/${name}")
  file(MAKE_DIRECTORY "${found}")
  set(corpus "${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name}")
  if(NOT EXISTS "${corpus}")
    set(corpus "")
  endif()
  add_test(NAME ${name} COMMAND ${name} -max_total_time=${OUTDIAL_FUZZ_SECONDS} -timeout=10 -rss_limit_mb=2048
                                "-artifact_prefix=${CMAKE_CURRENT_BINARY_DIR}/" "${found}" ${corpus})
  set_tests_properties(${name} PROPERTIES LABELS fuzz TIMEOUT 600)
endfunction()
