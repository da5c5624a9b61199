// Each format goes to its own reader. OpenCV, which chooses a decoder by the first bytes, sees only what begins as the
// formats that it is left with, so that none of its other decoders can be meant.
#include "image/decode.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <opencv2/imgcodecs.hpp>
#include <optional>
#include <stdexcept>

#include "base/status_macros.h"
#include "image/bytes.h"
#include "image/gif.h"
#include "image/heif.h"
#include "image/image_errors.h"
#include "image/image_names.h"
#include "image/jpeg.h"
#include "image/jpeg_quality.h"
#include "image/opencv_codecs.h"
#include "image/orientation.h"
#include "image/pnm.h"
#include "image/tiff.h"
#include "image/webp.h"

namespace amsel {
namespace {

using Format = ImageHeader::Format;

ImageHeader HeaderOf(Format format, std::int64_t width, std::int64_t height) {
  ImageHeader header;
  header.format = format;
  header.width = width;
  header.height = height;
  return header;
}

/// Whether pixels of 32 bits have masks for their colours that OpenCV does not heed.
bool HasOtherMasks(std::string_view bmp) {
  constexpr std::uint32_t kMasks = 3;
  if (LittleEndian(bmp, 28, 2) != 32 || LittleEndian(bmp, 30, 4) != kMasks || bmp.size() < 66) return false;
  return LittleEndian(bmp, 54, 4) != 0xFF0000 || LittleEndian(bmp, 58, 4) != 0xFF00 || LittleEndian(bmp, 62, 4) != 0xFF;
}

/// OS/2's headers have sizes of 16 bits.
Result<ImageHeader> ReadBmpHeader(std::string_view bytes) {
  constexpr std::uint32_t kOs2 = 12;
  if (bytes.size() < 34) return TruncatedImage();
  if (LittleEndian(bytes, 14, 4) == kOs2) {
    return HeaderOf(Format::kBmp, LittleEndian(bytes, 18, 2), LittleEndian(bytes, 20, 2));
  }
  if (HasOtherMasks(bytes)) return BadInput("a BMP image with colour masks other than BGR's, which is not read");
  const auto height = static_cast<std::int64_t>(static_cast<std::int32_t>(LittleEndian(bytes, 22, 4)));
  return HeaderOf(Format::kBmp, LittleEndian(bytes, 18, 4), height < 0 ? -height : height);
}

Result<ImageHeader> ReadJpegHeader(std::string_view bytes, JpegReader& reader) {
  AMSEL_ASSIGN_OR_RETURN(const JpegHeader jpeg, reader.ReadHeader(bytes));
  ImageHeader header = HeaderOf(Format::kJpeg, jpeg.width, jpeg.height);
  header.cmyk = jpeg.cmyk;
  header.bytes = static_cast<std::int64_t>(jpeg.bytes);
  return header;
}

/// By its first bytes alone.
std::optional<Format> FormatOf(std::string_view bytes) {
  if (bytes.starts_with("\xFF\xD8\xFF")) return Format::kJpeg;
  if (bytes.starts_with("\x89PNG\r\n\x1A\n")) return Format::kPng;
  if (bytes.starts_with("BM")) return Format::kBmp;
  if (bytes.starts_with("RIFF") && bytes.size() >= 16 && bytes.substr(8, 4) == "WEBP") return Format::kWebp;
  if (bytes.starts_with("P5") || bytes.starts_with("P6")) return Format::kPnm;
  if (bytes.starts_with("GIF87a") || bytes.starts_with("GIF89a")) return Format::kGif;
  if (LooksLikeTiff(bytes)) return Format::kTiff;
  if (LooksLikeHeif(bytes)) return Format::kHeif;
  return std::nullopt;
}

template <typename Picture>
Result<ImageHeader> SidesOf(Format format, const Result<Picture>& picture) {
  if (!picture.ok()) return picture.error();
  return HeaderOf(format, picture->width, picture->height);
}

Result<ImageHeader> ReadPngHeader(std::string_view bytes) {
  if (bytes.size() < 24) return TruncatedImage();
  return HeaderOf(Format::kPng, BigEndian(bytes, 16, 4), BigEndian(bytes, 20, 4));
}

Result<ImageHeader> ReadHeaderAs(Format format, std::string_view bytes) {
  switch (format) {
    case Format::kPng:
      return ReadPngHeader(bytes);
    case Format::kBmp:
      return ReadBmpHeader(bytes);
    case Format::kWebp:
      return SidesOf(format, ReadWebp(bytes));
    case Format::kPnm:
      return SidesOf(format, ReadPnmHeader(bytes));
    case Format::kGif:
      return SidesOf(format, ReadGif(bytes));
    case Format::kTiff:
      return SidesOf(format, ReadTiff(bytes));
    default:
      return SidesOf(format, ReadHeif(bytes));
  }
}

Result<ImageHeader> ReadHeader(std::string_view bytes, JpegReader& reader) {
  if (bytes.empty()) return BadInput("the file is empty");
  const std::optional<Format> format = FormatOf(bytes);
  if (!format) {
    const std::string name(NameOfUnread(bytes));
    return BadInput("not a JPEG, PNG, BMP, WebP, PGM, PPM, TIFF, GIF, AVIF or HEIC image" +
                    (name.empty() ? "" : ": it is " + name));
  }
  if (*format == Format::kJpeg) return ReadJpegHeader(bytes, reader);
  Result<ImageHeader> header = ReadHeaderAs(*format, bytes);
  if (header.ok()) header->bytes = static_cast<std::int64_t>(bytes.size());
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

constexpr std::int64_t kMostInMemory = std::int64_t{1} << 36;  // pixels; no machine that we know has room for more

Error NoMemory(const ImageHeader& header) {
  return BadInput("there is no memory for the " + std::to_string(header.width) + "x" + std::to_string(header.height) +
                  " pixels of the image");
}

Status DecodeWithOpenCv(std::string_view bytes, const ImageHeader& header, Image& image) {
  AMSEL_ASSIGN_OR_RETURN(const OpenCvCodecs codecs, Codecs());
  cv::Mat decoded;
  try {
    const cv::Mat raw(1, static_cast<int>(bytes.size()), CV_8U, const_cast<char*>(bytes.data()));
    decoded = codecs.imdecode(raw, cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION);
  } catch (const cv::Exception& fault) {
    if (fault.code == cv::Error::StsNoMem) return NoMemory(header);
    return BadInput("not a readable image: " + std::string(fault.what()));
  }
  if (decoded.empty()) return BadInput("the image is truncated or not readable");
  if (decoded.cols != header.width || decoded.rows != header.height) {
    return BadInput("the image has another size than its header declares");
  }
  image.width = decoded.cols;
  image.height = decoded.rows;
  const std::size_t row = static_cast<std::size_t>(decoded.cols) * 3;
  image.pixels.resize(row * static_cast<std::size_t>(decoded.rows));
  for (int y = 0; y < decoded.rows; ++y) std::memcpy(image.pixels.data() + row * y, decoded.ptr(y), row);
  return {};
}

/// turbojpeg gives CMYK as CMYK only; OpenCV converts it.
bool IsForTurbo(const ImageHeader& header) {
  return header.format == Format::kJpeg && !header.cmyk;
}

}  // namespace

struct ImageDecoder::State {
  DecodeOptions options;
  JpegReader jpeg;
  std::vector<std::uint8_t> lying;  ///< pixels as stored, of images that are to be turned

