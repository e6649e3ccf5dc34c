# What every test links, here and in the installed contract suite, as outdial_test_support: Catch2, version 2 or 3, with a
# main(), and RapidCheck. Headers are included as "support/catch.h".

if(Catch2_VERSION VERSION_LESS 3)
  add_library(outdial_catch_main STATIC EXCLUDE_FROM_ALL "${CMAKE_CURRENT_LIST_DIR}/catch_main.cc")
  target_include_directories(outdial_catch_main PRIVATE "${CMAKE_CURRENT_LIST_DIR}/..")
  # As the tests: what it knows to print depends on it.
  target_compile_features(outdial_catch_main PRIVATE cxx_std_20)
  target_link_libraries(outdial_catch_main PUBLIC Catch2::Catch2)
else()
  add_library(outdial_catch_main INTERFACE)
  target_link_libraries(outdial_catch_main INTERFACE Catch2::Catch2WithMain)
endif()

add_library(outdial_test_support INTERFACE)
target_include_directories(outdial_test_support INTERFACE "${CMAKE_CURRENT_LIST_DIR}/..")
target_link_libraries(outdial_test_support INTERFACE outdial_catch_main rapidcheck)
# RapidCheck's headers use what C++23 deprecates, and Clang tells the one who includes them.
target_compile_options(
  outdial_test_support INTERFACE $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>)
