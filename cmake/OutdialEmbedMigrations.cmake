# outdial_embed_migrations(<target> DIRECTORY <dir> NAMESPACE <cpp namespace>)
#
# Generates the header "embedded_migrations.h" for <target>'s own use. It holds the numbered .sql
# files of <dir>, in order, as <namespace>::kEmbeddedMigrations: an array of
# outdial::sql::EmbeddedMigration.

set(OUTDIAL_EMBED_MIGRATIONS_SCRIPT "${CMAKE_CURRENT_LIST_DIR}/embed-migrations.cmake")

function(outdial_embed_migrations target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "DIRECTORY;NAMESPACE" "")
  set(directory "${CMAKE_CURRENT_BINARY_DIR}/generated")
  set(header "${directory}/embedded_migrations.h")
  # Every numbered file counts by being there, so a list beside the directory could only be wrong.
  file(GLOB files CONFIGURE_DEPENDS "${arg_DIRECTORY}/[0-9]*.sql")
  add_custom_command(
    OUTPUT "${header}"
    COMMAND "${CMAKE_COMMAND}" "-DOUTPUT=${header}" "-DNAMESPACE=${arg_NAMESPACE}"
            "-DFILES=${files}" -P "${OUTDIAL_EMBED_MIGRATIONS_SCRIPT}"
    DEPENDS ${files} "${OUTDIAL_EMBED_MIGRATIONS_SCRIPT}"
    COMMENT "Embedding the migrations of ${arg_DIRECTORY}"
    VERBATIM)
  target_sources(${target} PRIVATE "${header}")
  target_include_directories(${target} PRIVATE "${directory}")
endfunction()
