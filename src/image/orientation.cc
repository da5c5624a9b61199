// Exif is a small TIFF file, whose first directory has the tag 0x0112 (CIPA DC-008, "Exif 2.32", 4.5.4 and 4.6.4). It
// lies in a JPEG's APP1 segment or a PNG's chunk eXIf. Only what leads to that tag is read, and every offset is
// checked.
#include "image/orientation.h"

#include <cstddef>
#include <optional>

#include "image/bytes.h"
#include "image/jpeg_segments.h"
#include "image/tiff_numbers.h"

namespace amsel {
namespace {

constexpr std::uint32_t kOrientationTag = 0x0112;
constexpr std::uint32_t kShort = 3;  // TIFF's name for 16 bits
constexpr std::string_view kExif("Exif\0\0", 6);

}  // namespace

int ExifOrientation(std::string_view exif) {
  if (exif.starts_with(kExif)) exif.remove_prefix(kExif.size());
  if (!exif.starts_with("II") && !exif.starts_with("MM")) return kUpright;
  const TiffNumbers tiff(exif);
  const auto directory = tiff.At(4, 4);
  if (tiff.At(2, 2) != kTiffMagic || !directory) return kUpright;
  const std::size_t first = *directory;
  const auto entries = tiff.At(first, 2);
  for (std::size_t i = 0; entries && i < *entries; ++i) {
    const std::size_t entry = first + 2 + i * kTiffEntryBytes;
    const auto tag = tiff.At(entry, 2);
    if (!tag) return kUpright;
    if (*tag != kOrientationTag) continue;
    const auto value = tiff.At(entry + 8, 2);
    const bool sound = tiff.At(entry + 2, 2) == kShort && tiff.At(entry + 4, 4) == 1 && value;
    return sound && *value >= 1 && *value <= 8 ? static_cast<int>(*value) : kUpright;
  }
  return kUpright;
}

int JpegOrientation(std::string_view jpeg) {
  constexpr std::uint32_t kApp1 = 0xE1;
  for (JpegSegments segments(jpeg); segments.Next();) {
    if (segments.marker() != kApp1 || !segments.content().starts_with(kExif)) continue;
    return ExifOrientation(segments.content());
  }
  return kUpright;
}

int PngOrientation(std::string_view png) {
  constexpr std::size_t kAround = 12;  // length, name and checksum of a chunk
  for (std::size_t at = 8; at <= png.size() && png.size() - at >= kAround;) {
    const std::size_t length = BigEndian(png, at, 4);
    if (png.size() - at - kAround < length) break;
    if (png.substr(at + 4, 4) == "eXIf") return ExifOrientation(png.substr(at + 8, length));
    at += kAround + length;
  }
  return kUpright;
}

void TurnUpright(int orientation, const std::uint8_t* stored, int width, int height, std::uint8_t* upright) {
  // The upright picture's first pixel is the stored one's at the right, the bottom, both or neither; from 5 on its rows
  // are the stored columns.
  const bool from_right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool from_bottom = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  const bool swaps = SwapsSides(orientation);
  const std::ptrdiff_t row = std::ptrdiff_t{3} * width;
  const std::ptrdiff_t along = from_right ? -3 : 3;
  const std::ptrdiff_t down = from_bottom ? -row : row;
  const std::uint8_t* line = stored + (from_right ? row - 3 : 0) + (from_bottom ? row * (height - 1) : 0);
  const int rows = swaps ? width : height;
  const int columns = swaps ? height : width;
  for (int y = 0; y < rows; ++y, line += swaps ? along : down) {
    const std::uint8_t* pixel = line;
    for (int x = 0; x < columns; ++x, pixel += swaps ? down : along, upright += 3) {
      upright[0] = pixel[0];
      upright[1] = pixel[1];
      upright[2] = pixel[2];
    }
  }
}

}  // namespace amsel
