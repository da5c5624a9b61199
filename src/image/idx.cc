#include "image/idx.h"

#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <utility>

#include "base/file.h"
#include "base/status_macros.h"
#include "image/decode.h"
#include "image/within_memory.h"

namespace amsel {
namespace {

constexpr std::size_t kMaxUnpacked = std::size_t{4} << 30;  // a gzip bomb is refused, not swallowed

/// A file, gzipped or plain, that is unpacked piece by piece.
class Unpacker {
 public:
  static Result<Unpacker> Open(const std::string& path) {
    AMSEL_ASSIGN_OR_RETURN(InputFile file, InputFile::Open(path));
    const int fd = std::move(file).Release();
    gzFile opened = gzdopen(fd, "rb");
    if (opened == nullptr) ::close(fd);
    if (opened == nullptr) return BadInput(path + ": cannot be opened");
    return Unpacker(path, opened);
  }

  /// The next `count` bytes, or as many as there are; takes no more memory than what is there.
  Result<std::string> Take(std::size_t count) {
    constexpr std::size_t kPiece = std::size_t{1} << 18;
    std::string bytes;
    while (bytes.size() < count) {
      const std::size_t had = bytes.size();
      bytes.resize(std::min(count, had + kPiece));
      const int got = gzread(file_.get(), bytes.data() + had, static_cast<unsigned>(bytes.size() - had));
      bytes.resize(had + static_cast<std::size_t>(std::max(got, 0)));
      int code = 0;
      gzerror(file_.get(), &code);
      if (got < 0 || code != Z_OK) return BadInput(path_ + ": is not a whole gzip file");
      if (got == 0) break;
    }
    return bytes;
  }

 private:
  Unpacker(std::string path, gzFile file) : path_(std::move(path)), file_(file, &gzclose) {}

  std::string path_;
  std::unique_ptr<gzFile_s, int (*)(gzFile)> file_;
};

std::uint32_t BigEndian32(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

constexpr std::size_t kImagesHeader = 16;
constexpr std::size_t kLabelsHeader = 8;

/// The counts and sides that the header declares, without pixels.
Result<IdxImages> ParseImagesHeader(std::string_view head, const std::string& file) {
  if (head.size() < kImagesHeader || BigEndian32(head, 0) != 0x803)
    return BadInput(file + ": is not an IDX file of 8-bit images");
  const std::uint64_t count = BigEndian32(head, 4);
  const std::uint64_t height = BigEndian32(head, 8);
  const std::uint64_t width = BigEndian32(head, 12);
  constexpr std::uint64_t kMaxSide = 65535;
  if (count == 0 || count > INT32_MAX || height == 0 || height > kMaxSide || width == 0 || width > kMaxSide) {
    return BadInput(file + ": declares " + std::to_string(count) + " images of " + std::to_string(width) + "x" +
                    std::to_string(height) + ", which cannot be");
  }
  return IdxImages{static_cast<int>(count), static_cast<int>(height), static_cast<int>(width), {}};
}

std::uint64_t PixelsOf(const IdxImages& images) {
  return std::uint64_t{static_cast<std::uint32_t>(images.height)} * static_cast<std::uint32_t>(images.width) *
         static_cast<std::uint32_t>(images.count);
}

Error OtherSize(const IdxImages& images, const std::string& file) {
  return BadInput(file + ": its size is not that of the " + std::to_string(images.count) + " images of " +
                  std::to_string(images.width) + "x" + std::to_string(images.height) + " that it declares");
}

}  // namespace

bool IsIdxImagesFile(const std::string& path) {
  return std::filesystem::path(path).filename().string().find("idx3-ubyte") != std::string::npos;
}

std::string IdxImages::Pgm(int index) const {
  const std::size_t area = static_cast<std::size_t>(width) * height;
  return EncodePgm(width, height, std::string_view(pixels).substr(area * static_cast<std::size_t>(index), area));
}

Result<IdxImages> ParseIdxImages(std::string bytes, const std::string& file) {
  AMSEL_ASSIGN_OR_RETURN(IdxImages images, ParseImagesHeader(bytes, file));
  if (bytes.size() - kImagesHeader != PixelsOf(images)) return OtherSize(images, file);
  bytes.erase(0, kImagesHeader);
  images.pixels = std::move(bytes);
  return images;
}

Result<std::vector<int>> ParseIdxLabels(std::string_view bytes, const std::string& file) {
  if (bytes.size() < kLabelsHeader || BigEndian32(bytes, 0) != 0x801)
    return BadInput(file + ": is not an IDX file of 8-bit labels");
  if (bytes.size() - kLabelsHeader != BigEndian32(bytes, 4))
    return BadInput(file + ": its size is not that of the labels it declares");
  std::vector<int> labels;
  labels.reserve(bytes.size() - kLabelsHeader);
  for (const char label : bytes.substr(kLabelsHeader)) labels.push_back(static_cast<unsigned char>(label));
  return labels;
}

// The header says how much is to be unpacked: a bomb is left once it has given a byte more.
Result<IdxImages> ReadIdxImages(const std::string& path) {
  return WithinMemory(path, [&]() -> Result<IdxImages> {
    AMSEL_ASSIGN_OR_RETURN(Unpacker file, Unpacker::Open(path));
    AMSEL_ASSIGN_OR_RETURN(const std::string head, file.Take(kImagesHeader));
    AMSEL_ASSIGN_OR_RETURN(IdxImages images, ParseImagesHeader(head, path));
    const std::uint64_t pixels = PixelsOf(images);
    if (pixels > kMaxUnpacked) return BadInput(path + ": unpacks to over 4 GiB");
    AMSEL_ASSIGN_OR_RETURN(images.pixels, file.Take(pixels + 1));
    if (images.pixels.size() != pixels) return OtherSize(images, path);
    return images;
  });
}

Result<std::vector<int>> ReadIdxLabels(const std::string& path) {
  return WithinMemory(path, [&]() -> Result<std::vector<int>> {
    AMSEL_ASSIGN_OR_RETURN(Unpacker file, Unpacker::Open(path));
    AMSEL_ASSIGN_OR_RETURN(std::string bytes, file.Take(kLabelsHeader));
    const std::size_t declared = bytes.size() < kLabelsHeader ? 0 : BigEndian32(bytes, 4);
    AMSEL_ASSIGN_OR_RETURN(const std::string labels, file.Take(declared + 1));
    return ParseIdxLabels(bytes + labels, path);
  });
}

}  // namespace amsel
