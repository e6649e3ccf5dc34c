# For the find modules beside this file.

# What pkg-config knows as `module` becomes PkgConfig::<prefix>, and <prefix>_FOUND says whether it is there. Where
# pkg-config itself is missing, <package>_LACKS_PKG_CONFIG is a text that says so; elsewhere it is empty.
macro(outdial_pkg_check_module prefix module)
  find_package(PkgConfig QUIET)
  set(${CMAKE_FIND_PACKAGE_NAME}_LACKS_PKG_CONFIG "")
  if(PkgConfig_FOUND)
    pkg_check_modules(${prefix} QUIET IMPORTED_TARGET GLOBAL ${module})
  else()
    set(${CMAKE_FIND_PACKAGE_NAME}_LACKS_PKG_CONFIG "pkg-config, by which it is found, is missing.")
  endif()
endmacro()
