# Run with cmake -P; see OutdialEmbedFiles.cmake.

list(SORT FILES COMPARE NATURAL)
list(LENGTH FILES count)
set(entries "")
foreach(file IN LISTS FILES)
  if(WITH_EXTENSIONS)
    get_filename_component(name "${file}" NAME)
  else()
    get_filename_component(name "${file}" NAME_WE)
  endif()
  file(READ "${file}" text)
  string(APPEND entries "    {\"${name}\", R\"__text__(${text})__text__\"},\n")
endforeach()

file(
  WRITE "${OUTPUT}"
  "// Generated; do not edit.
#pragma once

#include <array>

#include \"${INCLUDE}\"

namespace ${NAMESPACE} {

inline constexpr std::array<${TYPE}, ${count}> ${ARRAY} = {{
${entries}}};

}  // namespace ${NAMESPACE}
")
