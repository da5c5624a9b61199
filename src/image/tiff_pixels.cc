// Rows of segments become 8-bit samples, and these BGR pixels. Only a row is held at a time, whatever a segment's size.
#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "base/status_macros.h"
#include "image/bytes.h"
#include "image/image_errors.h"
#include "image/jpeg.h"
#include "image/jpeg_segments.h"
#include "image/tiff.h"
#include "image/tiff_segment.h"

namespace amsel {
namespace {

using Colour = TiffPage::Colour;

constexpr int kWhite = 255;

/// Part of the picture that a segment covers.
struct Area {
  std::int64_t left;
  std::int64_t top;
  std::int64_t width;  ///< without what a tile has beyond the picture's edges
  std::int64_t height;
};

std::int64_t SegmentsAcross(const TiffPage& page) {
  return (page.width + page.segment_width - 1) / page.segment_width;
}

std::int64_t SegmentsDown(const TiffPage& page) {
  return (page.height + page.segment_height - 1) / page.segment_height;
}

Area AreaOf(const TiffPage& page, std::int64_t segment) {
  const std::int64_t left = segment % SegmentsAcross(page) * page.segment_width;
  const std::int64_t top = segment / SegmentsAcross(page) * page.segment_height;
  return {left, top, std::min(page.segment_width, page.width - left), std::min(page.segment_height, page.height - top)};
}

Result<std::string_view> Packed(std::string_view tiff, const TiffPage& page, std::int64_t segment) {
  const auto index = static_cast<std::size_t>(segment);
  if (page.offsets[index] > tiff.size()) return TruncatedImage();
  return tiff.substr(page.offsets[index], page.lengths[index]);
}

std::uint8_t* PixelAt(Image& image, std::int64_t x, std::int64_t y) {
  return image.pixels.data() + static_cast<std::size_t>((y * image.width + x) * 3);
}

/// Reads rows of samples of one segment, or of one of its planes.
class SampleReader {
 public:
  SampleReader(const TiffPage& page, std::string_view packed)
      : page_(page),
        samples_(page.planes ? 1 : page.samples),
        segment_(OpenTiffSegment(page.coding, packed)),
        row_(static_cast<std::size_t>((page.segment_width * samples_ * page.bits + 7) / 8)) {}

  /// Sample i of the row goes to to[i * step] for those of a pixel one after another; false where the segment ends.
  bool ReadRow(std::uint8_t* to, std::size_t step) {
    if (!segment_->Read(row_.data(), row_.size())) return false;
    if (page_.bits == 16) {
      Wide(to, step);
    } else if (page_.bits == 8) {
      Narrow(to, step);
    } else {
      Part(to, step);
    }
    return true;
  }

 private:
  std::size_t count() const { return static_cast<std::size_t>(page_.segment_width * samples_); }

  void Wide(std::uint8_t* to, std::size_t step) {
    const std::size_t high = page_.little ? 1 : 0;
    std::array<std::uint32_t, 8> sum{};
    for (std::size_t i = 0; i < count(); ++i) {
      const std::uint32_t value = static_cast<std::uint32_t>(row_[2 * i + high]) << 8 | row_[2 * i + 1 - high];
      std::uint32_t& before = sum[i % static_cast<std::size_t>(samples_)];
      before = page_.differences ? before + value : value;
      to[i * step] = static_cast<std::uint8_t>(before >> 8);
    }
  }

  void Narrow(std::uint8_t* to, std::size_t step) {
    const auto apart = static_cast<std::size_t>(samples_);
    for (std::size_t i = apart; page_.differences && i < count(); ++i) {
      row_[i] = static_cast<std::uint8_t>(row_[i] + row_[i - apart]);
    }
    for (std::size_t i = 0; i < count(); ++i) to[i * step] = row_[i];
  }

  /// Samples of less than a byte, the first in the highest bits; a palette's stay as they are.
  void Part(std::uint8_t* to, std::size_t step) {
    const int bits = page_.bits;
    const int most = (1 << bits) - 1;
    const int scale = page_.colour == Colour::kPalette ? 1 : kWhite / most;
    const std::size_t in_a_byte = static_cast<std::size_t>(8 / bits);
    for (std::size_t i = 0; i < count(); ++i) {
      const int shift = 8 - bits * static_cast<int>(i % in_a_byte + 1);
      to[i * step] = static_cast<std::uint8_t>((row_[i / in_a_byte] >> shift & most) * scale);
    }
  }

  const TiffPage& page_;
  int samples_;  ///< of a pixel that lie in this segment
  std::unique_ptr<TiffSegment> segment_;
  std::vector<std::uint8_t> row_;
};

/// Makes BGR of rows of samples.
class Colours {
 public:
  explicit Colours(const TiffPage& page) : page_(page) {
    const bool of_8_bits =  // as some programs write them, against the rule
        std::all_of(page.palette.begin(), page.palette.end(), [](std::uint32_t value) { return value <= kWhite; });
    for (const std::uint32_t value : page.palette) {
      palette_.push_back(static_cast<std::uint8_t>(of_8_bits ? value : value >> 8));
    }
  }

  void Convert(const std::uint8_t* from, std::int64_t count, std::uint8_t* to) const {
    for (; count > 0; --count, from += page_.samples, to += 3) {
      Pixel(from, to);
      if (page_.premultiplied) Divide(to, from[page_.samples - 1]);
    }
  }

