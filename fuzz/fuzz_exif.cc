// The contents of a JPEG's Exif segment, and any bytes as a JPEG: what is found is an orientation, the same for a file
// in which more follows. And any bytes as a JPEG's tables: what is found is a quality.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "image/jpeg_quality.h"
#include "image/orientation.h"
#include "tests/support/exif.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kMostOfASegment = 65535 - 2 - 6;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto is_orientation = [](int found) { return found >= 1 && found <= 8; };
  if (!is_orientation(amsel::JpegOrientation(bytes))) std::abort();
  const int quality = amsel::JpegQuality(std::string("\xFF\xD8\xFF\xDB", 4).append(bytes));
  if (quality < 1 || quality > 100) std::abort();
  const std::string tiff(bytes.substr(0, std::min(size, kMostOfASegment)));
  const std::string start("\xFF\xD8", 2);
  const std::string scan("\xFF\xDA\x00\x02", 4);
  const int found = amsel::JpegOrientation(amsel::WithExif(start, tiff));
  if (!is_orientation(found) || amsel::JpegOrientation(amsel::WithExif(start + scan, tiff)) != found) std::abort();
  return 0;
}
