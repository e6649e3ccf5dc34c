# The target clang-tidy checks every source file of the libraries and programs.

find_program(RUN_CLANG_TIDY_PROGRAM NAMES run-clang-tidy-14 run-clang-tidy)
find_program(CLANG_TIDY_PROGRAM NAMES clang-tidy-14 clang-tidy)
if(RUN_CLANG_TIDY_PROGRAM AND CLANG_TIDY_PROGRAM)
  add_custom_target(
    clang-tidy
    COMMAND "${RUN_CLANG_TIDY_PROGRAM}" -clang-tidy-binary "${CLANG_TIDY_PROGRAM}" -quiet
            -extra-arg=-Wno-unknown-warning-option  # those of GCC
            -p "${PROJECT_BINARY_DIR}" "^${PROJECT_SOURCE_DIR}/(core|ports|adapters|apps)/"
    USES_TERMINAL VERBATIM)
endif()