  Status Decode(std::string_view bytes, const ImageHeader& header, Image& image, int& orientation);
  Status DecodeReduced(std::string_view bytes, const ImageHeader& header, Image& image);
  void Turn(int orientation, Image& image);
};

Status ImageDecoder::State::DecodeReduced(std::string_view bytes, const ImageHeader& header, Image& image) {
  const int by = Reduction(header, options.min_side);
  image.width = static_cast<int>((header.width + by - 1) / by);
  image.height = static_cast<int>((header.height + by - 1) / by);
  image.pixels.resize(static_cast<std::size_t>(image.width) * image.height * 3);
  return jpeg.Decode(bytes, image.pixels.data(), image.width, image.height);
}

/// Gives pixels as they are stored, and which way up they are.
Status ImageDecoder::State::Decode(std::string_view bytes, const ImageHeader& header, Image& image, int& orientation) {
  switch (header.format) {
    case Format::kJpeg:
      orientation = JpegOrientation(bytes);
      return header.cmyk ? DecodeWithOpenCv(bytes, header, image) : DecodeReduced(bytes, header, image);
    case Format::kPng:
      orientation = PngOrientation(bytes);
      return DecodeWithOpenCv(bytes, header, image);
    case Format::kWebp: {
      orientation = WebpOrientation(bytes);
      AMSEL_ASSIGN_OR_RETURN(const WebpPicture webp, ReadWebp(bytes));
      return DecodeWebp(webp, image);
    }
    case Format::kTiff: {
      AMSEL_ASSIGN_OR_RETURN(const TiffPage page, ReadTiff(bytes));
      orientation = page.orientation;
      return DecodeTiff(bytes, page, options.max_pixels, image);
    }
    case Format::kGif: {
      AMSEL_ASSIGN_OR_RETURN(const GifPicture gif, ReadGif(bytes));
      return DecodeGif(gif, image);
    }
    case Format::kHeif: {
      AMSEL_ASSIGN_OR_RETURN(const HeifHeader heif, ReadHeif(bytes));
      return DecodeHeif(bytes, heif, options.max_pixels, image);
    }
    case Format::kPnm:
      return DecodePnm(bytes, image);
    default:
      return DecodeWithOpenCv(bytes, header, image);
  }
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
  constexpr std::int64_t kMostPixels = std::int64_t{1} << 60;  // so that products with it stay numbers
  state_->options = options;
  state_->options.max_pixels = std::min(options.max_pixels, kMostPixels);
}
ImageDecoder::~ImageDecoder() = default;
ImageDecoder::ImageDecoder(ImageDecoder&&) noexcept = default;
ImageDecoder& ImageDecoder::operator=(ImageDecoder&&) noexcept = default;

Status ImageDecoder::Decode(std::string_view bytes, Image& image) {
  ImageHeader header;
  try {
    AMSEL_ASSIGN_OR_RETURN(header, ReadHeader(bytes, state_->jpeg));
    AMSEL_RETURN_IF_ERROR(CheckPixels(header.width, header.height, state_->options.max_pixels));
    if (header.width > kMostInMemory / std::max<std::int64_t>(header.height, 1)) return NoMemory(header);
    if (bytes.size() > INT32_MAX) return BadInput("the file is larger than 2 GiB");
    int orientation = kUpright;
    AMSEL_RETURN_IF_ERROR(
        state_->Decode(bytes.substr(0, static_cast<std::size_t>(header.bytes)), header, image, orientation));
    image.full_width = IsForTurbo(header) ? static_cast<int>(header.width) : image.width;
    image.full_height = IsForTurbo(header) ? static_cast<int>(header.height) : image.height;
    image.file = {header.bytes, std::int64_t{image.full_width} * image.full_height, JpegQuality(bytes)};
    if (orientation != kUpright) state_->Turn(orientation, image);
  } catch (const std::bad_alloc&) {
    return NoMemory(header);
  } catch (const std::length_error&) {  // more than any memory could hold
    return NoMemory(header);
  }
  return {};
}

bool BeginsAsImage(std::string_view head) {
  return FormatOf(head).has_value();
}

Result<ImageHeader> ReadImageHeader(std::string_view bytes) {
  JpegReader reader;
  return ReadHeader(bytes, reader);
}

std::int64_t DecodedBytes(const ImageHeader& header, const DecodeOptions& options) {
  if (!CheckPixels(header.width, header.height, options.max_pixels).ok()) return 0;
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
