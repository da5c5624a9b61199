// JPEG by libturbojpeg: the same pixels as OpenCV's decoder gives, and it can reduce while it decodes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "amsel/result.h"

namespace amsel {

struct JpegHeader {
  int width = 0;
  int height = 0;
  bool cmyk = false;      ///< of four inks, which Decode does not take
  std::size_t bytes = 0;  ///< of the picture, without what follows its end
};

/// Decodes JPEGs one after another. Not thread-safe.
class JpegReader {
 public:
  /// Refuses what has too many scans: each would be as much work as a picture.
  Result<JpegHeader> ReadHeader(std::string_view jpeg);

  /// Decodes the whole of `jpeg` to BGR rows without padding. Width and height are those of the header divided by 1, 2,
  /// 4 or 8, rounded up.
  Status Decode(std::string_view jpeg, std::uint8_t* pixels, int width, int height);

 private:
  struct Close {
    void operator()(void* handle) const;
  };
  std::unique_ptr<void, Close> handle_;  ///< made when there is none yet
};

}  // namespace amsel
