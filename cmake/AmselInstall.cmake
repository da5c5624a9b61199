# The shared library libamsel_runtime, and what `cmake --install` puts where: all of it can be moved afterwards.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

option(AMSEL_INSTALL_ONNXRUNTIME "Install the ONNX Runtime under AMSEL_DEPS too, with its licence" OFF)

function(amsel_shared_library)
  file(STRINGS ${PROJECT_SOURCE_DIR}/include/amsel/amsel.h version REGEX "^#define AMSEL_API_VERSION ")
  string(REGEX REPLACE "[^0-9]" "" version "${version}")
  set(map ${PROJECT_BINARY_DIR}/libamsel_runtime.map)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/libamsel_runtime.map ${map} @ONLY)
  add_library(amsel_shared SHARED $<TARGET_OBJECTS:amsel_capi>)
  set_target_properties(amsel_shared PROPERTIES OUTPUT_NAME amsel_runtime EXPORT_NAME runtime LINKER_LANGUAGE CXX
                        VERSION ${version}.${PROJECT_VERSION} SOVERSION ${version} LINK_DEPENDS ${map})
  target_link_libraries(amsel_shared PRIVATE amsel_capi)
  target_link_options(amsel_shared PRIVATE -Wl,--version-script=${map} -Wl,--as-needed -Wl,--gc-sections)
  target_include_directories(amsel_shared INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                                                    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_compile_features(amsel_shared INTERFACE cxx_std_20)
  add_library(amsel::runtime ALIAS amsel_shared)
endfunction()

# What `pip` puts into the package amsel: the program, the library and the licences of what is in them.
function(amsel_install_wheel)
  get_target_property(version amsel_shared SOVERSION)
  set_target_properties(amsel_shared PROPERTIES VERSION ${version})  # a wheel holds no links
  install(TARGETS amsel RUNTIME DESTINATION bin COMPONENT wheel)
  install(TARGETS amsel_shared LIBRARY DESTINATION lib COMPONENT wheel NAMELINK_SKIP)
  # As Debian and OpenCV keep them: of what is linked into the two, and of what auditwheel puts beside them.
  foreach(package libssl-dev libsodium-dev libfmt-dev libcli11-dev nlohmann-json3-dev libeigen3-dev liblbfgs-dev libturbojpeg0-dev
          libsqlite3-dev zlib1g-dev)
    install(FILES /usr/share/doc/${package}/copyright DESTINATION licenses RENAME ${package}.txt COMPONENT wheel)
  endforeach()
  install(DIRECTORY ${AMSEL_DEPS}/opencv/share/licenses/opencv4/ DESTINATION licenses/opencv COMPONENT wheel)
endfunction()

function(amsel_install)
  set(package ${CMAKE_INSTALL_LIBDIR}/cmake/amsel)
  set(doc ${CMAKE_INSTALL_DATADIR}/doc/amsel)
  set(generated ${PROJECT_BINARY_DIR}/install)
  install(TARGETS amsel RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  install(TARGETS amsel_shared EXPORT amsel-targets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(EXPORT amsel-targets NAMESPACE amsel:: DESTINATION ${package})
  configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/amsel-config.cmake.in ${generated}/amsel-config.cmake
                                INSTALL_DESTINATION ${package} NO_SET_AND_CHECK_MACRO)
  # Before 1.0 the C++ API may change with any minor release.
  write_basic_package_version_file(${generated}/amsel-config-version.cmake COMPATIBILITY SameMinorVersion)
  install(FILES ${generated}/amsel-config.cmake ${generated}/amsel-config-version.cmake DESTINATION ${package})
  file(RELATIVE_PATH AMSEL_PC_PREFIX /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/amsel.pc.in ${generated}/amsel.pc @ONLY)
  install(FILES ${generated}/amsel.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/amsel DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${doc})
  # As they lie here, so that their links hold there.
  install(FILES ${PROJECT_SOURCE_DIR}/README.md DESTINATION ${doc})
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs DESTINATION ${doc})
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/examples DESTINATION ${doc})
  if(AMSEL_INSTALL_ONNXRUNTIME)
    install(DIRECTORY ${AMSEL_DEPS}/onnxruntime/lib/ DESTINATION ${CMAKE_INSTALL_LIBDIR}
            FILES_MATCHING PATTERN "libonnxruntime.so.1*")
    install(DIRECTORY ${AMSEL_DEPS}/onnxruntime/share/doc/onnxruntime DESTINATION ${CMAKE_INSTALL_DATADIR}/doc)
  endif()
endfunction()
