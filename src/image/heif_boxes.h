// Boxes of the ISO base media file format (ISO/IEC 14496-12, 4.2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "image/bytes.h"

namespace amsel {

inline constexpr std::size_t kBoxHead = 8;

/// Goes from box to box.
class HeifBoxes {
 public:
  explicit HeifBoxes(std::string_view boxes) : left_(boxes) {}

  /// False at the end, and where the next box is cut off or damaged.
  bool Next() {
    if (left_.size() < kBoxHead) return false;
    std::size_t length = BigEndian(left_, 0, 4);
    std::size_t head = kBoxHead;
    if (length == 0) length = left_.size();
    if (length == 1) {  // the length is of 64 bits
      head = 16;
      if (left_.size() < head) return false;
      length = static_cast<std::size_t>(std::uint64_t{BigEndian(left_, 8, 4)} << 32 | BigEndian(left_, 12, 4));
    }
    if (length < head || length > left_.size()) return false;
    name_ = left_.substr(4, 4);
    content_ = left_.substr(head, length - head);
    left_.remove_prefix(length);
    return true;
  }

  std::string_view name() const { return name_; }
  std::string_view content() const { return content_; }

 private:
  std::string_view left_;
  std::string_view name_;
  std::string_view content_;
};

/// The content of the first box of that name, without its first `skipped` bytes.
inline std::optional<std::string_view> FindBox(std::string_view boxes, std::string_view name, std::size_t skipped) {
  for (HeifBoxes walk(boxes); walk.Next();) {
    if (walk.name() == name && walk.content().size() >= skipped) return walk.content().substr(skipped);
  }
  return std::nullopt;
}

}  // namespace amsel
