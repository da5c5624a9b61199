// The first page of TIFF images, of the kinds that scanners, cameras and programs for pictures write.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "amsel/image.h"
#include "amsel/result.h"

namespace amsel {

/// Whether bytes begin as a TIFF file does, BigTIFF included.
bool LooksLikeTiff(std::string_view bytes);

/// What the first directory says of its picture. Pixels lie in segments: strips, each as wide as the picture, or tiles.
struct TiffPage {
  enum class Colour { kGray, kRgb, kPalette, kCmyk, kYcc };
  enum class Coding { kPlain, kLzw, kDeflate, kPackBits, kJpeg };
  bool little = false;  ///< byte order
  std::int64_t width = 0;
  std::int64_t height = 0;
  int orientation = 1;  ///< Exif's values
  Colour colour = Colour::kGray;
  bool white_is_zero = false;
  Coding coding = Coding::kPlain;
  bool differences = false;    ///< samples are differences to the pixel at the left
  bool planes = false;         ///< each sample has segments of its own
  int bits = 8;                ///< of a sample
  int samples = 1;             ///< of a pixel; those beyond what the colour needs are passed over
  bool premultiplied = false;  ///< the sample after the colours is an alpha that they are multiplied by
  std::int64_t segment_width = 0;
  std::int64_t segment_height = 0;
  std::vector<std::uint32_t> offsets;  ///< of the segments, row by row, plane after plane
  std::vector<std::uint32_t> lengths;  ///< in bytes
  std::vector<std::uint32_t> palette;  ///< all reds, greens, blues, of 16 bits
  std::string_view jpeg_tables;
};

/// Reads the first directory; refuses by name what DecodeTiff does not know. Takes at most four times the file's size.
Result<TiffPage> ReadTiff(std::string_view tiff);

/// Takes memory for the pixels and a row, and for JPEG for a segment; all segments together may have twice
/// `max_pixels`. 16 bits become 8; transparency is dropped, and what it was multiplied into restored. Fills in pixels,
/// width and height.
Status DecodeTiff(std::string_view tiff, const TiffPage& page, std::int64_t max_pixels, Image& image);

}  // namespace amsel
