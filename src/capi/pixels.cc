#include "capi/pixels.h"

#include <cstring>
#include <string>

#include "capi/guard.h"

namespace amsel {
namespace {

void CopyRow(const std::uint8_t* from, int width, int format, std::uint8_t* to) {
  if (format == AMSEL_PIXELS_BGR) {
    std::memcpy(to, from, static_cast<std::size_t>(width) * 3);
    return;
  }
  const int step = format == AMSEL_PIXELS_GRAY ? 1 : 3;
  const int blue = format == AMSEL_PIXELS_GRAY ? 0 : 2;
  const int green = format == AMSEL_PIXELS_GRAY ? 0 : 1;
  for (int x = 0; x < width; ++x, from += step, to += 3) {
    to[0] = from[blue];
    to[1] = from[green];
    to[2] = from[0];
  }
}

}  // namespace

Result<Image> ImageFromPixels(const amsel_pixels& pixels, std::int64_t max_pixels) {
  if (pixels.data == nullptr) return MissingArgument("pixels.data");
  if (pixels.width < 1 || pixels.height < 1) return BadInput("the image has no pixels");
  if (pixels.width > max_pixels / pixels.height) {
    return BadInput("the image has " + std::to_string(pixels.width) + "x" + std::to_string(pixels.height) +
                    " pixels, over the limit of " + std::to_string(max_pixels));
  }
  if (pixels.format < AMSEL_PIXELS_BGR || pixels.format > AMSEL_PIXELS_GRAY) {
    return UsageError("pixels.format is " + std::to_string(pixels.format) + ": expected BGR, RGB or GRAY");
  }
  const auto width = static_cast<std::size_t>(pixels.width);
  const std::size_t row = width * (pixels.format == AMSEL_PIXELS_GRAY ? 1 : 3);
  const std::size_t stride = pixels.stride == 0 ? row : pixels.stride;
  if (stride < row) {
    return UsageError("pixels.stride is " + std::to_string(stride) + ", shorter than a row of " + std::to_string(row));
  }
  Image image{pixels.width, pixels.height, {}};
  image.pixels.resize(width * 3 * static_cast<std::size_t>(pixels.height));
  const auto* from = static_cast<const std::uint8_t*>(pixels.data);
  std::uint8_t* to = image.pixels.data();
  for (int y = 0; y < pixels.height; ++y, from += stride, to += width * 3) {
    CopyRow(from, pixels.width, pixels.format, to);
  }
  return image;
}

}  // namespace amsel
