// Images without any structure, for tests.
#pragma once

#include "amsel/image.h"
#include "base/random.h"

namespace amsel {

/// Of width × height; other seeds give other pixels.
inline Image RandomImage(int width, int height, std::uint64_t seed) {
  Random random(seed);
  Image image{width, height, {}};
  image.pixels.resize(static_cast<std::size_t>(width) * height * 3);
  for (auto& pixel : image.pixels) pixel = static_cast<std::uint8_t>(random.Below(256));
  return image;
}

}  // namespace amsel
