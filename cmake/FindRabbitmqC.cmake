# RabbitmqC::RabbitmqC: rabbitmq-c, from its own CMake files (Debian, vcpkg, Conan), else from pkg-config. Where only the
# static library was built, they have no other target.

find_package(rabbitmq-c CONFIG QUIET)
set(RabbitmqC_TARGET "")
if(TARGET rabbitmq::rabbitmq)
  set(RabbitmqC_TARGET rabbitmq::rabbitmq)
elseif(TARGET rabbitmq::rabbitmq-static)
  set(RabbitmqC_TARGET rabbitmq::rabbitmq-static)
else()
  include("${CMAKE_CURRENT_LIST_DIR}/OutdialPkgConfig.cmake")
  outdial_pkg_check_module(PC_RABBITMQ_C librabbitmq)
  if(PC_RABBITMQ_C_FOUND)
    set(RabbitmqC_TARGET PkgConfig::PC_RABBITMQ_C)
  endif()
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  RabbitmqC
  REQUIRED_VARS RabbitmqC_TARGET
  REASON_FAILURE_MESSAGE "${RabbitmqC_LACKS_PKG_CONFIG}")

if(RabbitmqC_FOUND AND NOT TARGET RabbitmqC::RabbitmqC)
  add_library(RabbitmqC::RabbitmqC INTERFACE IMPORTED)
  target_link_libraries(RabbitmqC::RabbitmqC INTERFACE ${RabbitmqC_TARGET})
endif()
