# RabbitmqC::RabbitmqC: rabbitmq-c, from its own CMake files (Debian, vcpkg, Conan), else from pkg-config. Where only the
# static library was built, they have no other target.

find_package(rabbitmq-c CONFIG QUIET)
set(RabbitmqC_TARGET "")
if(TARGET rabbitmq::rabbitmq)
  set(RabbitmqC_TARGET rabbitmq::rabbitmq)
elseif(TARGET rabbitmq::rabbitmq-static)
  set(RabbitmqC_TARGET rabbitmq::rabbitmq-static)
else()
  find_package(PkgConfig QUIET)
  if(PkgConfig_FOUND)
    pkg_check_modules(PC_RABBITMQ_C QUIET IMPORTED_TARGET GLOBAL librabbitmq)
    if(PC_RABBITMQ_C_FOUND)
      set(RabbitmqC_TARGET PkgConfig::PC_RABBITMQ_C)
    endif()
  endif()
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(RabbitmqC REQUIRED_VARS RabbitmqC_TARGET)

if(RabbitmqC_FOUND AND NOT TARGET RabbitmqC::RabbitmqC)
  add_library(RabbitmqC::RabbitmqC INTERFACE IMPORTED)
  target_link_libraries(RabbitmqC::RabbitmqC INTERFACE ${RabbitmqC_TARGET})
endif()
