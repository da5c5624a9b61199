// Whether bytes that come in one after another are an image or a list of names.
#pragma once

#include <string_view>

namespace amsel {

enum class ImageMagic {
  kNo,       ///< begins as no image does
  kPerhaps,  ///< too short to tell
  kYes,
};

/// Whether what begins with `head` is an image: JPEG, PNG, WebP, BMP, GIF, TIFF, HEIF or PNM, those included that
/// cannot be decoded here, so that they are refused as images. Lines of text are none, whatever letters they begin
/// with.
ImageMagic LooksLikeImage(std::string_view head);

}  // namespace amsel
