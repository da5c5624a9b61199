// Protocol Buffers' wire format, read field by field from a file of any size: bytes are fetched in pieces of 64 KiB,
// and what nobody asks for is passed over unread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"

namespace amsel {

/// Bytes of a name that is read.
inline constexpr std::uint64_t kMostName = std::uint64_t{1} << 16;

/// Where the fields come from, and the first fault met. After a fault every message ends, so that callers read all and
/// look at status() once. One thread at a time.
class ProtoSource {
 public:
  /// Messages have no more fields altogether, and hand out no more text: what a file can cost is bounded.
  static constexpr std::uint64_t kMostFields = std::uint64_t{1} << 26;
  static constexpr std::uint64_t kMostText = std::uint64_t{1} << 28;

  explicit ProtoSource(InputFile file);
  /// Over `bytes`, which must outlive it; `name` stands in errors.
  ProtoSource(std::string name, std::string_view bytes);

  std::uint64_t size() const { return size_; }

  /// Notes that the bytes at `offset` are no ONNX file, or are one that is refused; the first such note stays.
  void Fault(std::uint64_t offset, const std::string& what);
  void Refuse(std::uint64_t offset, const std::string& what);
  Status status() const { return fault_ ? Status(*fault_) : Status(); }
  bool ok() const { return !fault_; }
  bool foreign() const { return foreign_; }  ///< the fault says that this is no ONNX file

 private:
  friend class ProtoMessage;

  int ByteAt(std::uint64_t offset);
  bool CopyAt(std::uint64_t offset, std::size_t count, char* out);

  std::string name_;
  std::optional<InputFile> file_;
  std::vector<char> piece_;
  const char* window_ = nullptr;
  std::uint64_t window_begin_ = 0;
  std::uint64_t window_end_ = 0;
  std::uint64_t size_ = 0;
  std::uint64_t fields_ = 0;
  std::uint64_t text_ = 0;
  std::optional<Error> fault_;
  bool foreign_ = false;
};

/// The fields of one message, in the order of the file.
class ProtoMessage {
 public:
  explicit ProtoMessage(ProtoSource& source) : ProtoMessage(source, 0, source.size()) {}

  /// Goes to the next field. False at the end, and after a fault.
  bool Next();

  int number() const { return number_; }
  std::uint64_t begin() const { return begin_of_message_; }  ///< where the message begins in the file
  std::uint64_t offset() const { return field_; }            ///< and its field
  std::uint64_t end() const { return end_of_field_; }        ///< behind it
  /// Whether its value is of this form; a field of another form than its meaning has is passed over, as everywhere.
  bool is_number() const { return wire_ == 0; }
  bool is_fixed32() const { return wire_ == 5; }
  bool is_fixed64() const { return wire_ == 1; }
  bool is_bytes() const { return wire_ == 2; }

  /// The value of a number, or the bits of a fixed one; 0 for bytes.
  std::uint64_t bits() const { return bits_; }
  /// A number as a signed one.
  std::int64_t integer() const { return static_cast<std::int64_t>(bits_); }
  /// How many bytes a field of bytes has, and these; more than `most` of them is a fault.
  std::uint64_t length() const { return end_of_field_ - begin_; }
  std::string Text(std::uint64_t most) const;
  /// The message in a field of bytes.
  ProtoMessage Message() const { return {*source_, begin_, end_of_field_}; }
  /// The numbers of a packed field of bytes, as bits; `bytes_each` 0: variable, else 4 or 8. None if there are over
  /// `most` bytes.
  std::vector<std::uint64_t> Packed(int bytes_each, std::uint64_t most) const;

  ProtoSource& source() const { return *source_; }

 private:
  ProtoMessage(ProtoSource& source, std::uint64_t begin, std::uint64_t end)
      : source_(&source), begin_of_message_(begin), next_(begin), end_(end) {}

  std::uint64_t Varint(std::uint64_t& at, std::uint64_t end) const;
  std::uint64_t Fixed(std::uint64_t at, int bytes) const;

  ProtoSource* source_;
  std::uint64_t begin_of_message_;
  std::uint64_t next_;
  std::uint64_t end_;
  std::uint64_t field_ = 0;
  int number_ = 0;
  int wire_ = 0;
  std::uint64_t bits_ = 0;
  std::uint64_t begin_ = 0;
  std::uint64_t end_of_field_ = 0;
};

}  // namespace amsel
