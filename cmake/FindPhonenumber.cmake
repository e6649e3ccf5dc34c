# Phonenumber::Phonenumber: libphonenumber. Its newer versions bring CMake files; of others, what they need is looked for
# here: the library, and the protocol buffers that its headers include.

find_package(libphonenumber CONFIG QUIET)
foreach(_Phonenumber_target libphonenumber::phonenumber-shared libphonenumber::phonenumber libphonenumber::libphonenumber)
  if(TARGET ${_Phonenumber_target} AND NOT TARGET Phonenumber::Phonenumber)
    add_library(Phonenumber::Phonenumber INTERFACE IMPORTED)
    target_link_libraries(Phonenumber::Phonenumber INTERFACE ${_Phonenumber_target})
  endif()
endforeach()

if(TARGET Phonenumber::Phonenumber)
  set(Phonenumber_FOUND TRUE)
else()
  find_path(Phonenumber_INCLUDE_DIR phonenumbers/phonenumberutil.h)
  find_library(Phonenumber_LIBRARY phonenumber)
  find_package(Protobuf QUIET)
  mark_as_advanced(Phonenumber_INCLUDE_DIR Phonenumber_LIBRARY)

  include(FindPackageHandleStandardArgs)
  find_package_handle_standard_args(
    Phonenumber REQUIRED_VARS Phonenumber_LIBRARY Phonenumber_INCLUDE_DIR Protobuf_FOUND)
  if(Phonenumber_FOUND)
    add_library(Phonenumber::Phonenumber UNKNOWN IMPORTED)
    set_target_properties(
      Phonenumber::Phonenumber
      PROPERTIES IMPORTED_LOCATION "${Phonenumber_LIBRARY}"
                 INTERFACE_INCLUDE_DIRECTORIES "${Phonenumber_INCLUDE_DIR}"
                 INTERFACE_LINK_LIBRARIES protobuf::libprotobuf)
  endif()
endif()
