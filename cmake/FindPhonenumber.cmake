# Phonenumber::Phonenumber: libphonenumber. A shared library needs only the protocol buffers that its headers include, and
# is taken as it lies there: Debian 13's package brings CMake files that end with an error, because they name the static
# library, which is not in it. For a static library, CMake files of its own tell what else to link.

find_path(Phonenumber_INCLUDE_DIR phonenumbers/phonenumberutil.h)
find_library(Phonenumber_LIBRARY phonenumber)
mark_as_advanced(Phonenumber_INCLUDE_DIR Phonenumber_LIBRARY)

set(Phonenumber_TARGET "")
if(NOT Phonenumber_LIBRARY MATCHES "\\.(so|dylib)$")
  find_package(libphonenumber CONFIG QUIET)
  foreach(_Phonenumber_target libphonenumber::phonenumber-shared libphonenumber::phonenumber libphonenumber::libphonenumber)
    if(TARGET ${_Phonenumber_target} AND NOT Phonenumber_TARGET)
      set(Phonenumber_TARGET ${_Phonenumber_target})
    endif()
  endforeach()
endif()

include(FindPackageHandleStandardArgs)
if(Phonenumber_TARGET)
  find_package_handle_standard_args(Phonenumber REQUIRED_VARS Phonenumber_TARGET)
else()
  find_package(Protobuf QUIET)
  find_package_handle_standard_args(
    Phonenumber REQUIRED_VARS Phonenumber_LIBRARY Phonenumber_INCLUDE_DIR Protobuf_FOUND)
endif()

if(Phonenumber_FOUND AND NOT TARGET Phonenumber::Phonenumber)
  if(Phonenumber_TARGET)
    add_library(Phonenumber::Phonenumber INTERFACE IMPORTED)
    target_link_libraries(Phonenumber::Phonenumber INTERFACE ${Phonenumber_TARGET})
  else()
    add_library(Phonenumber::Phonenumber UNKNOWN IMPORTED)
    set_target_properties(
      Phonenumber::Phonenumber
      PROPERTIES IMPORTED_LOCATION "${Phonenumber_LIBRARY}"
                 INTERFACE_INCLUDE_DIRECTORIES "${Phonenumber_INCLUDE_DIR}"
                 INTERFACE_LINK_LIBRARIES protobuf::libprotobuf)
  endif()
endif()
