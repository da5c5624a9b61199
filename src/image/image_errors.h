// What readers of several formats say alike.
#pragma once

#include <cstdint>
#include <string>

#include "amsel/result.h"

namespace amsel {

inline Error TruncatedImage() {
  return BadInput("the image is truncated");
}

/// Refuses what has no pixels, or more than `max_pixels`. `what` declares the size.
inline Status CheckPixels(std::int64_t width, std::int64_t height, std::int64_t max_pixels,
                          const std::string& what = "the image") {
  if (width < 1 || height < 1) return BadInput(what + " has no pixels");
  if (width <= max_pixels / height) return {};
  return BadInput(what + " declares " + std::to_string(width) + "x" + std::to_string(height) +
                  " pixels, over the limit of " + std::to_string(max_pixels));
}

}  // namespace amsel
