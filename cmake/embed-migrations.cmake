# Run with cmake -P; see OutdialEmbedMigrations.cmake.

list(SORT FILES COMPARE NATURAL)
list(LENGTH FILES count)
set(entries "")
foreach(file IN LISTS FILES)
  get_filename_component(name "${file}" NAME_WE)
  file(READ "${file}" text)
  string(APPEND entries "    {\"${name}\", R\"__sql__(${text})__sql__\"},\n")
endforeach()

file(
  WRITE "${OUTPUT}"
  "// Generated from the files in migrations/; do not edit.
#pragma once

#include <array>
#include <string_view>

namespace ${NAMESPACE} {

struct EmbeddedMigration {
  std::string_view name;  // The file's name without \".sql\".
  std::string_view text;
};

inline constexpr std::array<EmbeddedMigration, ${count}> kEmbeddedMigrations = {{
${entries}}};

}  // namespace ${NAMESPACE}
")
