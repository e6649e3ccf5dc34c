# SOCI::core, and SOCI::<backend> for each requested component (sqlite3, mysql).

# From SOCI's own CMake files where they are (SOCI 4.1, vcpkg, Conan). Their targets have had several names.
set(_SOCI_components ${SOCI_FIND_COMPONENTS})
find_package(SOCI CONFIG QUIET NAMES SOCI soci)
if(SOCI_FOUND)
  foreach(_SOCI_component IN ITEMS core LISTS _SOCI_components)
    string(REPLACE "sqlite3" "SQLite3" _SOCI_name "${_SOCI_component}")
    string(REPLACE "mysql" "MySQL" _SOCI_name "${_SOCI_name}")
    string(REPLACE "core" "Core" _SOCI_name "${_SOCI_name}")
    foreach(_SOCI_target IN ITEMS SOCI::${_SOCI_name} SOCI::soci_${_SOCI_component} SOCI::soci_${_SOCI_component}_static)
      if(TARGET ${_SOCI_target} AND NOT TARGET SOCI::${_SOCI_component})
        add_library(SOCI::${_SOCI_component} INTERFACE IMPORTED)
        target_link_libraries(SOCI::${_SOCI_component} INTERFACE ${_SOCI_target})
      endif()
    endforeach()
    if(TARGET SOCI::${_SOCI_component})
      set(SOCI_${_SOCI_component}_FOUND TRUE)
    endif()
  endforeach()
  include(FindPackageHandleStandardArgs)
  find_package_handle_standard_args(SOCI REQUIRED_VARS SOCI_core_FOUND HANDLE_COMPONENTS)
  return()
endif()

find_path(SOCI_INCLUDE_DIR soci/soci.h)
find_library(SOCI_core_LIBRARY soci_core)
mark_as_advanced(SOCI_INCLUDE_DIR SOCI_core_LIBRARY)
set(_SOCI_required SOCI_core_LIBRARY SOCI_INCLUDE_DIR)
set(_SOCI_include_directories "${SOCI_INCLUDE_DIR}")

# SOCI's headers include Boost's when it was built with Boost.
if(EXISTS "${SOCI_INCLUDE_DIR}/soci/soci-config.h")
  file(STRINGS "${SOCI_INCLUDE_DIR}/soci/soci-config.h" _SOCI_boost REGEX "^#define SOCI_HAVE_BOOST$")
  if(_SOCI_boost)
    find_path(SOCI_BOOST_INCLUDE_DIR boost/version.hpp)
    mark_as_advanced(SOCI_BOOST_INCLUDE_DIR)
    list(APPEND _SOCI_required SOCI_BOOST_INCLUDE_DIR)
    list(APPEND _SOCI_include_directories "${SOCI_BOOST_INCLUDE_DIR}")
  endif()
endif()

foreach(_SOCI_component IN LISTS SOCI_FIND_COMPONENTS)
  find_library(SOCI_${_SOCI_component}_LIBRARY soci_${_SOCI_component})
  mark_as_advanced(SOCI_${_SOCI_component}_LIBRARY)
  if(_SOCI_component STREQUAL "sqlite3")
    find_path(SOCI_sqlite3_CLIENT_INCLUDE_DIR sqlite3.h)
    find_library(SOCI_sqlite3_CLIENT_LIBRARY sqlite3)
  elseif(_SOCI_component STREQUAL "mysql")
    find_path(SOCI_mysql_CLIENT_INCLUDE_DIR mysql.h PATH_SUFFIXES mysql mariadb)
    find_library(SOCI_mysql_CLIENT_LIBRARY NAMES mariadb mysqlclient)
  endif()
  mark_as_advanced(SOCI_${_SOCI_component}_CLIENT_INCLUDE_DIR SOCI_${_SOCI_component}_CLIENT_LIBRARY)
  if(SOCI_${_SOCI_component}_LIBRARY
     AND SOCI_${_SOCI_component}_CLIENT_INCLUDE_DIR
     AND SOCI_${_SOCI_component}_CLIENT_LIBRARY)
    set(SOCI_${_SOCI_component}_FOUND TRUE)
  endif()
endforeach()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  SOCI
  REQUIRED_VARS ${_SOCI_required}
  HANDLE_COMPONENTS)

if(SOCI_FOUND AND NOT TARGET SOCI::core)
  add_library(SOCI::core UNKNOWN IMPORTED)
  set_target_properties(
    SOCI::core
    PROPERTIES IMPORTED_LOCATION "${SOCI_core_LIBRARY}"
               INTERFACE_INCLUDE_DIRECTORIES "${_SOCI_include_directories}")
endif()
foreach(_SOCI_component IN LISTS SOCI_FIND_COMPONENTS)
  if(SOCI_FOUND AND NOT TARGET SOCI::${_SOCI_component})
    add_library(SOCI::${_SOCI_component} UNKNOWN IMPORTED)
    set_target_properties(
      SOCI::${_SOCI_component}
      PROPERTIES IMPORTED_LOCATION "${SOCI_${_SOCI_component}_LIBRARY}"
                 INTERFACE_INCLUDE_DIRECTORIES "${SOCI_${_SOCI_component}_CLIENT_INCLUDE_DIR}")
    target_link_libraries(SOCI::${_SOCI_component} INTERFACE SOCI::core
                                                       "${SOCI_${_SOCI_component}_CLIENT_LIBRARY}")
  endif()
endforeach()
