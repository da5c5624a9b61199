// Encoded bytes (JPEG, PNG, BMP, WebP, PGM, PPM, TIFF, GIF, HEIC, AVIF) to 8-bit BGR pixels.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "amsel/image.h"
#include "amsel/result.h"

namespace amsel {

struct DecodeOptions {
  /// Images that declare more pixels are refused before any memory is taken for them.
  std::int64_t max_pixels = std::int64_t{128} << 20;
  /// A JPEG whose shorter side stays at least this long at 1/2, 1/4 or 1/8 of its size is decoded at the least of them;
  /// 0: never. Learner and engine must use the same value, or they see other pixels.
  int min_side = 0;
};

/// What the header of an encoded image declares, before it is turned upright.
struct ImageHeader {
  enum class Format { kJpeg, kPng, kBmp, kWebp, kPnm, kTiff, kGif, kHeif };  ///< AVIF is kHeif, too
  Format format = Format::kJpeg;
  std::int64_t width = 0;
  std::int64_t height = 0;
  bool cmyk = false;       ///< a JPEG of four inks
  std::int64_t bytes = 0;  ///< of the picture: for JPEG up to its end, for all else the whole file
};

/// Whether bytes that begin so may be an image of a format that is decoded here; 4 KiB are enough to tell.
bool BeginsAsImage(std::string_view head);

/// Reads the header alone. The error says what is wrong, without a file name.
Result<ImageHeader> ReadImageHeader(std::string_view bytes);

/// Bytes of the pixels that DecodeImage would give; 0 when it would refuse.
std::int64_t DecodedBytes(const ImageHeader& header, const DecodeOptions& options);

/// Decodes images one after another, keeping what it works with: once an image as large has been decoded into the same
/// Image, a JPEG takes no memory but what libjpeg takes from malloc. Not thread-safe.
class ImageDecoder {
 public:
  explicit ImageDecoder(const DecodeOptions& options = {});
  ~ImageDecoder();
  ImageDecoder(ImageDecoder&&) noexcept;
  ImageDecoder& operator=(ImageDecoder&&) noexcept;

  /// Decodes; of several pictures, pages or frames the first, on its canvas. Grey becomes three equal channels, 16 bits
  /// become 8, transparency is dropped, CMYK is converted; pictures are turned upright as JPEG, PNG, WebP and TIFF say
  /// by Exif's orientation (a damaged one says nothing), HEIC and AVIF by their own means. Truncated images are
  /// refused, not padded. What follows the end of a JPEG is as if it were not there. After an error, which has no file
  /// name, the contents of `image` are unspecified. A lack of memory is such an error.
  Status Decode(std::string_view bytes, Image& image);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The same for one image. Thread-safe.
Result<Image> DecodeImage(std::string_view bytes, const DecodeOptions& options = {});

/// 8-bit grey pixels as the bytes of a PGM file, which DecodeImage reads.
std::string EncodePgm(int width, int height, std::string_view pixels);

}  // namespace amsel
