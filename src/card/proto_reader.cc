// Wire format: https://protobuf.dev/programming-guides/encoding. Groups, long deprecated and never part of ONNX, are
// refused.
#include "card/proto_reader.h"

#include <algorithm>
#include <cstring>

namespace amsel {
namespace {

constexpr std::uint64_t kPiece = std::uint64_t{1} << 16;
constexpr std::uint64_t kHighestField = (std::uint64_t{1} << 29) - 1;

}  // namespace

ProtoSource::ProtoSource(InputFile file)
    : name_(file.path()), file_(std::move(file)), piece_(kPiece), size_(file_->size()) {}

ProtoSource::ProtoSource(std::string name, std::string_view bytes)
    : name_(std::move(name)), window_(bytes.data()), window_end_(bytes.size()), size_(bytes.size()) {}

void ProtoSource::Fault(std::uint64_t offset, const std::string& what) {
  if (fault_) return;
  fault_ = BadInput(name_ + ": is no ONNX file: at byte " + std::to_string(offset) + ": " + what);
  foreign_ = true;
}

void ProtoSource::Refuse(std::uint64_t offset, const std::string& what) {
  if (!fault_) fault_ = BadInput(name_ + ": is refused: at byte " + std::to_string(offset) + ": " + what);
}

int ProtoSource::ByteAt(std::uint64_t offset) {
  if (offset < window_begin_ || offset >= window_end_) {
    if (!file_ || fault_) return 0;
    const std::uint64_t count = std::min(kPiece, size_ - offset);
    if (const Status read = file_->ReadAt(offset, static_cast<std::size_t>(count), piece_.data()); !read.ok()) {
      fault_ = read.error();
      return 0;
    }
    window_ = piece_.data();
    window_begin_ = offset;
    window_end_ = offset + count;
  }
  return static_cast<unsigned char>(window_[offset - window_begin_]);
}

bool ProtoSource::CopyAt(std::uint64_t offset, std::size_t count, char* out) {
  if (fault_) return false;
  if (count == 0) return true;
  (void)ByteAt(offset);  // what is short lies in the same piece as its neighbours
  if (fault_) return false;
  if (window_end_ - offset >= count) {
    std::memcpy(out, window_ + (offset - window_begin_), count);
    return true;
  }
  if (const Status read = file_->ReadAt(offset, count, out); !read.ok()) fault_ = read.error();
  return !fault_;
}

std::uint64_t ProtoMessage::Varint(std::uint64_t& at, std::uint64_t end) const {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (at >= end) {
      source_->Fault(at, "it ends in the middle of a number");
      return 0;
    }
    const int byte = source_->ByteAt(at++);
    if (!source_->ok()) return 0;
    value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
  source_->Fault(at, "a number of more than 64 bits");
  return 0;
}

std::uint64_t ProtoMessage::Fixed(std::uint64_t at, int bytes) const {
  std::uint64_t value = 0;
  for (int i = 0; i < bytes; ++i) {
    value |= static_cast<std::uint64_t>(source_->ByteAt(at + static_cast<std::uint64_t>(i))) << (8 * i);
  }
  return value;
}

bool ProtoMessage::Next() {
  if (next_ >= end_ || !source_->ok()) return false;
  if (++source_->fields_ > ProtoSource::kMostFields) source_->Refuse(next_, "it has too many fields");
  field_ = next_;
  std::uint64_t at = next_;
  const std::uint64_t tag = Varint(at, end_);
  number_ = static_cast<int>(std::min(tag >> 3, kHighestField));
  wire_ = static_cast<int>(tag & 7);
  bits_ = 0;
  begin_ = end_of_field_ = at;
  if (source_->ok() && (tag >> 3 == 0 || tag >> 3 > kHighestField)) source_->Fault(field_, "expected a field");
  if (!source_->ok()) return false;
  std::uint64_t length = 0;
  if (wire_ == 0) {
    bits_ = Varint(at, end_);
  } else if (wire_ == 2) {
    length = Varint(at, end_);
  } else if (wire_ == 1 || wire_ == 5) {
    length = wire_ == 1 ? 8 : 4;
  } else {
    source_->Fault(field_, "expected a field");
  }
  if (length > end_ - at) source_->Fault(field_, "a field is longer than what it stands in; is the file whole?");
  if (!source_->ok()) return false;
  if (wire_ == 1 || wire_ == 5) bits_ = Fixed(at, static_cast<int>(length));
  begin_ = at;
  end_of_field_ = next_ = at + length;
  return source_->ok();
}

std::string ProtoMessage::Text(std::uint64_t most) const {
  source_->text_ += length();
  if (length() > most) source_->Refuse(field_, "a text of more than " + std::to_string(most) + " bytes");
  if (source_->text_ > ProtoSource::kMostText) source_->Refuse(field_, "it has too much text");
  if (!source_->ok()) return {};
  std::string text(static_cast<std::size_t>(length()), '\0');
  if (!source_->CopyAt(begin_, text.size(), text.data())) return {};
  return text;
}

std::vector<std::uint64_t> ProtoMessage::Packed(int bytes_each, std::uint64_t most) const {
  std::vector<std::uint64_t> values;
  if (length() > most) return values;
  if (bytes_each != 0 && length() % static_cast<std::uint64_t>(bytes_each) != 0) {
    source_->Fault(field_, "it ends in the middle of a number");
  }
  for (std::uint64_t at = begin_; at < end_of_field_ && source_->ok();) {
    if (bytes_each == 0) {
      values.push_back(Varint(at, end_of_field_));
    } else {
      values.push_back(Fixed(at, bytes_each));
      at += static_cast<std::uint64_t>(bytes_each);
    }
  }
  return values;
}

}  // namespace amsel
