// WebP: its container, and libwebp, opened when first needed.
#pragma once

#include <cstdint>
#include <string_view>

#include "amsel/image.h"
#include "amsel/result.h"

namespace amsel {

/// What a WebP file shows first: a still picture, or the first frame of an animation on its canvas.
struct WebpPicture {
  std::int64_t width = 0;  ///< of the canvas
  std::int64_t height = 0;
  std::int64_t left = 0;  ///< where the frame lies on it
  std::int64_t top = 0;
  std::int64_t frame_width = 0;
  std::int64_t frame_height = 0;
  std::string_view bitstream;  ///< VP8 or VP8L
};

/// Reads the container, whose mark the caller has seen.
Result<WebpPicture> ReadWebp(std::string_view webp);

/// What a frame leaves free of its canvas is black. Fills in pixels, width and height.
Status DecodeWebp(const WebpPicture& picture, Image& image);

/// The orientation that the Exif chunk declares; upright where it declares none, or what there is is damaged.
int WebpOrientation(std::string_view webp);

}  // namespace amsel
