# How this project's libraries are installed: each is a component of the CMake package "outdial" and
# has a pkg-config file.

include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(OUTDIAL_PACKAGE_DIR "${CMAKE_INSTALL_LIBDIR}/cmake/outdial")
set(OUTDIAL_PACKAGE_TEMPLATES "${CMAKE_CURRENT_LIST_DIR}/package")

# What pkg-config calls the libraries of others; those that it does not know are given as flags.
set(OUTDIAL_PKG_CONFIG_CppHttplib::CppHttplib cpp-httplib)
set(OUTDIAL_PKG_CONFIG_Hiredis::Hiredis hiredis)
set(OUTDIAL_PKG_CONFIG_OpenSSL::Crypto libcrypto)
set(OUTDIAL_PKG_CONFIG_OpenSSL::SSL libssl)
set(OUTDIAL_PKG_CONFIG_RE2::RE2 re2)
set(OUTDIAL_PKG_CONFIG_RabbitmqC::RabbitmqC librabbitmq)
set(OUTDIAL_PKG_CONFIG_nlohmann_json::nlohmann_json nlohmann_json)
set(OUTDIAL_PKG_CONFIG_prometheus-cpp::core prometheus-cpp-core)
set(OUTDIAL_PKG_CONFIG_spdlog::spdlog spdlog)
set(OUTDIAL_PKG_CONFIG_FLAGS_Phonenumber::Phonenumber -lphonenumber -lprotobuf)
set(OUTDIAL_PKG_CONFIG_FLAGS_Threads::Threads -pthread)
set(OUTDIAL_PKG_CONFIG_FLAGS_SOCI::core -lsoci_core)
set(OUTDIAL_PKG_CONFIG_FLAGS_SOCI::mysql -lsoci_mysql -lmariadb)
set(OUTDIAL_PKG_CONFIG_FLAGS_SOCI::sqlite3 -lsoci_sqlite3 -lsqlite3)

# What pkg-config calls the dependencies: the names of its packages, and flags for those that it does not know.
function(outdial_pkg_config_names dependencies out_packages out_flags)
  set(packages "")
  set(flags "")
  foreach(dependency IN LISTS dependencies)
    if(dependency MATCHES "^outdial::(.*)$")
      list(APPEND packages "outdial-${CMAKE_MATCH_1}")
    elseif(dependency MATCHES "^absl::(.*)$")
      list(APPEND packages "absl_${CMAKE_MATCH_1}")
    elseif(DEFINED "OUTDIAL_PKG_CONFIG_${dependency}")
      list(APPEND packages "${OUTDIAL_PKG_CONFIG_${dependency}}")
    elseif(DEFINED "OUTDIAL_PKG_CONFIG_FLAGS_${dependency}")
      list(APPEND flags ${OUTDIAL_PKG_CONFIG_FLAGS_${dependency}})
    else()
      message(FATAL_ERROR "cmake/OutdialPackage.cmake does not know what pkg-config calls ${dependency}")
    endif()
  endforeach()
  list(JOIN packages ", " packages)
  list(JOIN flags " " flags)
  set(${out_packages} "${packages}" PARENT_SCOPE)
  set(${out_flags} "${flags}" PARENT_SCOPE)
endfunction()

