# Hiredis::Hiredis, from pkg-config: the library's own CMake files name no target in every version.

include("${CMAKE_CURRENT_LIST_DIR}/OutdialPkgConfig.cmake")
outdial_pkg_check_module(PC_HIREDIS hiredis)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  Hiredis
  REQUIRED_VARS PC_HIREDIS_FOUND
  VERSION_VAR PC_HIREDIS_VERSION
  REASON_FAILURE_MESSAGE "${Hiredis_LACKS_PKG_CONFIG}")

if(Hiredis_FOUND AND NOT TARGET Hiredis::Hiredis)
  add_library(Hiredis::Hiredis INTERFACE IMPORTED)
  target_link_libraries(Hiredis::Hiredis INTERFACE PkgConfig::PC_HIREDIS)
endif()
