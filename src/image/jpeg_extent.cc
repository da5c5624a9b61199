// Markers are those of ITU-T T.81, B.1.1.3. Decoders skip what lies between segments up to the next marker, and pass
// over markers below the first start of frame without a segment; so does this.
#include "image/jpeg_extent.h"

#include <cstdint>

#include "image/bytes.h"

namespace amsel {
namespace {

constexpr std::uint32_t kFill = 0xFF;
constexpr std::uint32_t kFirstWithSegment = 0xC0;
constexpr std::uint32_t kFirstRestart = 0xD0;
constexpr std::uint32_t kStartOfImage = 0xD8;  // after the last restart
constexpr std::uint32_t kEndOfImage = 0xD9;
constexpr std::uint32_t kStartOfScan = 0xDA;

bool StandsAlone(std::uint32_t marker) {
  return marker < kFirstWithSegment || (marker >= kFirstRestart && marker <= kStartOfImage);
}

}  // namespace

JpegExtent ExtentOf(std::string_view jpeg) {
  JpegExtent extent{jpeg.size(), 0};
  std::size_t at = jpeg.find('\xFF', 2);
  while (at != std::string_view::npos && at + 1 < jpeg.size()) {
    const std::uint32_t marker = ByteAt(jpeg, at + 1);
    std::size_t length = marker == kFill ? 1 : 2;
    if (marker == kEndOfImage) {
      extent.bytes = at + 2;
      break;
    }
    if (marker != kFill && !StandsAlone(marker)) {
      if (marker == kStartOfScan) ++extent.scans;
      if (jpeg.size() - at < 4) break;
      length += BigEndian(jpeg, at + 2, 2);
    }
    at = jpeg.find('\xFF', at + length);
  }
  return extent;
}

}  // namespace amsel
