// Encoded images of every format; what is decoded has the size that its header declares, within the limit.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "image/decode.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::int64_t kMaxPixels = std::int64_t{1} << 20;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  amsel::DecodeOptions options;
  options.max_pixels = kMaxPixels;
  const auto image = amsel::DecodeImage(bytes, options);
  if (!image.ok()) return 0;
  const std::int64_t area = static_cast<std::int64_t>(image->width) * image->height;
  const bool sound = image->width > 0 && image->height > 0 && area <= kMaxPixels &&
                     image->pixels.size() == 3 * static_cast<std::size_t>(area);
  if (!sound) std::abort();
  return 0;
}
