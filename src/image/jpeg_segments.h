// Walks over the segments of a JPEG that stand before its first scan (ITU-T T.81, B.1.1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace amsel {

class JpegSegments {
 public:
  explicit JpegSegments(std::string_view jpeg) : jpeg_(jpeg) {}

  /// Goes to the next segment; false at the first scan, at the end, or where what there is is damaged.
  bool Next() {
    constexpr std::uint32_t kStartOfScan = 0xDA;
    while (at_ + 4 <= jpeg_.size() && Byte(at_) == 0xFF) {
      marker_ = Byte(at_ + 1);
      if (marker_ == 0xFF) {  // padding
        ++at_;
        continue;
      }
      const std::size_t length = Byte(at_ + 2) << 8 | Byte(at_ + 3);
      if (marker_ == kStartOfScan || length < 2) return false;
      content_ = jpeg_.substr(at_ + 4, length - 2);
      at_ += 2 + length;
      return true;
    }
    return false;
  }

  std::uint32_t marker() const { return marker_; }       ///< the byte after 0xFF
  std::string_view content() const { return content_; }  ///< after the length; shorter where the file ends before

 private:
  std::uint32_t Byte(std::size_t at) const { return static_cast<unsigned char>(jpeg_[at]); }

  std::string_view jpeg_;
  std::string_view content_;
  std::size_t at_ = 2;
  std::uint32_t marker_ = 0;
};

}  // namespace amsel
