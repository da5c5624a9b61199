// "Graphics Interchange Format, Version 89a" (CompuServe 1990). Pixels are coded by a variable-length LZW whose codes
// begin at the least significant bit of each byte (its appendix F).
#include "image/gif.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "base/status_macros.h"
#include "image/bytes.h"
#include "image/image_errors.h"

namespace amsel {
namespace {

constexpr int kMostCodeBits = 12;
constexpr int kCodes = 1 << kMostCodeBits;

Error NotReadableGif() {
  return BadInput("not a readable GIF image");
}

/// Reads from the front of `left`; nothing where it ends before.
std::optional<std::string_view> Take(std::string_view& left, std::size_t count) {
  if (left.size() < count) return std::nullopt;
  const std::string_view taken = left.substr(0, count);
  left.remove_prefix(count);
  return taken;
}

/// The palette of a screen or a frame; empty where its flags say that it has none.
std::optional<std::string_view> TakePalette(std::string_view& left, std::uint32_t flags) {
  constexpr std::uint32_t kHasPalette = 0x80;
  return Take(left, (flags & kHasPalette) != 0 ? std::size_t{3} << ((flags & 7) + 1) : 0);
}

/// One block of data, empty at their end.
std::optional<std::string_view> TakeBlock(std::string_view& left) {
  const auto length = Take(left, 1);
  return length ? Take(left, ByteAt(*length, 0)) : std::nullopt;
}

/// Passes over an extension; what says which colour is transparent sets `around`.
bool SkipExtension(std::string_view& left, int& around) {
  constexpr std::uint32_t kControl = 0xF9;
  const auto label = Take(left, 1);
  if (!label) return false;
  bool first = true;
  for (auto block = TakeBlock(left); block; block = TakeBlock(left), first = false) {
    if (block->empty()) return true;
    const bool control = first && ByteAt(*label, 0) == kControl && block->size() >= 4;
    if (control && (ByteAt(*block, 0) & 1) != 0) around = static_cast<int>(ByteAt(*block, 3));
  }
  return false;
}

/// What stands between a frame's mark and its data.
Result<GifPicture> ReadFrame(std::string_view left, GifPicture picture) {
  constexpr std::uint32_t kInterlaced = 0x40;
  const auto descriptor = Take(left, 9);
  if (!descriptor) return TruncatedImage();
  picture.left = static_cast<int>(LittleEndian(*descriptor, 0, 2));
  picture.top = static_cast<int>(LittleEndian(*descriptor, 2, 2));
  picture.frame_width = static_cast<int>(LittleEndian(*descriptor, 4, 2));
  picture.frame_height = static_cast<int>(LittleEndian(*descriptor, 6, 2));
  picture.interlaced = (ByteAt(*descriptor, 8) & kInterlaced) != 0;
  const auto palette = TakePalette(left, ByteAt(*descriptor, 8));
  const auto bits = palette ? Take(left, 1) : std::nullopt;
  if (!bits) return TruncatedImage();
  if (!palette->empty()) picture.palette = *palette;
  picture.code_bits = static_cast<int>(ByteAt(*bits, 0));
  picture.data = left;
  if (picture.frame_width < 1 || picture.frame_height < 1 || picture.code_bits < 1 || picture.code_bits > 8) {
    return NotReadableGif();
  }
  picture.width = std::max<std::int64_t>(picture.width, std::int64_t{picture.left} + picture.frame_width);
  picture.height = std::max<std::int64_t>(picture.height, std::int64_t{picture.top} + picture.frame_height);
  return picture;
}

/// Codes of growing length from blocks of data.
class CodeReader {
 public:
  explicit CodeReader(std::string_view data) : data_(data) {}

  /// Nothing at the end of the data.
  std::optional<int> Next(int bits) {
    while (held_ < bits) {
      if (block_.empty()) {
        const auto block = TakeBlock(data_);
        if (!block || block->empty()) return std::nullopt;
        block_ = *block;
      }
      value_ |= ByteAt(block_, 0) << held_;
      block_.remove_prefix(1);
      held_ += 8;
    }
    const int code = static_cast<int>(value_ & ((1U << bits) - 1));
    value_ >>= bits;
    held_ -= bits;
    return code;
  }

 private:
  std::string_view data_;
  std::string_view block_;
  std::uint32_t value_ = 0;
  int held_ = 0;
};

/// What codes stand for: the string of an earlier code and one more colour.
class CodeTable {
 public:
  explicit CodeTable(int code_bits) : colours_(1 << code_bits), code_bits_(code_bits) {
    for (int colour = 0; colour < colours_; ++colour) last_[colour] = static_cast<std::uint8_t>(colour);
    Clear();
  }

  int clear() const { return colours_; }
  int end() const { return colours_ + 1; }
  int bits() const { return bits_; }

  void Clear() {
    next_ = colours_ + 2;
    bits_ = code_bits_ + 1;
    previous_ = -1;
  }

