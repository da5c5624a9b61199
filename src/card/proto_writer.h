// Protocol Buffers' wire format, written field by field.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace amsel {

/// One message in the making; fields come in the order in which they are put.
class ProtoWriter {
 public:
  ProtoWriter& Number(int field, std::uint64_t value) {
    Varint(static_cast<std::uint64_t>(field) << 3);
    Varint(value);
    return *this;
  }
  ProtoWriter& Bytes(int field, std::string_view bytes) {
    Head(field, bytes.size());
    bytes_.append(bytes);
    return *this;
  }
  /// What stands before the bytes of a field that are written elsewhere.
  ProtoWriter& Head(int field, std::uint64_t length) {
    Varint(static_cast<std::uint64_t>(field) << 3 | 2);
    Varint(length);
    return *this;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  void Varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
  }
  std::string bytes_;
};

}  // namespace amsel
