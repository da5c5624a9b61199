// JPEG goes to libturbojpeg (the same pixels as OpenCV's decoder, and it can reduce while it decodes), plain 8-bit PGM
// and PPM are read here, all else goes to OpenCV.
#include "image/decode.h"

#include <turbojpeg.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <memory>
#include <opencv2/imgcodecs.hpp>

#include "base/status_macros.h"
#include "image/jpeg_quality.h"
#include "image/opencv_codecs.h"
#include "image/orientation.h"

namespace amsel {
namespace {

using JpegHandle = std::unique_ptr<void, int (*)(void*)>;
using Format = ImageHeader::Format;

constexpr int kMostScans = 100;  // a progressive JPEG has about ten

const unsigned char* Data(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

std::uint32_t Byte(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

std::uint32_t BigEndian32(std::string_view b, std::size_t at) {
  return Byte(b, at) << 24 | Byte(b, at + 1) << 16 | Byte(b, at + 2) << 8 | Byte(b, at + 3);
}

std::uint32_t LittleEndian32(std::string_view b, std::size_t at) {
  return Byte(b, at + 3) << 24 | Byte(b, at + 2) << 16 | Byte(b, at + 1) << 8 | Byte(b, at);
}

std::uint32_t LittleEndian24(std::string_view b, std::size_t at) {
  return Byte(b, at + 2) << 16 | Byte(b, at + 1) << 8 | Byte(b, at);
}

Error Truncated() {
  return BadInput("the image is truncated");
}

/// Starts of scans, those of thumbnails inside too: in coded data this pair of bytes does not occur.
int ScansOf(std::string_view jpeg) {
  constexpr std::string_view kStartOfScan = "\xFF\xDA";
  int scans = 0;
  for (std::size_t at = jpeg.find(kStartOfScan); at != std::string_view::npos; at = jpeg.find(kStartOfScan, at + 2)) {
    ++scans;
  }
  return scans;
}

/// Reads with `handle`, which is made when there is none yet.
Result<ImageHeader> ReadJpegHeader(std::string_view bytes, JpegHandle& handle) {
  if (!handle) handle.reset(tjInitDecompress());
  if (!handle) return RuntimeFailure("the JPEG decoder cannot be started");
  int width = 0;
  int height = 0;
  int subsampling = 0;
  int colorspace = 0;
  if (tjDecompressHeader3(handle.get(), Data(bytes), bytes.size(), &width, &height, &subsampling, &colorspace) != 0) {
    const std::string complaint = tjGetErrorStr2(handle.get());
    handle.reset();  // it would go on where it failed
    return BadInput("not a readable JPEG image: " + complaint);
  }
  if (ScansOf(bytes) > kMostScans) {
    return BadInput("the JPEG has more than " + std::to_string(kMostScans) + " scans; each would be as much work");
  }
  return ImageHeader{Format::kJpeg, width, height, colorspace == TJCS_CMYK || colorspace == TJCS_YCCK};
}

/// VP8 , VP8L and VP8X chunks each declare the size in their own way (RFC 9649).
Result<ImageHeader> ReadWebpHeader(std::string_view bytes) {
  if (bytes.size() < 30) return Truncated();
  const std::string_view chunk = bytes.substr(12, 4);
  ImageHeader header{Format::kWebp, 0, 0};
  if (chunk == "VP8 ") {
    header.width = LittleEndian32(bytes, 26) & 0x3FFF;
    header.height = (LittleEndian32(bytes, 26) >> 16) & 0x3FFF;
  } else if (chunk == "VP8L") {
    const std::uint32_t bits = LittleEndian32(bytes, 21);
    header.width = (bits & 0x3FFF) + 1;
    header.height = ((bits >> 14) & 0x3FFF) + 1;
  } else if (chunk == "VP8X") {
    header.width = LittleEndian24(bytes, 24) + 1;
    header.height = LittleEndian24(bytes, 27) + 1;
  } else {
    return BadInput("not a readable WebP image");
  }
  return header;
}

struct PnmHeader {
  ImageHeader size{Format::kPnm, 0, 0};
  std::int64_t maximum = 0;
  std::size_t length = 0;  ///< bytes of the header
};

/// "P5" or "P6", then width, height and maximum, apart by white space or comments.
Result<PnmHeader> ReadPnmHeader(std::string_view bytes) {
  std::size_t at = 2;
  if (bytes.size() < 3 || std::isspace(static_cast<unsigned char>(bytes[2])) == 0) {
    return BadInput("not a readable PGM or PPM image");
  }
  const auto number = [&]() -> std::int64_t {
    while (at < bytes.size() && (std::isspace(static_cast<unsigned char>(bytes[at])) != 0 || bytes[at] == '#')) {
      if (bytes[at] == '#') {
        while (at < bytes.size() && bytes[at] != '\n' && bytes[at] != '\r') ++at;
      } else {
        ++at;
      }
    }
    std::int64_t value = -1;
    for (; at < bytes.size() && std::isdigit(static_cast<unsigned char>(bytes[at])) != 0; ++at) {
      value = std::max<std::int64_t>(value, 0) * 10 + (bytes[at] - '0');
      if (value > INT32_MAX) return INT32_MAX;
    }
    return value;
  };
  PnmHeader header;
  header.size.width = number();
  header.size.height = number();
  header.maximum = number();
  if (header.size.width < 1 || header.size.height < 1 || header.maximum < 1 || header.maximum > 65535) {
    return BadInput("not a readable PGM or PPM image");
  }
  header.length = std::min(bytes.size(), at + 1);
  const std::int64_t bytes_per_pixel = (bytes[1] == '6' ? 3 : 1) * (header.maximum > 255 ? 2 : 1);
  const auto left = static_cast<std::int64_t>(bytes.size() - header.length);
  if (left / bytes_per_pixel / header.size.width < header.size.height) return Truncated();
  return header;
}

/// By how much to divide the sides of a JPEG.
int Reduction(const ImageHeader& header, int min_side) {
  if (min_side < 1) return 1;
  const std::int64_t shorter = std::min(header.width, header.height);
  for (const int by : {8, 4, 2}) {
    if ((shorter + by - 1) / by >= min_side) return by;
  }
  return 1;
}

Status DecodeJpeg(std::string_view bytes, JpegHandle& handle, std::uint8_t* pixels, int width, int height) {
  if (tjDecompress2(handle.get(), Data(bytes), bytes.size(), pixels, width, 0, height, TJPF_BGR, 0) == 0) return {};
  const std::string complaint = tjGetErrorStr2(handle.get());
  const bool complete = tjGetErrorCode(handle.get()) == TJERR_WARNING;
  handle.reset();  // whatever state it is in
  if (complaint.find("remature end") != std::string::npos) return Truncated();
  if (complete) return {};
  return BadInput("not a readable JPEG image: " + complaint);
}

/// OpenCV looks for a decoder of its own accord: what no other takes may go to a DICOM one, found by this mark in the
/// middle of the bytes, whose sizes our limit has not seen.
bool LooksLikeDicom(std::string_view bytes) {
  constexpr std::size_t kPreamble = 128;
  return bytes.size() > kPreamble && bytes.substr(kPreamble).starts_with("DICM");
}

Status DecodeWithOpenCv(std::string_view bytes, Image& image) {
  if (LooksLikeDicom(bytes)) return BadInput("not a readable image: it is marked as DICOM inside");
  AMSEL_ASSIGN_OR_RETURN(const OpenCvCodecs codecs, Codecs());
  cv::Mat decoded;
  try {
    const cv::Mat raw(1, static_cast<int>(bytes.size()), CV_8U, const_cast<char*>(bytes.data()));
    decoded = codecs.imdecode(raw, cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION);
  } catch (const cv::Exception& fault) {
    return BadInput("not a readable image: " + std::string(fault.what()));
  }
  if (decoded.empty()) return BadInput("the image is truncated or not readable");
  image.width = decoded.cols;
  image.height = decoded.rows;
  const std::size_t row = static_cast<std::size_t>(decoded.cols) * 3;
  image.pixels.resize(row * static_cast<std::size_t>(decoded.rows));
  for (int y = 0; y < decoded.rows; ++y) std::memcpy(image.pixels.data() + row * y, decoded.ptr(y), row);
  return {};
}

void CopyPnm(std::string_view bytes, const PnmHeader& header, Image& image) {
  image.width = static_cast<int>(header.size.width);
  image.height = static_cast<int>(header.size.height);
  const std::size_t count = static_cast<std::size_t>(image.width) * image.height;
  image.pixels.resize(count * 3);
  const unsigned char* from = Data(bytes) + header.length;
  std::uint8_t* to = image.pixels.data();
  const bool colour = bytes[1] == '6';
  for (std::size_t i = 0; i < count; ++i, to += 3, from += colour ? 3 : 1) {
    to[0] = from[colour ? 2 : 0];
    to[1] = from[colour ? 1 : 0];
    to[2] = from[0];
  }
}

Status DecodePnm(std::string_view bytes, Image& image) {
  AMSEL_ASSIGN_OR_RETURN(const PnmHeader header, ReadPnmHeader(bytes));
  if (header.maximum != 255) {  // OpenCV scales them
    AMSEL_RETURN_IF_ERROR(DecodeWithOpenCv(bytes, image));
    const bool as_declared = image.width == header.size.width && image.height == header.size.height;
    return as_declared ? Status() : BadInput("not a readable PGM or PPM image");
  }
  CopyPnm(bytes, header, image);
  return {};
}

Result<ImageHeader> ReadHeader(std::string_view bytes, JpegHandle& handle) {
  if (bytes.empty()) return BadInput("the file is empty");
  if (bytes.starts_with("\xFF\xD8\xFF")) return ReadJpegHeader(bytes, handle);
  if (bytes.starts_with("\x89PNG\r\n\x1A\n")) {
    if (bytes.size() < 24) return Truncated();
    return ImageHeader{Format::kPng, BigEndian32(bytes, 16), BigEndian32(bytes, 20)};
  }
  if (bytes.starts_with("BM")) {
    if (bytes.size() < 26) return Truncated();
    const auto height = static_cast<std::int64_t>(static_cast<std::int32_t>(LittleEndian32(bytes, 22)));
    return ImageHeader{Format::kBmp, LittleEndian32(bytes, 18), height < 0 ? -height : height};
  }
  if (bytes.starts_with("RIFF") && bytes.size() >= 16 && bytes.substr(8, 4) == "WEBP") return ReadWebpHeader(bytes);
  if (bytes.starts_with("P5") || bytes.starts_with("P6")) {
    AMSEL_ASSIGN_OR_RETURN(const PnmHeader header, ReadPnmHeader(bytes));
    return header.size;
  }
  return BadInput("not a JPEG, PNG, BMP, WebP, PGM or PPM image");
}

Status CheckSize(const ImageHeader& header, const DecodeOptions& options) {
  if (header.width < 1 || header.height < 1) return BadInput("the image has no pixels");
  if (header.width <= options.max_pixels / header.height) return {};
  return BadInput("the image declares " + std::to_string(header.width) + "x" + std::to_string(header.height) +
                  " pixels, over the limit of " + std::to_string(options.max_pixels));
}

/// turbojpeg gives CMYK as CMYK only; OpenCV converts it.
bool IsForTurbo(const ImageHeader& header) {
  return header.format == Format::kJpeg && !header.cmyk;
}

}  // namespace

struct ImageDecoder::State {
  DecodeOptions options;
  JpegHandle handle{nullptr, &tjDestroy};
  std::vector<std::uint8_t> lying;  ///< pixels as stored, of images that are to be turned

  Status DecodeReduced(std::string_view bytes, const ImageHeader& header, Image& image);
  void Turn(int orientation, Image& image);
};

Status ImageDecoder::State::DecodeReduced(std::string_view bytes, const ImageHeader& header, Image& image) {
  const int by = Reduction(header, options.min_side);
  image.width = static_cast<int>((header.width + by - 1) / by);
  image.height = static_cast<int>((header.height + by - 1) / by);
  image.pixels.resize(static_cast<std::size_t>(image.width) * image.height * 3);
  return DecodeJpeg(bytes, handle, image.pixels.data(), image.width, image.height);
}

void ImageDecoder::State::Turn(int orientation, Image& image) {
  lying.resize(image.pixels.size());
  lying.swap(image.pixels);
  TurnUpright(orientation, lying.data(), image.width, image.height, image.pixels.data());
  if (!SwapsSides(orientation)) return;
  std::swap(image.width, image.height);
  std::swap(image.full_width, image.full_height);
}

ImageDecoder::ImageDecoder(const DecodeOptions& options) : state_(std::make_unique<State>()) {
  state_->options = options;
}
ImageDecoder::~ImageDecoder() = default;
ImageDecoder::ImageDecoder(ImageDecoder&&) noexcept = default;
ImageDecoder& ImageDecoder::operator=(ImageDecoder&&) noexcept = default;

Status ImageDecoder::Decode(std::string_view bytes, Image& image) {
  AMSEL_ASSIGN_OR_RETURN(const ImageHeader header, ReadHeader(bytes, state_->handle));
  AMSEL_RETURN_IF_ERROR(CheckSize(header, state_->options));
  if (bytes.size() > INT32_MAX) return BadInput("the file is larger than 2 GiB");
  AMSEL_RETURN_IF_ERROR(IsForTurbo(header)              ? state_->DecodeReduced(bytes, header, image)
                        : header.format == Format::kPnm ? DecodePnm(bytes, image)
                                                        : DecodeWithOpenCv(bytes, image));
  image.full_width = IsForTurbo(header) ? static_cast<int>(header.width) : image.width;
  image.full_height = IsForTurbo(header) ? static_cast<int>(header.height) : image.height;
  image.file = {static_cast<std::int64_t>(bytes.size()), std::int64_t{image.full_width} * image.full_height,
                JpegQuality(bytes)};
  const int orientation = header.format == Format::kJpeg ? JpegOrientation(bytes) : kUpright;
  if (orientation != kUpright) state_->Turn(orientation, image);
  return {};
}

Result<ImageHeader> ReadImageHeader(std::string_view bytes) {
  JpegHandle handle(nullptr, &tjDestroy);
  return ReadHeader(bytes, handle);
}

std::int64_t DecodedBytes(const ImageHeader& header, const DecodeOptions& options) {
  if (!CheckSize(header, options).ok()) return 0;
  const std::int64_t by = IsForTurbo(header) ? Reduction(header, options.min_side) : 1;
  return (header.width + by - 1) / by * ((header.height + by - 1) / by) * 3;
}

Result<Image> DecodeImage(std::string_view bytes, const DecodeOptions& options) {
  Image image;
  AMSEL_RETURN_IF_ERROR(ImageDecoder(options).Decode(bytes, image));
  return image;
}

std::string EncodePgm(int width, int height, std::string_view pixels) {
  return "P5\n" + std::to_string(width) + " " + std::to_string(height) + "\n255\n" + std::string(pixels);
}

}  // namespace amsel
