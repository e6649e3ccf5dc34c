# Run with cmake -P; see OutdialDoxygen.cmake.

file(REMOVE_RECURSE "${DIRECTORY}/xml")
file(REMOVE "${DIRECTORY}/warnings.txt")
execute_process(COMMAND "${DOXYGEN}" "${DIRECTORY}/Doxyfile" COMMAND_ERROR_IS_FATAL ANY)
file(STRINGS "${DIRECTORY}/warnings.txt" warnings)

# Everything that the public headers declare says what it is for, except what C++ says already: what is
# defaulted, and comparisons and hashes, which take all members. Doxygen itself asks for no words on
# destructors, on constructors without arguments, and on what is deleted.
set(undocumented "")
foreach(warning IN LISTS warnings)
  if(NOT warning MATCHES "warning: Member (.*=default|operator(==|<=>|<)\\(.*|AbslHashValue\\(.*) \\((function|friend)\\) of ")
    string(APPEND undocumented "${warning}\n")
  endif()
endforeach()

# Doxygen 1.9.4 does not warn of enumerators.
set(empty "[ \n]*")
set(undocumented_enumerator
    "<enumvalue [^>]*>${empty}<name>[^<]*</name>${empty}(<initializer>[^<]*</initializer>)?${empty}"
    "<briefdescription>${empty}</briefdescription>${empty}"
    "<detaileddescription>${empty}</detaileddescription>")
string(CONCAT undocumented_enumerator ${undocumented_enumerator})
file(GLOB pages "${DIRECTORY}/xml/*.xml")
foreach(page IN LISTS pages)
  file(READ "${page}" text)
  string(REGEX MATCHALL "${undocumented_enumerator}" enumerators "${text}")
  foreach(enumerator IN LISTS enumerators)
    string(REGEX REPLACE ".*<name>(.*)</name>.*" "\\1" name "${enumerator}")
    cmake_path(GET page STEM stem)
    string(APPEND undocumented "Enumerator ${name} of ${stem} is not documented.\n")
  endforeach()
endforeach()

if(undocumented)
  message(FATAL_ERROR "The public headers are not documented as they should be:\n${undocumented}")
endif()
