# outdial_embed_files(<target> HEADER <name> INCLUDE <header> TYPE <type> ARRAY <name>
#                     NAMESPACE <cpp namespace> [WITH_EXTENSIONS] FILES <file>...)
#
# Generates the header <name> for <target>'s own use. It holds the files, ordered by the numbers in
# their names, as <namespace>::<array>: an array of <type>, which <header> declares, and which has a
# name and a text. The names are without extensions, unless WITH_EXTENSIONS is there.

set(OUTDIAL_EMBED_FILES_SCRIPT "${CMAKE_CURRENT_LIST_DIR}/embed-files.cmake")

function(outdial_embed_files target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "WITH_EXTENSIONS" "HEADER;INCLUDE;TYPE;ARRAY;NAMESPACE"
                        "FILES")
  set(directory "${CMAKE_CURRENT_BINARY_DIR}/generated")
  set(header "${directory}/${arg_HEADER}")
  add_custom_command(
    OUTPUT "${header}"
    COMMAND
      "${CMAKE_COMMAND}" "-DOUTPUT=${header}" "-DINCLUDE=${arg_INCLUDE}" "-DTYPE=${arg_TYPE}"
      "-DARRAY=${arg_ARRAY}" "-DNAMESPACE=${arg_NAMESPACE}"
      "-DWITH_EXTENSIONS=${arg_WITH_EXTENSIONS}" "-DFILES=${arg_FILES}" -P
      "${OUTDIAL_EMBED_FILES_SCRIPT}"
    DEPENDS ${arg_FILES} "${OUTDIAL_EMBED_FILES_SCRIPT}"
    COMMENT "Embedding files in ${arg_HEADER} of ${target}"
    VERBATIM)
  target_sources(${target} PRIVATE "${header}")
  target_include_directories(${target} PRIVATE "${directory}")
endfunction()

# outdial_embed_migrations(<target> DIRECTORY <dir> NAMESPACE <cpp namespace>)
#
# The numbered .sql files of <dir> as <namespace>::kEmbeddedMigrations in "embedded_migrations.h".
function(outdial_embed_migrations target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "DIRECTORY;NAMESPACE" "")
  # Every numbered file counts by being there, so a list beside the directory could only be wrong.
  file(GLOB files CONFIGURE_DEPENDS "${arg_DIRECTORY}/[0-9]*.sql")
  outdial_embed_files(
    ${target}
    HEADER embedded_migrations.h
    INCLUDE outdial/sql/migration.h
    TYPE outdial::sql::EmbeddedMigration
    ARRAY kEmbeddedMigrations
    NAMESPACE ${arg_NAMESPACE}
    FILES ${files})
endfunction()
