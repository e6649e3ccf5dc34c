# How this project's libraries and programs are declared.

function(outdial_set_common_options target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wconversion)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # GCC 12 sees overlapping copies in std::string's operator+ (GCC bug 105651).
    target_compile_options(${target} PRIVATE -Wno-restrict)
  endif()
  if(OUTDIAL_WARNINGS_AS_ERRORS)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()

include(OutdialPackage)

# outdial_add_library(<name> [SOURCES <file>...] [PUBLIC_DEPS <target>...] [PRIVATE_DEPS <target>...]
#                     [INTERNAL])
#
# Makes the target outdial_<name> with the alias outdial::<name>. Its headers are below include/ of
# the calling directory. Without SOURCES the library is header-only. It is installed, unless it is
# INTERNAL: such a one is static, because programs are installed without it.
function(outdial_add_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "INTERNAL" "" "SOURCES;PUBLIC_DEPS;PRIVATE_DEPS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "outdial_add_library(${name}): unexpected ${arg_UNPARSED_ARGUMENTS}")
  endif()
  set(target outdial_${name})
  if(arg_SOURCES)
    set(public PUBLIC)
    set(type "")
    if(arg_INTERNAL)
      set(type STATIC)
    endif()
    add_library(${target} ${type} ${arg_SOURCES})
    outdial_set_common_options(${target})
    # Without DEFINE_SYMBOL, objects of shared and static libraries are the same: a compiler cache
    # knows those of one from the other.
    set_target_properties(
      ${target}
      PROPERTIES POSITION_INDEPENDENT_CODE ON
                 DEFINE_SYMBOL ""
                 UNITY_BUILD OFF
                 VERSION ${PROJECT_VERSION}
                 SOVERSION ${PROJECT_VERSION_MAJOR}
                 VISIBILITY_INLINES_HIDDEN ON)
    # A program that is linked with --gc-sections is without what it does not call.
    target_compile_options(${target} PRIVATE -ffunction-sections -fdata-sections)
    if(BUILD_SHARED_LIBS AND NOT arg_INTERNAL)
      # Nothing leaves a shared library but what is in our namespace; that does, whatever a
      # project around this one has chosen.
      target_link_options(${target} PRIVATE
                          "LINKER:--version-script=${OUTDIAL_PACKAGE_TEMPLATES}/symbols.map")
      if(NOT PROJECT_IS_TOP_LEVEL)
        target_compile_options(${target} PRIVATE -fvisibility=default)
      endif()
      if(NOT CMAKE_INSTALL_PREFIX STREQUAL "/usr")
        # They find each other where the system does not look.
        set_target_properties(${target} PROPERTIES INSTALL_RPATH "$ORIGIN")
      endif()
    endif()
    target_link_libraries(${target} PUBLIC ${arg_PUBLIC_DEPS} PRIVATE ${arg_PRIVATE_DEPS})
  else()
    set(public INTERFACE)
    add_library(${target} INTERFACE)
    target_compile_features(${target} INTERFACE cxx_std_20)
    target_link_libraries(${target} INTERFACE ${arg_PUBLIC_DEPS} ${arg_PRIVATE_DEPS})
  endif()
  add_library(outdial::${name} ALIAS ${target})
  target_include_directories(
    ${target} ${public} "$<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>"
                        "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  if(OUTDIAL_INSTALL AND NOT arg_INTERNAL)
    outdial_install_library(${name} PUBLIC_DEPS ${arg_PUBLIC_DEPS} PRIVATE_DEPS ${arg_PRIVATE_DEPS})
  endif()
endfunction()

# outdial_add_executable(<name> SOURCES <file>... [DEPS <target>...])
#
# A program in <build>/bin.
function(outdial_add_executable name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "outdial_add_executable(${name}): unexpected ${arg_UNPARSED_ARGUMENTS}")
  endif()
  add_executable(${name} ${arg_SOURCES})
  outdial_set_common_options(${name})
  target_link_libraries(${name} PRIVATE ${arg_DEPS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
endfunction()
