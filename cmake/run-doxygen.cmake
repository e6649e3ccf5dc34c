# Run with cmake -P; see OutdialDoxygen.cmake.

file(REMOVE "${DIRECTORY}/warnings.txt")
execute_process(COMMAND "${DOXYGEN}" "${DIRECTORY}/Doxyfile" COMMAND_ERROR_IS_FATAL ANY)
file(STRINGS "${DIRECTORY}/warnings.txt" warnings)
# Every file, class and struct says what it is for; a member need not, where its name does.
list(FILTER warnings EXCLUDE REGEX "warning: Member .* is not documented\\.")
if(warnings)
  list(JOIN warnings "\n" text)
  message(FATAL_ERROR "The public headers are not documented as they should be:\n${text}")
endif()
