# Hiredis::Hiredis, from pkg-config: the library's own CMake files name no target in every version.

find_package(PkgConfig QUIET)
if(PkgConfig_FOUND)
  pkg_check_modules(PC_HIREDIS QUIET IMPORTED_TARGET GLOBAL hiredis)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  Hiredis
  REQUIRED_VARS PC_HIREDIS_FOUND
  VERSION_VAR PC_HIREDIS_VERSION)

if(Hiredis_FOUND AND NOT TARGET Hiredis::Hiredis)
  add_library(Hiredis::Hiredis INTERFACE IMPORTED)
  target_link_libraries(Hiredis::Hiredis INTERFACE PkgConfig::PC_HIREDIS)
endif()
