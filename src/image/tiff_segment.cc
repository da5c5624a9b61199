// LZW is that of TIFF 6.0, section 13: codes begin at the most significant bit, and grow one code early.
#include "image/tiff_segment.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <vector>

#include "image/bytes.h"

namespace amsel {
namespace {

class Plain : public TiffSegment {
 public:
  explicit Plain(std::string_view packed) : left_(packed) {}

  bool Read(std::uint8_t* to, std::size_t count) override {
    if (left_.size() < count) return false;
    std::memcpy(to, left_.data(), count);
    left_.remove_prefix(count);
    return true;
  }

 private:
  std::string_view left_;
};

class PackBits : public TiffSegment {
 public:
  explicit PackBits(std::string_view packed) : left_(packed) {}

  bool Read(std::uint8_t* to, std::size_t count) override {
    while (count > 0) {
      if (run_ == 0 && !Begin()) return false;
      const std::size_t part = std::min(count, run_);
      if (!repeats_ && left_.size() < part) return false;
      repeats_ ? std::memset(to, static_cast<int>(ByteAt(left_, 0)), part) : std::memcpy(to, left_.data(), part);
      to += part;
      count -= part;
      run_ -= part;
      if (!repeats_) left_.remove_prefix(part);
      if (repeats_ && run_ == 0) left_.remove_prefix(1);
    }
    return true;
  }

 private:
  /// Reads what the next run is: one byte several times, or so many bytes.
  bool Begin() {
    constexpr std::uint32_t kNothing = 128;
    std::uint32_t head = kNothing;
    while (head == kNothing) {
      if (left_.size() < 2) return false;
      head = ByteAt(left_, 0);
      left_.remove_prefix(1);
    }
    repeats_ = head > kNothing;
    run_ = repeats_ ? 257 - head : head + 1;
    return true;
  }

  std::string_view left_;
  std::size_t run_ = 0;
  bool repeats_ = false;
};

class Deflate : public TiffSegment {
 public:
  explicit Deflate(std::string_view packed) {
    stream_.next_in = const_cast<Bytef*>(Data(packed));
    stream_.avail_in = static_cast<uInt>(packed.size());
    if (inflateInit(&stream_) == Z_MEM_ERROR) throw std::bad_alloc();
  }
  ~Deflate() override { inflateEnd(&stream_); }
  Deflate(const Deflate&) = delete;
  Deflate& operator=(const Deflate&) = delete;

  bool Read(std::uint8_t* to, std::size_t count) override {
    constexpr std::size_t kMost = std::size_t{1} << 30;
    while (count > 0) {
      const std::size_t part = std::min(count, kMost);
      stream_.next_out = to;
      stream_.avail_out = static_cast<uInt>(part);
      const int code = inflate(&stream_, Z_SYNC_FLUSH);
      if (code == Z_MEM_ERROR) throw std::bad_alloc();
      if (stream_.avail_out != 0) return false;
      to += part;
      count -= part;
    }
    return true;
  }

 private:
  z_stream stream_{};
};

class Lzw : public TiffSegment {
 public:
  explicit Lzw(std::string_view packed) : left_(packed) {
    const bool of_before_tiff_5 = packed.size() > 1 && ByteAt(packed, 0) == 0 && (ByteAt(packed, 1) & 1) != 0;
    if (of_before_tiff_5) left_ = {};  // whose codes begin at the other end of each byte
    for (int byte = 0; byte < kClear; ++byte) last_[byte] = static_cast<std::uint8_t>(byte);
    string_.reserve(kCodes);
  }

  bool Read(std::uint8_t* to, std::size_t count) override {
    while (count > 0) {
      if (string_.empty() && !Expand()) return false;
      for (; count > 0 && !string_.empty(); --count) {
        *to++ = string_.back();
        string_.pop_back();
      }
    }
    return true;
  }

 private:
  static constexpr int kClear = 256;
  static constexpr int kEnd = 257;
  static constexpr int kFirstBits = 9;
  static constexpr int kMostBits = 12;
  static constexpr int kCodes = 1 << kMostBits;

  int NextCode() {
    while (held_ < bits_) {
      if (left_.empty()) return kEnd;
      value_ = value_ << 8 | ByteAt(left_, 0);
      left_.remove_prefix(1);
      held_ += 8;
    }
    held_ -= bits_;
    return static_cast<int>(value_ >> held_ & ((1U << bits_) - 1));
  }

  /// Reads the next code that stands for bytes into `string_`; false at the end, and where it stands for none.
  bool Expand() {
    int code = NextCode();
    for (; code == kClear; code = NextCode()) {
      next_ = kEnd + 1;
      bits_ = kFirstBits;
      previous_ = -1;
    }
    const bool own = code == next_ && previous_ >= 0 && next_ < kCodes;  // of the string that it is about to name
    if (code == kEnd || (code >= next_ && !own)) return false;
    if (own) string_.push_back(0);  // its last byte is its first, known below
    for (int part = own ? previous_ : code; part >= 0; part = part > kEnd ? before_[part] : -1) {
      string_.push_back(last_[part]);
    }
    if (own) string_.front() = string_.back();
    if (previous_ >= 0 && next_ < kCodes) {
      before_[next_] = static_cast<std::int16_t>(previous_);
      last_[next_++] = string_.back();
      if (next_ == (1 << bits_) - 1 && bits_ < kMostBits) ++bits_;
    }
    previous_ = code;
    return true;
  }

  std::string_view left_;
  std::uint32_t value_ = 0;
  int held_ = 0;  ///< bits of `value_` not yet read
  int bits_ = kFirstBits;
  int next_ = kEnd + 1;  ///< the code that comes to stand for something next
  int previous_ = -1;    ///< the last code; -1: there was none since the table was cleared
  std::array<std::int16_t, kCodes> before_{};
  std::array<std::uint8_t, kCodes> last_{};
  std::vector<std::uint8_t> string_;  ///< bytes to be given, backwards
};

}  // namespace

std::unique_ptr<TiffSegment> OpenTiffSegment(TiffPage::Coding coding, std::string_view packed) {
  switch (coding) {
    case TiffPage::Coding::kLzw:
      return std::make_unique<Lzw>(packed);
    case TiffPage::Coding::kDeflate:
      return std::make_unique<Deflate>(packed);
    case TiffPage::Coding::kPackBits:
      return std::make_unique<PackBits>(packed);
    default:
      return std::make_unique<Plain>(packed);
  }
}

}  // namespace amsel
