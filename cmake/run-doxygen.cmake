# Run with cmake -P; see OutdialDoxygen.cmake.

file(REMOVE "${DIRECTORY}/warnings.txt")
execute_process(COMMAND "${DOXYGEN}" "${DIRECTORY}/Doxyfile" COMMAND_ERROR_IS_FATAL ANY)
file(STRINGS "${DIRECTORY}/warnings.txt" warnings)
# Every file, class and struct says what it is for, and every function that is given something what it does with that.
# What only has a name need not, where the name does: a variable, a type, a function without arguments. Of constructors,
# assignments and friends the class tells, and of what makes statements in sql, which is for our own adapters.
set(text "")
foreach(warning IN LISTS warnings)
  set(told FALSE)
  if(warning MATCHES "warning: Member .* is not documented\\.")
    if(NOT warning MATCHES " \\(function\\) of "
       OR warning MATCHES "Member [^(]*\\(\\)| operator=\\(|/include/outdial/sql/")
      set(told TRUE)
    elseif(warning MATCHES "Member ([A-Za-z]+)\\(.* \\(function\\) of .*::([A-Za-z]+) is not")
      string(COMPARE EQUAL "${CMAKE_MATCH_1}" "${CMAKE_MATCH_2}" told)
    endif()
  endif()
  if(NOT told)
    string(APPEND text "${warning}\n")
  endif()
endforeach()
if(text)
  message(FATAL_ERROR "The public headers are not documented as they should be:\n${text}")
endif()
