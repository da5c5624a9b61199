// libwebp: opened when the first WebP image needs it, or linked into the program with OpenCV's codecs.
#pragma once

#include <cstddef>
#include <cstdint>

#include "amsel/result.h"

namespace amsel {

/// WebPGetInfo and WebPDecodeBGRInto of libwebp, whose binary interface has been the same since its first release.
struct WebpLibrary {
  int (*size)(const std::uint8_t* data, std::size_t bytes, int* width, int* height) = nullptr;
  std::uint8_t* (*decode)(const std::uint8_t* data, std::size_t bytes, std::uint8_t* pixels, std::size_t room,
                          int stride) = nullptr;
};

/// That of this process, opened once. Thread-safe.
const Result<WebpLibrary>& Webp();

}  // namespace amsel
