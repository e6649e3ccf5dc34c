# Phonenumber::Phonenumber: libphonenumber, which has neither CMake files nor pkg-config in every version, with the
# protocol buffers that its headers include.

find_path(Phonenumber_INCLUDE_DIR phonenumbers/phonenumberutil.h)
find_library(Phonenumber_LIBRARY phonenumber)
find_package(Protobuf QUIET)
mark_as_advanced(Phonenumber_INCLUDE_DIR Phonenumber_LIBRARY)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  Phonenumber REQUIRED_VARS Phonenumber_LIBRARY Phonenumber_INCLUDE_DIR Protobuf_FOUND)

if(Phonenumber_FOUND AND NOT TARGET Phonenumber::Phonenumber)
  add_library(Phonenumber::Phonenumber UNKNOWN IMPORTED)
  set_target_properties(
    Phonenumber::Phonenumber
    PROPERTIES IMPORTED_LOCATION "${Phonenumber_LIBRARY}"
               INTERFACE_INCLUDE_DIRECTORIES "${Phonenumber_INCLUDE_DIR}"
               INTERFACE_LINK_LIBRARIES protobuf::libprotobuf)
endif()
