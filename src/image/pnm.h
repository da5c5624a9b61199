// PGM and PPM in their binary forms (Netpbm's "P5" and "P6").
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "amsel/image.h"
#include "amsel/result.h"

namespace amsel {

struct PnmHeader {
  std::int64_t width = 0;
  std::int64_t height = 0;
  std::int64_t maximum = 0;  ///< of a sample; over 255, samples have two bytes
  bool colour = false;
  std::size_t length = 0;  ///< bytes of the header
};

/// "P5" or "P6", then width, height and maximum, apart by white space or comments. Refuses what ends before its pixels.
Result<PnmHeader> ReadPnmHeader(std::string_view bytes);

/// Samples are scaled to 255, those of the full 16 bits by dropping the lower 8. Fills in pixels, width and height.
Status DecodePnm(std::string_view bytes, Image& image);

}  // namespace amsel
