# RE2::RE2, from RE2's own CMake files where it ships them, else from pkg-config.

find_package(re2 CONFIG QUIET)
if(TARGET re2::re2)
  set(RE2_TARGET re2::re2)
else()
  include("${CMAKE_CURRENT_LIST_DIR}/OutdialPkgConfig.cmake")
  outdial_pkg_check_module(PC_RE2 re2)
  if(PC_RE2_FOUND)
    set(RE2_TARGET PkgConfig::PC_RE2)
  endif()
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  RE2
  REQUIRED_VARS RE2_TARGET
  REASON_FAILURE_MESSAGE "${RE2_LACKS_PKG_CONFIG}")

if(RE2_FOUND AND NOT TARGET RE2::RE2)
  add_library(RE2::RE2 INTERFACE IMPORTED)
  target_link_libraries(RE2::RE2 INTERFACE ${RE2_TARGET})
endif()
