# amsel_layer(NAME DEPENDS layers... LIBRARIES private... PUBLIC_LIBRARIES public... TEST_LIBRARIES of its tests alone...
#             WITHOUT its sources that this build has others for...)
# One static library per folder of src/, and one test program from the *_test.cc beside its sources.
add_library(amsel_options INTERFACE)
target_include_directories(amsel_options INTERFACE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include
                           ${PROJECT_SOURCE_DIR}/cmake/thread_safety/$<IF:$<CXX_COMPILER_ID:Clang>,clang,other>)
target_compile_options(amsel_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
                                               -Wredundant-decls
                                               $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor>
                                               $<$<COMPILE_LANGUAGE:CXX>:-Wzero-as-null-pointer-constant>
                                               $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wlogical-op>
                                               -ffp-contract=off  # the same decisions on every processor
                                               -ffunction-sections -fdata-sections  # a library's unused ones go (--gc-sections)
                                               -fno-math-errno    # nobody reads it; lets std::sqrt be vectorised
                                               $<$<COMPILE_LANG_AND_ID:CXX,Clang>:-Werror=thread-safety>
                                               # clang sees one inside libstdc++ 12's std::stable_sort
                                               $<$<COMPILE_LANG_AND_ID:CXX,Clang>:-Wno-deprecated-declarations>
                                               $<$<BOOL:${CMAKE_UNITY_BUILD}>:-Wno-shadow>  # of names of other files
                                               $<$<BOOL:${AMSEL_WERROR}>:-Werror>)

# Tests and option parsing need no speed; the templates that they are made of compile faster so, with sanitizers in half
# the time.
set(amsel_quick_build $<$<CONFIG:Release>:-O1>$<$<CONFIG:RelWithDebInfo>:-O0>)

# What nearly every source includes and is slow to read, compiled once: for libraries, and for tests.
add_library(amsel_library_pch OBJECT ${PROJECT_SOURCE_DIR}/cmake/empty.cc)
target_link_libraries(amsel_library_pch PRIVATE amsel_options)
target_precompile_headers(amsel_library_pch PRIVATE <nlohmann/json.hpp> <algorithm> <functional> <map> <memory>
                                                    <optional> <span> <string> <vector>)
if(AMSEL_TESTS)
  add_library(amsel_test_pch OBJECT ${PROJECT_SOURCE_DIR}/cmake/empty.cc)
  target_link_libraries(amsel_test_pch PRIVATE amsel_options GTest::gmock)
  set_target_properties(amsel_test_pch PROPERTIES POSITION_INDEPENDENT_CODE OFF)  # as programs are compiled
  target_compile_options(amsel_test_pch PRIVATE ${amsel_quick_build})
  target_precompile_headers(amsel_test_pch PRIVATE <gmock/gmock.h> <gtest/gtest.h> <nlohmann/json.hpp>)
  add_library(amsel_test_main OBJECT ${PROJECT_SOURCE_DIR}/tests/support/main.cc)
  target_link_libraries(amsel_test_main PRIVATE amsel_options GTest::gmock)
endif()

function(amsel_layer name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;LIBRARIES;PUBLIC_LIBRARIES;TEST_LIBRARIES;WITHOUT" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cc)
  list(TRANSFORM ARG_WITHOUT PREPEND ${PROJECT_SOURCE_DIR}/src/${name}/)
  list(REMOVE_ITEM sources ${ARG_WITHOUT})
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  add_library(amsel_${name} STATIC ${sources})
  set_property(GLOBAL APPEND PROPERTY AMSEL_LAYERS ${name})
  target_precompile_headers(amsel_${name} REUSE_FROM amsel_library_pch)
  list(TRANSFORM ARG_DEPENDS PREPEND amsel_)
  target_link_libraries(amsel_${name} PRIVATE amsel_options ${ARG_LIBRARIES} PUBLIC ${ARG_DEPENDS} ${ARG_PUBLIC_LIBRARIES})
  if(AMSEL_TESTS AND tests)
    amsel_test(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE amsel_${name} ${ARG_LIBRARIES} ${ARG_TEST_LIBRARIES})
    amsel_c_tests(${name})
  endif()
endfunction()

# What a layer's tests call as C: *_test.c beside its sources, compiled as plain C99 and linked into its test program.
function(amsel_c_tests name)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*_test.c)
  if(sources)
    add_library(${name}_c_tests OBJECT ${sources})
    set_target_properties(${name}_c_tests PROPERTIES C_STANDARD 99 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF)
    target_compile_options(${name}_c_tests PRIVATE -Wstrict-prototypes)
    target_link_libraries(${name}_c_tests PRIVATE amsel_options)
    target_sources(${name}_test PRIVATE $<TARGET_OBJECTS:${name}_c_tests>)
  endif()
endfunction()

# amsel_test(NAME sources...): a GoogleTest program whose cases ctest lists one by one.
function(amsel_test name)
  include(GoogleTest)
  add_executable(${name} ${ARGN} $<TARGET_OBJECTS:amsel_test_main>)
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(${name} PRIVATE ${amsel_quick_build})
  target_precompile_headers(${name} REUSE_FROM amsel_test_pch)
  target_link_libraries(${name} PRIVATE amsel_options GTest::gmock)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_definitions(${name} PRIVATE AMSEL_TEST_DATA="${PROJECT_SOURCE_DIR}/tests/data"
                                             AMSEL_TEST_PLUGINS="${PROJECT_BINARY_DIR}/tests/plugins"
                                             AMSEL_ZOO="${PROJECT_SOURCE_DIR}/zoo")
  # On a loaded or cold machine reading the libraries alone can take longer than the 5 s that CMake allows.
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 300 PROPERTIES TIMEOUT 300)
endfunction()

# The `amsel` program: main.cc and a file per verb. The device build has the verbs that need no profile.
function(amsel_command_line)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/cli/*.cc)
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  if(AMSEL_DEVICE_ONLY)
    list(FILTER sources EXCLUDE REGEX "/(auto_views|verb_check|verb_init|verb_profile|verb_train|verb_evaluate|verb_doctor|verb_study|verb_report|verb_tensors|verbs_all|inspect_profile|load_table)\\.cc$")
    set(top amsel_runtime amsel_meter)
  else()
    list(FILTER sources EXCLUDE REGEX "/(verbs_device|inspect_no_profile)\\.cc$")
    set(top amsel_train amsel_study amsel_doctor amsel_report amsel_describe)
  endif()
  add_executable(amsel ${sources})
  # Each verb has its own Options and Run.
  set_target_properties(amsel PROPERTIES POSITION_INDEPENDENT_CODE OFF UNITY_BUILD OFF)
  target_compile_options(amsel PRIVATE ${amsel_quick_build})
  target_precompile_headers(amsel PRIVATE <CLI/CLI.hpp> <nlohmann/json.hpp> <fmt/core.h>)
  target_link_libraries(amsel PRIVATE amsel_options ${top} CLI11::CLI11 ${AMSEL_FMT})
endfunction()
