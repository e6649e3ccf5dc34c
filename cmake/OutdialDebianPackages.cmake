# Debian packages, by CPack: outdial-manager (both programs), liboutdial1 (the shared libraries) and
# liboutdial-dev (what one builds with).
#
# cmake --preset debian && cmake --build --preset debian && cpack --preset debian

if(NOT BUILD_SHARED_LIBS)
  message(FATAL_ERROR "OUTDIAL_DEBIAN_PACKAGES needs BUILD_SHARED_LIBS: liboutdial1 holds shared libraries.")
endif()

set(templates "${CMAKE_CURRENT_LIST_DIR}/package/debian")
set(generated "${PROJECT_BINARY_DIR}/debian")
set(deploy "${PROJECT_SOURCE_DIR}/apps/outdial-manager/deploy")

install(FILES "${deploy}/outdial-manager.service" DESTINATION lib/systemd/system COMPONENT manager)
# /etc belongs to the prefix /usr, and to no other: decided when it is installed.
install(
  CODE "set(sysconfdir \"\${CMAKE_INSTALL_PREFIX}/etc\")
if(CMAKE_INSTALL_PREFIX STREQUAL \"/usr\")
  set(sysconfdir /etc)
endif()
file(INSTALL \"${deploy}/outdial-manager.conf\" DESTINATION \"\${sysconfdir}\"
     PERMISSIONS OWNER_READ OWNER_WRITE)"
  COMPONENT manager)

function(outdial_debian_documents package component)
  set(OUTDIAL_DEBIAN_PACKAGE ${package})
  foreach(file IN ITEMS changelog.Debian copyright)
    configure_file("${templates}/${file}.in" "${generated}/${package}/${file}" @ONLY)
  endforeach()
  configure_file("${PROJECT_SOURCE_DIR}/CHANGELOG.md" "${generated}/${package}/changelog" COPYONLY)
  foreach(file IN ITEMS changelog changelog.Debian)
    execute_process(COMMAND gzip -9nf "${generated}/${package}/${file}" COMMAND_ERROR_IS_FATAL ANY)
  endforeach()
  install(
    FILES "${generated}/${package}/copyright" "${generated}/${package}/changelog.gz"
          "${generated}/${package}/changelog.Debian.gz"
    DESTINATION "share/doc/${package}"
    COMPONENT ${component})
endfunction()
outdial_debian_documents(outdial-manager manager)
outdial_debian_documents(liboutdial1 runtime)
outdial_debian_documents(liboutdial-dev development)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_VENDOR outdial)
set(CPACK_PACKAGE_CONTACT "outdial <outdial@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_COMPONENTS_ALL manager runtime development)
set(CPACK_OUTPUT_FILE_PREFIX "${PROJECT_BINARY_DIR}/packages")

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
# Which packages hold the libraries that the programs load; ours are in a package of their own.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
get_property(components GLOBAL PROPERTY OUTDIAL_COMPONENTS)
foreach(component IN LISTS components)
  get_target_property(type outdial_${component} TYPE)
  if(type STREQUAL "SHARED_LIBRARY")
    get_target_property(directory outdial_${component} BINARY_DIR)
    list(APPEND CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "${directory}")
  endif()
endforeach()
set(same_version "(= ${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})")

set(CPACK_DEBIAN_MANAGER_PACKAGE_NAME outdial-manager)
set(CPACK_DEBIAN_MANAGER_PACKAGE_SECTION comm)
set(CPACK_DEBIAN_MANAGER_DESCRIPTION
    "The daemon holds lists of parties to dial and answers whom to call next, over
RabbitMQ and HTTP, on MySQL, MariaDB or SQLite. With the command line
outdial-control.")
set(CPACK_DEBIAN_MANAGER_PACKAGE_DEPENDS "liboutdial1 ${same_version}, init-system-helpers")
set(CPACK_DEBIAN_MANAGER_PACKAGE_CONTROL_EXTRA
    "${templates}/conffiles;${templates}/postinst;${templates}/prerm;${templates}/postrm")

set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME liboutdial1)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_RUNTIME_DESCRIPTION
    "The shared libraries of outdial-manager, also for programs that hold lists
themselves.")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME liboutdial-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION
    "Headers, CMake and pkg-config files, and the contract suite that tests adapters
of your own. What single components need is recommended.")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "liboutdial1 ${same_version}, libabsl-dev")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_RECOMMENDS
    "default-libmysqlclient-dev, libboost-dev, libcpp-httplib-dev, libhiredis-dev, libphonenumber-dev, libprotobuf-dev, librabbitmq-dev, libre2-dev, libsoci-dev, libspdlog-dev, libsqlite3-dev, libssl-dev, nlohmann-json3-dev, pkg-config, prometheus-cpp-dev")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SUGGESTS "catch2, librapidcheck-dev, cmake")

include(CPack)
