#include "image/pnm.h"

#include <algorithm>
#include <cctype>

#include "base/status_macros.h"
#include "image/bytes.h"
#include "image/image_errors.h"

namespace amsel {
namespace {

constexpr std::int64_t kMostOfByte = 255;   // of one byte
constexpr std::int64_t kMostOfTwo = 65535;  // of two

void CopyPixels(const PnmHeader& header, const unsigned char* from, Image& image) {
  std::uint8_t* to = image.pixels.data();
  for (const std::uint8_t* const end = to + image.pixels.size(); to != end; to += 3, from += header.colour ? 3 : 1) {
    to[0] = from[header.colour ? 2 : 0];
    to[1] = from[header.colour ? 1 : 0];
    to[2] = from[0];
  }
}

void Scale(const PnmHeader& header, const unsigned char* from, Image& image) {
  const bool wide = header.maximum > kMostOfByte;
  const auto sample = [&]() -> std::uint8_t {
    std::int64_t value = *from++;
    if (wide) value = value << 8 | *from++;
    if (header.maximum == kMostOfTwo) return static_cast<std::uint8_t>(value >> 8);
    return static_cast<std::uint8_t>((std::min(value, header.maximum) * kMostOfByte + header.maximum / 2) /
                                     header.maximum);
  };
  std::uint8_t* to = image.pixels.data();
  for (const std::uint8_t* const end = to + image.pixels.size(); to != end; to += 3) {
    to[2] = sample();
    to[1] = header.colour ? sample() : to[2];
    to[0] = header.colour ? sample() : to[2];
  }
}

}  // namespace

Result<PnmHeader> ReadPnmHeader(std::string_view bytes) {
  const auto is_space = [&](std::size_t at) { return std::isspace(static_cast<unsigned char>(bytes[at])) != 0; };
  std::size_t at = 2;
  if (bytes.size() < 3 || !is_space(2)) return BadInput("not a readable PGM or PPM image");
  const auto number = [&]() -> std::int64_t {
    for (; at < bytes.size() && (is_space(at) || bytes[at] == '#'); ++at) {
      if (bytes[at] != '#') continue;
      while (at + 1 < bytes.size() && bytes[at] != '\n' && bytes[at] != '\r') ++at;
    }
    std::int64_t value = -1;
    for (; at < bytes.size() && std::isdigit(static_cast<unsigned char>(bytes[at])) != 0; ++at) {
      value = std::max<std::int64_t>(value, 0) * 10 + (bytes[at] - '0');
      if (value > INT32_MAX) return INT32_MAX;
    }
    return value;
  };
  PnmHeader header;
  header.width = number();
  header.height = number();
  header.maximum = number();
  header.colour = bytes[1] == '6';
  if (header.width < 1 || header.height < 1 || header.maximum < 1 || header.maximum > kMostOfTwo) {
    return BadInput("not a readable PGM or PPM image");
  }
  header.length = std::min(bytes.size(), at + 1);
  const std::int64_t bytes_per_pixel = (header.colour ? 3 : 1) * (header.maximum > kMostOfByte ? 2 : 1);
  const auto left = static_cast<std::int64_t>(bytes.size() - header.length);
  if (left / bytes_per_pixel / header.width < header.height) return TruncatedImage();
  return header;
}

Status DecodePnm(std::string_view bytes, Image& image) {
  AMSEL_ASSIGN_OR_RETURN(const PnmHeader header, ReadPnmHeader(bytes));
  image.width = static_cast<int>(header.width);
  image.height = static_cast<int>(header.height);
  image.pixels.resize(static_cast<std::size_t>(header.width * header.height) * 3);
  const unsigned char* const from = Data(bytes) + header.length;
  header.maximum == kMostOfByte ? CopyPixels(header, from, image) : Scale(header, from, image);
  return {};
}

}  // namespace amsel
