// Which way up a picture is: the Exif tag that cameras write, and turning pixels by it.
#pragma once

#include <cstdint>
#include <string_view>

namespace amsel {

/// Exif's values 1 to 8: where row 0 and column 0 of the stored picture are in the upright one.
inline constexpr int kUpright = 1;

/// The orientation that a JPEG's Exif segment declares; kUpright where it declares none, or what there is is damaged.
int JpegOrientation(std::string_view jpeg);

/// The same of a PNG's chunk eXIf.
int PngOrientation(std::string_view png);

/// The same of Exif as it lies in any file, with or without the mark "Exif" before it.
int ExifOrientation(std::string_view exif);

/// Whether turning a picture of that orientation exchanges its width and height.
inline bool SwapsSides(int orientation) {
  return orientation >= 5;
}

/// Turns width × height stored pixels of 3 bytes upright. `upright` has room for as many and overlaps nothing.
void TurnUpright(int orientation, const std::uint8_t* stored, int width, int height, std::uint8_t* upright);

}  // namespace amsel
