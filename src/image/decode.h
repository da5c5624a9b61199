// Encoded bytes (JPEG, PNG, BMP, WebP, PGM, PPM) to 8-bit BGR pixels.
#pragma once

#include <cstdint>
#include <string_view>

#include "amsel/image.h"
#include "amsel/result.h"

namespace amsel {

struct DecodeOptions {
  /// Images that declare more pixels are refused before any memory is taken for them.
  std::int64_t max_pixels = std::int64_t{128} << 20;
};

/// What the header of an encoded image declares.
struct ImageHeader {
  enum class Format { kJpeg, kPng, kBmp, kWebp, kPnm };
  Format format = Format::kJpeg;
  std::int64_t width = 0;
  std::int64_t height = 0;
  bool cmyk = false;  ///< a JPEG of four inks
};

/// Reads the header alone. The error says what is wrong, without a file name.
Result<ImageHeader> ReadImageHeader(std::string_view bytes);

/// Decodes. Grey becomes three equal channels, 16 bits become 8, transparency is dropped, CMYK is converted.
/// Truncated images are refused, not padded. The error has no file name. Thread-safe.
Result<Image> DecodeImage(std::string_view bytes, const DecodeOptions& options = {});

/// 8-bit grey pixels as the bytes of a PGM file, which DecodeImage reads.
std::string EncodePgm(int width, int height, std::string_view pixels);

}  // namespace amsel
