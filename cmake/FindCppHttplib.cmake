# CppHttplib::CppHttplib.
#
# pkg-config comes first: a distribution's compiled library and its header agree only under the
# macros (TLS, compression) that the .pc file names.

include("${CMAKE_CURRENT_LIST_DIR}/OutdialPkgConfig.cmake")
outdial_pkg_check_module(PC_CPP_HTTPLIB cpp-httplib)
if(PC_CPP_HTTPLIB_FOUND)
  set(CppHttplib_TARGET PkgConfig::PC_CPP_HTTPLIB)
else()
  find_package(httplib CONFIG QUIET)
  if(TARGET httplib::httplib)
    set(CppHttplib_TARGET httplib::httplib)
  endif()
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  CppHttplib
  REQUIRED_VARS CppHttplib_TARGET
  REASON_FAILURE_MESSAGE "${CppHttplib_LACKS_PKG_CONFIG}")

if(CppHttplib_FOUND AND NOT TARGET CppHttplib::CppHttplib)
  find_package(Threads REQUIRED)
  add_library(CppHttplib::CppHttplib INTERFACE IMPORTED)
  target_link_libraries(CppHttplib::CppHttplib INTERFACE ${CppHttplib_TARGET} Threads::Threads)
endif()