  /// Appends the colours that `code` stands for to `out`, no more than `most`; false where it stands for none.
  bool Expand(int code, std::size_t most, std::vector<std::uint8_t>& out) {
    const bool own = code == next_ && previous_ >= 0 && next_ < kCodes;  // of the string that it is about to name
    if (code > end() ? code >= next_ && !own : code >= colours_) return false;
    string_.clear();
    for (int part = own ? previous_ : code; part >= 0; part = part > end() ? before_[part] : -1) {
      string_.push_back(last_[part]);
    }
    const std::uint8_t first = string_.back();
    if (own) string_.insert(string_.begin(), first);
    if (previous_ >= 0 && next_ < kCodes) {
      before_[next_] = static_cast<std::int16_t>(previous_);
      last_[next_++] = first;
    }
    if (next_ == 1 << bits_ && bits_ < kMostCodeBits) ++bits_;
    previous_ = code;
    out.insert(out.end(), string_.rbegin(),
               string_.rbegin() + static_cast<std::ptrdiff_t>(std::min(most, string_.size())));
    return true;
  }

 private:
  int colours_;
  int code_bits_;
  int next_ = 0;  ///< the code that comes to stand for something next
  int bits_ = 0;
  int previous_ = -1;  ///< the last code; -1: there was none since the table was cleared
  std::array<std::int16_t, kCodes> before_{};
  std::array<std::uint8_t, kCodes> last_{};
  std::vector<std::uint8_t> string_;  ///< backwards
};

/// Colours of the frame's pixels in the order of the file.
Status Decompress(const GifPicture& picture, std::vector<std::uint8_t>& colours) {
  const std::size_t count = static_cast<std::size_t>(picture.frame_width) * picture.frame_height;
  CodeReader reader(picture.data);
  CodeTable table(picture.code_bits);
  while (colours.size() < count) {
    const auto code = reader.Next(table.bits());
    if (!code || *code == table.end()) return TruncatedImage();
    if (*code == table.clear()) {
      table.Clear();
    } else if (!table.Expand(*code, count - colours.size(), colours)) {
      return NotReadableGif();
    }
  }
  return {};
}

/// The rows of a frame, in the order in which they are coded.
std::vector<int> RowsOf(const GifPicture& picture) {
  struct Pass {
    int first;
    int step;
  };
  const std::vector<Pass> passes =
      picture.interlaced ? std::vector<Pass>{{0, 8}, {4, 8}, {2, 4}, {1, 2}} : std::vector<Pass>{{0, 1}};
  std::vector<int> rows;
  for (const Pass& pass : passes) {
    for (int row = pass.first; row < picture.frame_height; row += pass.step) rows.push_back(row);
  }
  return rows;
}

/// Blue, green and red of each colour. Those that the palette is without are black.
std::array<std::uint8_t, 256 * 3> Palette(const GifPicture& picture) {
  std::array<std::uint8_t, 256 * 3> bgr{};
  for (std::size_t i = 0; i < bgr.size(); ++i) {
    const std::size_t from = i / 3 * 3 + 2 - i % 3;
    if (picture.palette.empty()) {
      bgr[i] = static_cast<std::uint8_t>(i / 3);
    } else if (from < picture.palette.size()) {
      bgr[i] = static_cast<std::uint8_t>(ByteAt(picture.palette, from));
    }
  }
  return bgr;
}

}  // namespace

Result<GifPicture> ReadGif(std::string_view gif) {
  constexpr std::size_t kMark = 6;
  constexpr std::uint32_t kExtension = 0x21;
  constexpr std::uint32_t kFrame = 0x2C;
  std::string_view left = gif.substr(std::min(gif.size(), kMark));
  const auto screen = Take(left, 7);
  if (!screen) return TruncatedImage();
  GifPicture picture;
  picture.width = LittleEndian(*screen, 0, 2);
  picture.height = LittleEndian(*screen, 2, 2);
  const auto palette = TakePalette(left, ByteAt(*screen, 4));
  if (!palette) return TruncatedImage();
  picture.palette = *palette;
  while (const auto mark = Take(left, 1)) {
    if (ByteAt(*mark, 0) == kFrame) return ReadFrame(left, picture);
    if (ByteAt(*mark, 0) != kExtension) return BadInput("not a readable GIF image: it has no frame");
    if (!SkipExtension(left, picture.around)) return TruncatedImage();
  }
  return TruncatedImage();
}

Status DecodeGif(const GifPicture& picture, Image& image) {
  std::vector<std::uint8_t> colours;
  colours.reserve(static_cast<std::size_t>(picture.frame_width) * picture.frame_height);
  AMSEL_RETURN_IF_ERROR(Decompress(picture, colours));
  const std::array<std::uint8_t, 256 * 3> palette = Palette(picture);
  image.width = static_cast<int>(picture.width);
  image.height = static_cast<int>(picture.height);
  const std::size_t stride = static_cast<std::size_t>(image.width) * 3;
  image.pixels.resize(stride * static_cast<std::size_t>(image.height));
  const auto colour = [&](int index) { return palette.begin() + std::ptrdiff_t{3} * index; };
  if (picture.frame_width != image.width || picture.frame_height != image.height) {
    for (std::size_t at = 0; at < image.pixels.size(); at += 3) {
      std::copy_n(colour(picture.around), 3, image.pixels.begin() + static_cast<std::ptrdiff_t>(at));
    }
  }
  const std::uint8_t* from = colours.data();
  for (const int row : RowsOf(picture)) {
    std::uint8_t* to = image.pixels.data() + stride * static_cast<std::size_t>(picture.top + row) +
                       static_cast<std::size_t>(picture.left) * 3;
    for (int x = 0; x < picture.frame_width; ++x, to += 3) std::copy_n(colour(*from++), 3, to);
  }
  return {};
}

}  // namespace amsel
