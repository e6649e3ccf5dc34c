# RE2::RE2, from RE2's own CMake files where it ships them, else from pkg-config.

find_package(re2 CONFIG QUIET)
if(TARGET re2::re2)
  set(RE2_TARGET re2::re2)
else()
  find_package(PkgConfig QUIET)
  if(PkgConfig_FOUND)
    pkg_check_modules(PC_RE2 QUIET IMPORTED_TARGET GLOBAL re2)
    if(PC_RE2_FOUND)
      set(RE2_TARGET PkgConfig::PC_RE2)
    endif()
  endif()
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(RE2 REQUIRED_VARS RE2_TARGET)

if(RE2_FOUND AND NOT TARGET RE2::RE2)
  add_library(RE2::RE2 INTERFACE IMPORTED)
  target_link_libraries(RE2::RE2 INTERFACE ${RE2_TARGET})
endif()
