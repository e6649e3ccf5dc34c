# An overlay port of this source tree: vcpkg install outdial --overlay-ports=cmake/package/vcpkg
get_filename_component(SOURCE_PATH "${CURRENT_PORT_DIR}/../../../.." ABSOLUTE)

vcpkg_check_features(OUT_FEATURE_OPTIONS FEATURE_OPTIONS FEATURES apps OUTDIAL_BUILD_APPS)
set(adapters "")
if("adapters" IN_LIST FEATURES)
  set(adapters all)
endif()
vcpkg_cmake_configure(SOURCE_PATH "${SOURCE_PATH}" OPTIONS ${FEATURE_OPTIONS} "-DOUTDIAL_ADAPTERS=${adapters}"
                                             -DOUTDIAL_BUILD_TESTS=OFF)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(CONFIG_PATH lib/cmake/outdial)
vcpkg_fixup_pkgconfig()
if("apps" IN_LIST FEATURES)
  vcpkg_copy_tools(TOOL_NAMES outdial-control outdial-manager AUTO_CLEAN)
endif()
file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/debug/include" "${CURRENT_PACKAGES_DIR}/debug/share")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