# Writes <build>/pkgconfig/outdial-<name>.pc. Who links a shared library needs nothing of its private dependencies; a
# static one does not link without them.
function(outdial_write_pkg_config name public_dependencies private_dependencies)
  get_target_property(type outdial_${name} TYPE)
  if(NOT type STREQUAL "SHARED_LIBRARY")
    list(APPEND public_dependencies ${private_dependencies})
    set(private_dependencies "")
  endif()
  outdial_pkg_config_names("${public_dependencies}" OUTDIAL_PC_REQUIRES OUTDIAL_PC_FLAGS)
  outdial_pkg_config_names("${private_dependencies}" OUTDIAL_PC_REQUIRES_PRIVATE OUTDIAL_PC_FLAGS_PRIVATE)
  set(OUTDIAL_PC_NAME ${name})
  file(RELATIVE_PATH OUTDIAL_PC_PREFIX "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
  set(OUTDIAL_PC_LIBRARY "")
  if(NOT type STREQUAL "INTERFACE_LIBRARY")
    set(OUTDIAL_PC_LIBRARY "-L\${libdir} -loutdial_${name}")
  endif()
  configure_file("${OUTDIAL_PACKAGE_TEMPLATES}/outdial.pc.in"
                 "${PROJECT_BINARY_DIR}/pkgconfig/outdial-${name}.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/pkgconfig/outdial-${name}.pc"
          DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT development)
endfunction()

# outdial_install_library(<name> [PUBLIC_DEPS <target>...] [PRIVATE_DEPS <target>...])
#
# Installs outdial_<name>, which is made already, as component <name>. Its dependencies say which
# other components and which packages it needs.
function(outdial_install_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "PUBLIC_DEPS;PRIVATE_DEPS")
  set(requires "")
  set(packages "")
  foreach(dependency IN LISTS arg_PUBLIC_DEPS arg_PRIVATE_DEPS)
    string(REGEX REPLACE "::.*" "" package "${dependency}")
    string(REGEX REPLACE ".*::" "" component "${dependency}")
    if(package STREQUAL "outdial")
      list(APPEND requires ${component})
    elseif(package STREQUAL "SOCI" AND NOT component STREQUAL "core")
      list(APPEND packages SOCI:${component})
    else()
      list(APPEND packages ${package})
    endif()
  endforeach()
  list(REMOVE_DUPLICATES packages)
  set_property(GLOBAL APPEND PROPERTY OUTDIAL_COMPONENTS ${name})
  set_property(
    GLOBAL APPEND_STRING
    PROPERTY OUTDIAL_COMPONENT_LINES
             "set(_outdial_${name}_requires ${requires})\nset(_outdial_${name}_packages ${packages})\n")

  set_target_properties(outdial_${name} PROPERTIES EXPORT_NAME ${name})
  install(
    TARGETS outdial_${name}
    EXPORT outdial-${name}
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT development
    LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT runtime NAMELINK_COMPONENT development)
  install(
    EXPORT outdial-${name}
    NAMESPACE outdial::
    FILE outdial-${name}-targets.cmake
    DESTINATION "${OUTDIAL_PACKAGE_DIR}"
    COMPONENT development)
  install(DIRECTORY include/ DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT development)
  outdial_write_pkg_config(${name} "${arg_PUBLIC_DEPS}" "${arg_PRIVATE_DEPS}")
endfunction()

# After the last library: what find_package reads.
function(outdial_install_package)
  get_property(components GLOBAL PROPERTY OUTDIAL_COMPONENTS)
  get_property(OUTDIAL_COMPONENT_LINES GLOBAL PROPERTY OUTDIAL_COMPONENT_LINES)
  list(JOIN components " " OUTDIAL_COMPONENTS)
  configure_package_config_file(
    "${OUTDIAL_PACKAGE_TEMPLATES}/outdialConfig.cmake.in"
    "${PROJECT_BINARY_DIR}/outdialConfig.cmake" INSTALL_DESTINATION "${OUTDIAL_PACKAGE_DIR}"
    PATH_VARS CMAKE_INSTALL_DATADIR)
  write_basic_package_version_file("${PROJECT_BINARY_DIR}/outdialConfigVersion.cmake"
                                   COMPATIBILITY SameMajorVersion)
  install(FILES "${PROJECT_BINARY_DIR}/outdialConfig.cmake"
                "${PROJECT_BINARY_DIR}/outdialConfigVersion.cmake"
          DESTINATION "${OUTDIAL_PACKAGE_DIR}" COMPONENT development)
  # For libraries that bring no CMake package of their own.
  file(GLOB modules "${PROJECT_SOURCE_DIR}/cmake/Find*.cmake")
  install(FILES ${modules} "${PROJECT_SOURCE_DIR}/cmake/OutdialPkgConfig.cmake"
          DESTINATION "${OUTDIAL_PACKAGE_DIR}/modules" COMPONENT development)
  # As sources: test cases register themselves, and belong to the Catch2 of whoever runs them.
  set(tests "${PROJECT_SOURCE_DIR}/tests")
  set(installed_tests "${CMAKE_INSTALL_DATADIR}/outdial/contract_suite")
  install(DIRECTORY "${tests}/contract/suite" DESTINATION "${installed_tests}/contract"
          COMPONENT development)
  install(FILES "${tests}/support/catch.h" "${tests}/support/catch_main.cc" "${tests}/support/death.h"
                "${tests}/support/slow_clock.h" "${tests}/support/test_support.cmake"
          DESTINATION "${installed_tests}/support" COMPONENT development)
endfunction()
