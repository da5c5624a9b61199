# What amsel borrows. docs/adr/0002-dependencies.md says why each was chosen.
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(nlohmann_json 3.10 REQUIRED)
find_package(CLI11 REQUIRED)
find_package(fmt REQUIRED)
set(AMSEL_FMT fmt::fmt)
if(AMSEL_DEVICE_ONLY)
  set(AMSEL_FMT fmt::fmt-header-only)  # slower to compile, and a device needs no library of it
endif()
set(AMSEL_OPENCV core imgproc imgcodecs features2d)
if(NOT AMSEL_DEVICE_ONLY)
  list(APPEND AMSEL_OPENCV ml)
endif()
option(AMSEL_STATIC_OPENCV "Link the OpenCV that scripts/fetch_opencv.sh builds, image codecs included" OFF)
if(AMSEL_STATIC_OPENCV)
  set(OpenCV_DIR ${AMSEL_DEPS}/opencv/lib/cmake/opencv4)
  set(OpenCV_STATIC ON)
  if(NOT EXISTS ${OpenCV_DIR}/OpenCVConfig.cmake)
    message(FATAL_ERROR "AMSEL_STATIC_OPENCV: there is no ${OpenCV_DIR}; scripts/fetch_opencv.sh builds it")
  endif()
  # Its headers' messages name them, and what links it goes elsewhere.
  file(REAL_PATH ${AMSEL_DEPS}/opencv opencv_built)
  add_compile_options(-ffile-prefix-map=${opencv_built}/=)
  list(APPEND AMSEL_OPENCV imgcodecs)
  set(AMSEL_CODECS_LINKED opencv_imgcodecs libwebp)
  set(AMSEL_CODECS_WITHOUT opencv_codecs.cc opencv_codecs_test.cc webp_library.cc)
else()
  set(AMSEL_CODECS_WITHOUT opencv_codecs_linked.cc webp_library_linked.cc)
endif()
find_package(OpenCV REQUIRED COMPONENTS ${AMSEL_OPENCV})

# SHA-256 from libcrypto, linked statically so that a device needs no OpenSSL of its own.
find_path(AMSEL_CRYPTO_INCLUDE openssl/sha.h REQUIRED)
find_library(AMSEL_CRYPTO_LIBRARY NAMES libcrypto.a crypto REQUIRED)
add_library(amsel_crypto INTERFACE)
target_include_directories(amsel_crypto SYSTEM INTERFACE ${AMSEL_CRYPTO_INCLUDE})
target_link_libraries(amsel_crypto INTERFACE ${AMSEL_CRYPTO_LIBRARY} Threads::Threads ${CMAKE_DL_LIBS})

# minisign's signatures, likewise.
find_path(AMSEL_SODIUM_INCLUDE sodium.h REQUIRED)
find_library(AMSEL_SODIUM_LIBRARY NAMES libsodium.a sodium REQUIRED)
add_library(amsel_sodium INTERFACE)
target_include_directories(amsel_sodium SYSTEM INTERFACE ${AMSEL_SODIUM_INCLUDE})
target_link_libraries(amsel_sodium INTERFACE ${AMSEL_SODIUM_LIBRARY} Threads::Threads)

find_path(AMSEL_TURBOJPEG_INCLUDE turbojpeg.h REQUIRED)
find_library(AMSEL_TURBOJPEG_LIBRARY turbojpeg REQUIRED)
add_library(amsel_turbojpeg INTERFACE)
target_include_directories(amsel_turbojpeg SYSTEM INTERFACE ${AMSEL_TURBOJPEG_INCLUDE})
target_link_libraries(amsel_turbojpeg INTERFACE ${AMSEL_TURBOJPEG_LIBRARY})

# ONNX Runtime: headers to build with; the library is opened at run time, so none is linked.
find_path(AMSEL_ONNXRUNTIME_INCLUDE onnxruntime_cxx_api.h HINTS ${AMSEL_DEPS}/onnxruntime
          PATH_SUFFIXES include/onnxruntime include/onnxruntime/core/session REQUIRED)
add_library(amsel_onnxruntime_headers INTERFACE)
target_include_directories(amsel_onnxruntime_headers SYSTEM INTERFACE ${AMSEL_ONNXRUNTIME_INCLUDE})
set(AMSEL_ONNXRUNTIME_FALLBACK "${AMSEL_DEPS}/onnxruntime/lib/libonnxruntime.so.1" CACHE STRING
    "The library to open when no other is found; empty for what is built to go elsewhere")
target_compile_definitions(amsel_onnxruntime_headers INTERFACE
  ORT_API_MANUAL_INIT AMSEL_ONNXRUNTIME_FALLBACK="${AMSEL_ONNXRUNTIME_FALLBACK}")

if(NOT AMSEL_DEVICE_ONLY)
  find_package(SQLite3 3.35 REQUIRED)
  find_package(Eigen3 3.3 REQUIRED NO_MODULE)
  find_path(AMSEL_LBFGS_INCLUDE lbfgs.h REQUIRED)
  find_library(AMSEL_LBFGS_LIBRARY lbfgs REQUIRED)
  add_library(amsel_lbfgs INTERFACE)
  target_include_directories(amsel_lbfgs SYSTEM INTERFACE ${AMSEL_LBFGS_INCLUDE})
  target_link_libraries(amsel_lbfgs INTERFACE ${AMSEL_LBFGS_LIBRARY})

  # LightGBM: its library is opened when boosted trees are learned, so none is linked.
  set(AMSEL_LIGHTGBM_FALLBACK "${AMSEL_DEPS}/lightgbm/lib/lib_lightgbm.so" CACHE STRING
      "The library to open when no other is found; empty for what is built to go elsewhere")
  add_library(amsel_lightgbm INTERFACE)
  target_compile_definitions(amsel_lightgbm INTERFACE AMSEL_LIGHTGBM_FALLBACK="${AMSEL_LIGHTGBM_FALLBACK}")
  target_link_libraries(amsel_lightgbm INTERFACE ${CMAKE_DL_LIBS})
endif()

if(AMSEL_TESTS)
  find_package(GTest REQUIRED)
endif()
