#include "capi/pixels.h"

#include <cstddef>
#include <string>

#include "base/status_macros.h"
#include "capi/guard.h"

namespace amsel {

Result<amsel_pixels> CopyOf(const amsel_pixels* pixels) {
  // Of version 1 of the API: what the struct ended with.
  constexpr std::size_t kSize = offsetof(amsel_pixels, format) + sizeof(amsel_pixels::format);
  if (pixels == nullptr) return MissingArgument("pixels");
  amsel_pixels own = AMSEL_PIXELS_INIT;
  AMSEL_RETURN_IF_ERROR(CopyIn("pixels", pixels, kSize, own));
  return own;
}

Result<ImageView> ViewOfPixels(const amsel_pixels& pixels) {
  constexpr PixelFormat kFormats[] = {PixelFormat::kBgr, PixelFormat::kRgb, PixelFormat::kGray, PixelFormat::kNv12};
  if (pixels.data == nullptr) return MissingArgument("pixels.data");
  if (pixels.format < AMSEL_PIXELS_BGR || pixels.format > AMSEL_PIXELS_NV12) {
    return UsageError("pixels.format is " + std::to_string(pixels.format) + ": expected BGR, RGB, GRAY or NV12");
  }
  ImageView view(kFormats[pixels.format - AMSEL_PIXELS_BGR], pixels.width, pixels.height,
                 static_cast<const std::uint8_t*>(pixels.data), pixels.stride);
  view.chroma = static_cast<const std::uint8_t*>(pixels.chroma);
  view.chroma_stride = pixels.chroma_stride;
  return view;
}

}  // namespace amsel
