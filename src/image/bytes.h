// Numbers inside encoded bytes. The caller has checked that they are there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace amsel {

inline std::uint32_t ByteAt(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

/// `count` bytes, at most 4, the first the most significant.
inline std::uint32_t BigEndian(std::string_view bytes, std::size_t at, std::size_t count) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value = value << 8 | ByteAt(bytes, at + i);
  return value;
}

/// `count` bytes, at most 4, the first the least significant.
inline std::uint32_t LittleEndian(std::string_view bytes, std::size_t at, std::size_t count) {
  std::uint32_t value = 0;
  for (std::size_t i = count; i > 0; --i) value = value << 8 | ByteAt(bytes, at + i - 1);
  return value;
}

/// The same bytes as what decoders take.
inline const unsigned char* Data(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

}  // namespace amsel
