// Numbers of a TIFF file, which is also the form of Exif, in its own byte order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "image/bytes.h"

namespace amsel {

class TiffNumbers {
 public:
  explicit TiffNumbers(std::string_view bytes) : bytes_(bytes), little_(bytes.starts_with("II")) {}

  /// Of `count` bytes, at most 4; nothing where the file ends before.
  std::optional<std::uint32_t> At(std::size_t at, std::size_t count) const {
    if (at > bytes_.size() || bytes_.size() - at < count) return std::nullopt;
    return little_ ? LittleEndian(bytes_, at, count) : BigEndian(bytes_, at, count);
  }

  bool little() const { return little_; }

 private:
  std::string_view bytes_;
  bool little_;
};

inline constexpr std::uint32_t kTiffMagic = 42;
inline constexpr std::size_t kTiffEntryBytes = 12;

}  // namespace amsel
