#include "image/idx.h"

#include <zlib.h>

#include <filesystem>
#include <memory>

#include "base/status_macros.h"
#include "image/decode.h"

namespace amsel {
namespace {

constexpr std::size_t kMaxUnpacked = std::size_t{4} << 30;  // a gzip bomb is refused, not swallowed

Result<std::string> Unpack(const std::string& path) {
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(path.c_str(), "rb"), &gzclose);
  if (!file) return BadInput(path + ": cannot be opened");
  std::string bytes;
  std::vector<char> block(1 << 18);
  for (;;) {
    const int count = gzread(file.get(), block.data(), static_cast<unsigned>(block.size()));
    if (count < 0) return BadInput(path + ": is not a whole gzip file");
    if (count == 0) break;
    if (bytes.size() + static_cast<std::size_t>(count) > kMaxUnpacked)
      return BadInput(path + ": unpacks to over 4 GiB");
    bytes.append(block.data(), static_cast<std::size_t>(count));
  }
  int code = 0;
  gzerror(file.get(), &code);
  if (code != Z_OK) return BadInput(path + ": is not a whole gzip file");
  return bytes;
}

std::uint32_t BigEndian32(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
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
  if (bytes.size() < 16 || BigEndian32(bytes, 0) != 0x803)
    return BadInput(file + ": is not an IDX file of 8-bit images");
  const std::uint64_t count = BigEndian32(bytes, 4);
  const std::uint64_t height = BigEndian32(bytes, 8);
  const std::uint64_t width = BigEndian32(bytes, 12);
  constexpr std::uint64_t kMaxSide = 65535;
  if (count == 0 || count > INT32_MAX || height == 0 || height > kMaxSide || width == 0 || width > kMaxSide ||
      (bytes.size() - 16) / (height * width) != count || (bytes.size() - 16) % (height * width) != 0) {
    return BadInput(file + ": its size is not that of the " + std::to_string(count) + " images of " +
                    std::to_string(width) + "x" + std::to_string(height) + " that it declares");
  }
  bytes.erase(0, 16);
  return IdxImages{static_cast<int>(count), static_cast<int>(height), static_cast<int>(width), std::move(bytes)};
}

Result<std::vector<int>> ParseIdxLabels(std::string_view bytes, const std::string& file) {
  if (bytes.size() < 8 || BigEndian32(bytes, 0) != 0x801)
    return BadInput(file + ": is not an IDX file of 8-bit labels");
  if (bytes.size() - 8 != BigEndian32(bytes, 4))
    return BadInput(file + ": its size is not that of the labels it declares");
  std::vector<int> labels;
  labels.reserve(bytes.size() - 8);
  for (const char label : bytes.substr(8)) labels.push_back(static_cast<unsigned char>(label));
  return labels;
}

Result<IdxImages> ReadIdxImages(const std::string& path) {
  AMSEL_ASSIGN_OR_RETURN(std::string bytes, Unpack(path));
  return ParseIdxImages(std::move(bytes), path);
}

Result<std::vector<int>> ReadIdxLabels(const std::string& path) {
  AMSEL_ASSIGN_OR_RETURN(const std::string bytes, Unpack(path));
  return ParseIdxLabels(bytes, path);
}

}  // namespace amsel
