// Encoded images of every format; what is decoded has the size that its header declares, turned and reduced or not,
// within the limit. On stdin it is known as an image, but for a BMP whose reserved bytes are not 0.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "image/decode.h"
#include "image/image_magic.h"

namespace {

constexpr std::int64_t kMaxPixels = std::int64_t{1} << 20;

bool Sound(const amsel::Image& image) {
  const std::int64_t area = static_cast<std::int64_t>(image.width) * image.height;
  const bool reduced_alike =
      image.width == image.full_width ? image.height == image.full_height : image.width < image.full_width;
  return image.width > 0 && image.height > 0 && area <= kMaxPixels && reduced_alike &&
         image.pixels.size() == 3 * static_cast<std::size_t>(area);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr int kMinSide = 8;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto whole = amsel::DecodeImage(bytes, {kMaxPixels, 0});
  const auto reduced = amsel::DecodeImage(bytes, {kMaxPixels, kMinSide});
  if (whole.ok() && !Sound(*whole)) std::abort();
  if (whole.ok() && !bytes.starts_with("BM") && amsel::LooksLikeImage(bytes) != amsel::ImageMagic::kYes) std::abort();
  if (!reduced.ok()) return 0;
  if (!Sound(*reduced)) std::abort();
  const bool small_enough =
      reduced->width == reduced->full_width || std::min(reduced->width, reduced->height) >= kMinSide;
  if (!small_enough) std::abort();
  return 0;
}
