// JPEGs with an Exif orientation, for tests.
#pragma once

#include <string>

namespace amsel {

/// A TIFF file whose first directory has a tag before the orientation, in either byte order.
inline std::string TiffWithOrientation(int orientation, bool little) {
  const auto number = [little](unsigned value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> 8 * (little ? i : bytes - 1 - i) & 0xFF);
    return text;
  };
  const auto entry = [&](unsigned tag, unsigned value) {
    return number(tag, 2) + number(3, 2) + number(1, 4) + number(value, 2) + number(0, 2);
  };
  return (little ? "II" : "MM") + number(42, 2) + number(8, 4) + number(2, 2) + entry(0x0100, 7) +
         entry(0x0112, static_cast<unsigned>(orientation)) + number(0, 4);
}

/// `jpeg` with an APP1 segment of Exif that holds `tiff`, right after its start.
inline std::string WithExif(const std::string& jpeg, const std::string& tiff) {
  const std::string payload = std::string("Exif\0\0", 6) + tiff;
  const std::size_t length = payload.size() + 2;
  const std::string head{'\xFF', '\xE1', static_cast<char>(length >> 8), static_cast<char>(length & 0xFF)};
  return jpeg.substr(0, 2) + head + payload + jpeg.substr(2);
}

}  // namespace amsel
