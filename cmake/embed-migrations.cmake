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

#include \"outdial/sql/migration.h\"

namespace ${NAMESPACE} {

inline constexpr std::array<sql::EmbeddedMigration, ${count}> kEmbeddedMigrations = {{
${entries}}};

}  // namespace ${NAMESPACE}
")
