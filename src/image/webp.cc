// The container is that of RFC 9649. An animation's first frame is a still picture of its own inside it, so that no
// library is needed that knows animations.
#include "image/webp.h"

#include <algorithm>
#include <string>

#include "base/status_macros.h"
#include "image/bytes.h"
#include "image/image_errors.h"
#include "image/orientation.h"
#include "image/webp_library.h"

namespace amsel {
namespace {

constexpr std::size_t kFirstChunk = 12;  // after "RIFF", a size and "WEBP"

Error NotReadableWebp() {
  return BadInput("not a readable WebP image");
}

/// Goes from chunk to chunk.
class Chunks {
 public:
  explicit Chunks(std::string_view chunks) : left_(chunks) {}

  /// False at the end, and where the next chunk is cut off.
  bool Next() {
    constexpr std::size_t kHead = 8;
    if (left_.size() < kHead) return false;
    const std::size_t length = LittleEndian(left_, 4, 4);
    name_ = left_.substr(0, 4);
    cut_ = left_.size() - kHead < length;
    if (cut_) return false;
    content_ = left_.substr(kHead, length);
    left_.remove_prefix(std::min(left_.size(), kHead + length + length % 2));
    return true;
  }

  std::string_view name() const { return name_; }
  std::string_view content() const { return content_; }
  bool cut() const { return cut_; }

 private:
  std::string_view left_;
  std::string_view name_;
  std::string_view content_;
  bool cut_ = false;
};

/// The picture among `chunks`, its size as its own bits declare it.
Result<WebpPicture> ReadStill(std::string_view chunks) {
  constexpr std::uint32_t kSide = 0x3FFF;
  Chunks walk(chunks);
  while (walk.Next()) {
    WebpPicture picture;
    picture.bitstream = walk.content();
    if (walk.name() == "VP8 ") {
      if (picture.bitstream.size() < 10) return TruncatedImage();
      picture.frame_width = LittleEndian(picture.bitstream, 6, 2) & kSide;
      picture.frame_height = LittleEndian(picture.bitstream, 8, 2) & kSide;
      return picture;
    }
    if (walk.name() == "VP8L") {
      if (picture.bitstream.size() < 5) return TruncatedImage();
      const std::uint32_t bits = LittleEndian(picture.bitstream, 1, 4);
      picture.frame_width = (bits & kSide) + 1;
      picture.frame_height = ((bits >> 14) & kSide) + 1;
      return picture;
    }
  }
  return walk.cut() ? TruncatedImage() : NotReadableWebp();
}

/// The first frame of an animation: where it lies, its size, then chunks of its own.
Result<WebpPicture> ReadWebpFrame(std::string_view frame) {
  constexpr std::size_t kHead = 16;
  if (frame.size() < kHead) return TruncatedImage();
  AMSEL_ASSIGN_OR_RETURN(WebpPicture picture, ReadStill(frame.substr(kHead)));
  picture.left = std::int64_t{2} * LittleEndian(frame, 0, 3);
  picture.top = std::int64_t{2} * LittleEndian(frame, 3, 3);
  const bool as_declared =
      picture.frame_width == LittleEndian(frame, 6, 3) + 1 && picture.frame_height == LittleEndian(frame, 9, 3) + 1;
  return as_declared ? Result<WebpPicture>(picture) : NotReadableWebp();
}

/// The picture of a file that begins with VP8X, `extended`, which declares the canvas.
Result<WebpPicture> ReadExtended(std::string_view extended, std::string_view chunks) {
  constexpr std::uint32_t kAnimation = 0x02;
  if (extended.size() < 10) return NotReadableWebp();
  const bool animated = (ByteAt(extended, 0) & kAnimation) != 0;
  Chunks walk(chunks);
  while (animated && walk.Next() && walk.name() != "ANMF") {
  }
  if (animated && walk.name() != "ANMF") return walk.cut() ? TruncatedImage() : NotReadableWebp();
  if (animated && walk.cut()) return TruncatedImage();
  AMSEL_ASSIGN_OR_RETURN(WebpPicture picture, animated ? ReadWebpFrame(walk.content()) : ReadStill(chunks));
  picture.width = LittleEndian(extended, 4, 3) + std::int64_t{1};
  picture.height = LittleEndian(extended, 7, 3) + std::int64_t{1};
  const bool inside =
      picture.left + picture.frame_width <= picture.width && picture.top + picture.frame_height <= picture.height;
  const bool whole = picture.frame_width == picture.width && picture.frame_height == picture.height;
  return inside && (animated || whole) ? Result<WebpPicture>(picture) : NotReadableWebp();
}

}  // namespace

Result<WebpPicture> ReadWebp(std::string_view webp) {
  Chunks walk(webp.substr(std::min(webp.size(), kFirstChunk)));
  if (!walk.Next()) return TruncatedImage();
  if (walk.name() == "VP8X") {
    return ReadExtended(walk.content(), webp.substr(kFirstChunk));
  }
  AMSEL_ASSIGN_OR_RETURN(WebpPicture picture, ReadStill(webp.substr(kFirstChunk)));
  picture.width = picture.frame_width;
  picture.height = picture.frame_height;
  return picture;
}

Status DecodeWebp(const WebpPicture& picture, Image& image) {
  const Result<WebpLibrary>& library = Webp();
  if (!library.ok()) return library.error();
  int width = 0;
  int height = 0;
  const std::uint8_t* const data = Data(picture.bitstream);
  if (library->size(data, picture.bitstream.size(), &width, &height) == 0 || width != picture.frame_width ||
      height != picture.frame_height) {
    return NotReadableWebp();
  }
  image.width = static_cast<int>(picture.width);
  image.height = static_cast<int>(picture.height);
  const std::size_t stride = static_cast<std::size_t>(image.width) * 3;
  image.pixels.resize(stride * static_cast<std::size_t>(image.height));
  if (width != image.width || height != image.height) std::fill(image.pixels.begin(), image.pixels.end(), 0);
  const std::size_t first = stride * static_cast<std::size_t>(picture.top) + static_cast<std::size_t>(picture.left) * 3;
  const bool decoded = library->decode(data, picture.bitstream.size(), image.pixels.data() + first,
                                       image.pixels.size() - first, static_cast<int>(stride)) != nullptr;
  return decoded ? Status() : BadInput("the image is truncated or not readable");
}

int WebpOrientation(std::string_view webp) {
  for (Chunks walk(webp.substr(std::min(webp.size(), kFirstChunk))); walk.Next();) {
    if (walk.name() == "EXIF") return ExifOrientation(walk.content());
  }
  return kUpright;
}

}  // namespace amsel
