# CppHttplib::CppHttplib.
#
# pkg-config comes first: a distribution's compiled library and its header agree only under the
# macros (TLS, compression) that the .pc file names.

find_package(PkgConfig QUIET)
if(PkgConfig_FOUND)
  pkg_check_modules(PC_CPP_HTTPLIB QUIET IMPORTED_TARGET GLOBAL cpp-httplib)
endif()
if(PC_CPP_HTTPLIB_FOUND)
  set(CppHttplib_TARGET PkgConfig::PC_CPP_HTTPLIB)
else()
  find_package(httplib CONFIG QUIET)
  if(TARGET httplib::httplib)
    set(CppHttplib_TARGET httplib::httplib)
  endif()
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(CppHttplib REQUIRED_VARS CppHttplib_TARGET)

if(CppHttplib_FOUND AND NOT TARGET CppHttplib::CppHttplib)
  find_package(Threads REQUIRED)
  add_library(CppHttplib::CppHttplib INTERFACE IMPORTED)
  target_link_libraries(CppHttplib::CppHttplib INTERFACE ${CppHttplib_TARGET} Threads::Threads)
endif()
