# SOCI::core, and SOCI::<backend> for each requested component (sqlite3, mysql).

# From SOCI's own CMake files where they are (SOCI 4.1, vcpkg, Conan). Their targets have had several names.
set(components ${SOCI_FIND_COMPONENTS})
find_package(SOCI CONFIG QUIET NAMES SOCI soci)
if(SOCI_FOUND)
  foreach(component IN ITEMS core LISTS components)
    string(REPLACE "sqlite3" "SQLite3" name "${component}")
    string(REPLACE "mysql" "MySQL" name "${name}")
    string(REPLACE "core" "Core" name "${name}")
    foreach(target IN ITEMS SOCI::${name} SOCI::soci_${component} SOCI::soci_${component}_static)
      if(TARGET ${target} AND NOT TARGET SOCI::${component})
        add_library(SOCI::${component} INTERFACE IMPORTED)
        target_link_libraries(SOCI::${component} INTERFACE ${target})
      endif()
    endforeach()
    if(TARGET SOCI::${component})
      set(SOCI_${component}_FOUND TRUE)
    endif()
  endforeach()
  include(FindPackageHandleStandardArgs)
  find_package_handle_standard_args(SOCI REQUIRED_VARS SOCI_core_FOUND HANDLE_COMPONENTS)
  return()
endif()

find_path(SOCI_INCLUDE_DIR soci/soci.h)
find_library(SOCI_core_LIBRARY soci_core)
mark_as_advanced(SOCI_INCLUDE_DIR SOCI_core_LIBRARY)
set(required SOCI_core_LIBRARY SOCI_INCLUDE_DIR)
set(include_directories "${SOCI_INCLUDE_DIR}")

# SOCI's headers include Boost's when it was built with Boost.
if(EXISTS "${SOCI_INCLUDE_DIR}/soci/soci-config.h")
  file(STRINGS "${SOCI_INCLUDE_DIR}/soci/soci-config.h" boost REGEX "^#define SOCI_HAVE_BOOST$")
  if(boost)
    find_path(SOCI_BOOST_INCLUDE_DIR boost/version.hpp)
    mark_as_advanced(SOCI_BOOST_INCLUDE_DIR)
    list(APPEND required SOCI_BOOST_INCLUDE_DIR)
    list(APPEND include_directories "${SOCI_BOOST_INCLUDE_DIR}")
  endif()
endif()

foreach(component IN LISTS SOCI_FIND_COMPONENTS)
  find_library(SOCI_${component}_LIBRARY soci_${component})
  mark_as_advanced(SOCI_${component}_LIBRARY)
  if(component STREQUAL "sqlite3")
    find_path(SOCI_sqlite3_CLIENT_INCLUDE_DIR sqlite3.h)
    find_library(SOCI_sqlite3_CLIENT_LIBRARY sqlite3)
  elseif(component STREQUAL "mysql")
    find_path(SOCI_mysql_CLIENT_INCLUDE_DIR mysql.h PATH_SUFFIXES mysql mariadb)
    find_library(SOCI_mysql_CLIENT_LIBRARY NAMES mariadb mysqlclient)
  endif()
  mark_as_advanced(SOCI_${component}_CLIENT_INCLUDE_DIR SOCI_${component}_CLIENT_LIBRARY)
  if(SOCI_${component}_LIBRARY
     AND SOCI_${component}_CLIENT_INCLUDE_DIR
     AND SOCI_${component}_CLIENT_LIBRARY)
    set(SOCI_${component}_FOUND TRUE)
  endif()
endforeach()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  SOCI
  REQUIRED_VARS ${required}
  HANDLE_COMPONENTS)

if(SOCI_FOUND AND NOT TARGET SOCI::core)
  add_library(SOCI::core UNKNOWN IMPORTED)
  set_target_properties(
    SOCI::core
    PROPERTIES IMPORTED_LOCATION "${SOCI_core_LIBRARY}"
               INTERFACE_INCLUDE_DIRECTORIES "${include_directories}")
endif()
foreach(component IN LISTS SOCI_FIND_COMPONENTS)
  if(SOCI_FOUND AND NOT TARGET SOCI::${component})
    add_library(SOCI::${component} UNKNOWN IMPORTED)
    set_target_properties(
      SOCI::${component}
      PROPERTIES IMPORTED_LOCATION "${SOCI_${component}_LIBRARY}"
                 INTERFACE_INCLUDE_DIRECTORIES "${SOCI_${component}_CLIENT_INCLUDE_DIR}")
    target_link_libraries(SOCI::${component} INTERFACE SOCI::core
                                                       "${SOCI_${component}_CLIENT_LIBRARY}")
  endif()
endforeach()
