// A decoded image: what feature extractors and preprocessing start from.
#pragma once

#include <cstdint>
#include <vector>

namespace amsel {

/// 8-bit BGR pixels, rows from the top, no padding: pixels[(y * width + x) * 3 + channel]. Owns its memory.
struct Image {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> pixels;

  bool empty() const { return pixels.empty(); }
};

}  // namespace amsel
