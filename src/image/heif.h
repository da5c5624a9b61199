// HEIC and AVIF by libheif, opened when first needed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "amsel/image.h"
#include "amsel/result.h"

namespace amsel {

/// What the boxes of a HEIC or AVIF file declare.
struct HeifHeader {
  bool avif = false;
  /// Of the largest picture inside: the one that is shown, before it is turned. No other takes more memory.
  std::int64_t width = 0;
  std::int64_t height = 0;
};

/// Whether the first bytes are those of a HEIC or AVIF file.
bool LooksLikeHeif(std::string_view bytes);

/// Reads the boxes, without libheif.
Result<HeifHeader> ReadHeif(std::string_view heif);

/// Decodes the primary picture, turned, mirrored and cropped as the file says. Refuses what turns out to have more than
/// `max_pixels`. Fills in pixels, width and height. Where there is no library, or it has no decoder for the format, the
/// error names the format and what to install.
Status DecodeHeif(std::string_view heif, const HeifHeader& header, std::int64_t max_pixels, Image& image);

/// The same with the library of these names, the first that can be opened.
Status DecodeHeifBy(const std::string& library, std::string_view heif, const HeifHeader& header,
                    std::int64_t max_pixels, Image& image);

}  // namespace amsel