 private:
  void Pixel(const std::uint8_t* from, std::uint8_t* to) const {
    switch (page_.colour) {
      case Colour::kPalette:
        for (std::size_t i = 0; i < 3; ++i) to[i] = palette_[palette_.size() / 3 * (2 - i) + from[0]];
        return;
      case Colour::kCmyk:
        for (int i = 0; i < 3; ++i)
          to[i] = static_cast<std::uint8_t>((kWhite - from[2 - i]) * (kWhite - from[3]) / kWhite);
        return;
      case Colour::kGray:
        to[0] = to[1] = to[2] = static_cast<std::uint8_t>(page_.white_is_zero ? kWhite - from[0] : from[0]);
        return;
      default:
        for (int i = 0; i < 3; ++i) to[i] = from[2 - i];
    }
  }

  static void Divide(std::uint8_t* pixel, int alpha) {
    if (alpha == 0) return;
    for (int i = 0; i < 3; ++i) pixel[i] = static_cast<std::uint8_t>(std::min(pixel[i] * kWhite / alpha, kWhite));
  }

  const TiffPage& page_;
  std::vector<std::uint8_t> palette_;
};

Status DecodeSegment(std::string_view tiff, const TiffPage& page, const Colours& colours, std::int64_t segment,
                     Image& image) {
  const std::int64_t planes = page.planes ? page.samples : 1;
  std::vector<SampleReader> readers;
  for (std::int64_t plane = 0; plane < planes; ++plane) {
    AMSEL_ASSIGN_OR_RETURN(const std::string_view packed,
                           Packed(tiff, page, plane * SegmentsAcross(page) * SegmentsDown(page) + segment));
    readers.emplace_back(page, packed);
  }
  std::vector<std::uint8_t> row(static_cast<std::size_t>(page.segment_width * page.samples));
  const Area area = AreaOf(page, segment);
  for (std::int64_t y = 0; y < area.height; ++y) {
    for (std::size_t plane = 0; plane < readers.size(); ++plane) {
      if (!readers[plane].ReadRow(row.data() + plane, readers.size())) {
        return BadInput("the image is truncated or not readable");
      }
    }
    colours.Convert(row.data(), area.width, PixelAt(image, area.left, area.top + y));
  }
  return {};
}

/// A segment's JPEG with the tables that all segments share, and a mark that says whether its colours are YCbCr.
std::string WholeJpeg(const TiffPage& page, std::string_view packed) {
  constexpr std::size_t kMarker = 2;
  std::string jpeg(
      "\xFF\xD8\xFF\xEE\0\x0E"
      "Adobe\0\x64\0\0\0\0",
      17);
  jpeg += page.colour == Colour::kYcc ? '\1' : '\0';
  if (page.jpeg_tables.size() > 2 * kMarker) {
    jpeg += page.jpeg_tables.substr(kMarker, page.jpeg_tables.size() - 2 * kMarker);
  }
  return jpeg += packed.substr(std::min(packed.size(), kMarker));
}

Status DecodeJpegSegment(std::string_view packed, const TiffPage& page, const Area& area, JpegReader& reader,
                         std::vector<std::uint8_t>& pixels, Image& image) {
  const std::string jpeg = WholeJpeg(page, packed);
  AMSEL_ASSIGN_OR_RETURN(const JpegHeader header, reader.ReadHeader(jpeg));
  if (header.cmyk || header.width != page.segment_width || header.height < area.height ||
      header.height > page.segment_height) {
    return BadInput("not a readable TIFF image: a JPEG in it is of another size or colour than declared");
  }
  pixels.resize(static_cast<std::size_t>(header.width) * header.height * 3);
  AMSEL_RETURN_IF_ERROR(reader.Decode(jpeg, pixels.data(), header.width, header.height));
  for (std::int64_t y = 0; y < area.height; ++y) {
    std::copy_n(pixels.data() + y * header.width * 3, area.width * 3, PixelAt(image, area.left, area.top + y));
  }
  return {};
}

}  // namespace

Status DecodeTiff(std::string_view tiff, const TiffPage& page, std::int64_t max_pixels, Image& image) {
  const std::int64_t segments = SegmentsAcross(page) * SegmentsDown(page);
  // The last row and column of segments may reach beyond the picture.
  AMSEL_RETURN_IF_ERROR(CheckPixels(SegmentsAcross(page) * page.segment_width, SegmentsDown(page) * page.segment_height,
                                    2 * max_pixels, "the image with the edges of its tiles"));
  image.width = static_cast<int>(page.width);
  image.height = static_cast<int>(page.height);
  image.pixels.resize(static_cast<std::size_t>(page.width * page.height) * 3);
  const Colours colours(page);
  JpegReader reader;
  std::vector<std::uint8_t> pixels;
  for (std::int64_t segment = 0; segment < segments; ++segment) {
    if (page.coding != TiffPage::Coding::kJpeg) {
      AMSEL_RETURN_IF_ERROR(DecodeSegment(tiff, page, colours, segment, image));
      continue;
    }
    AMSEL_ASSIGN_OR_RETURN(const std::string_view packed, Packed(tiff, page, segment));
    AMSEL_RETURN_IF_ERROR(DecodeJpegSegment(packed, page, AreaOf(page, segment), reader, pixels, image));
  }
  return {};
}

}  // namespace amsel
