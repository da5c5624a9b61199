// Pixels: decoded images, and views of pixels that somebody else owns (frames of a camera).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace amsel {

/// What is known of the encoded file that pixels came from.
struct FileFacts {
  std::int64_t bytes = 0;   ///< its size; 0: there is no file, as with a camera's frames
  std::int64_t pixels = 0;  ///< of the whole picture, which decoding may have reduced
  int jpeg_quality = 0;     ///< 1 to 100, as the usual encoders count it; 100 where the file is no JPEG
};

/// 8-bit BGR pixels, rows from the top, no padding: pixels[(y * width + x) * 3 + channel]. Owns its memory.
struct Image {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> pixels;
  /// Size of the encoded picture (upright, as `width` and `height`), which decoding may have reduced; 0 where there was
  /// none.
  int full_width = 0;
  int full_height = 0;
  FileFacts file{};  ///< filled in by decoding

  bool empty() const { return pixels.empty(); }
};

enum class PixelFormat {
  kBgr,   ///< 3 bytes a pixel
  kRgb,   ///< 3 bytes a pixel
  kGray,  ///< 1 byte a pixel
  /// A plane of luma, 1 byte a pixel, and one of U and V in turn for each 2 × 2 pixels (BT.601, luma from 16 to 235).
  /// Width and height are even.
  kNv12
};

/// 8-bit pixels that the caller owns and leaves as they are while the view is in use. Rows from the top.
struct ImageView {
  PixelFormat format = PixelFormat::kBgr;
  int width = 0;
  int height = 0;
  const std::uint8_t* pixels = nullptr;  ///< first row; of luma for kNv12
  std::size_t stride = 0;                ///< bytes from one row to the next; 0: rows follow each other without padding
  const std::uint8_t* chroma = nullptr;  ///< kNv12: first row of U and V; null: right after the last row of luma
  std::size_t chroma_stride = 0;         ///< kNv12: as `stride`; 0: the same as that of luma
  FileFacts file{};                      ///< for policies that read features of the file

  ImageView() = default;
  ImageView(PixelFormat format_of_pixels, int view_width, int view_height, const std::uint8_t* first_row,
            std::size_t row_stride = 0)
      : format(format_of_pixels), width(view_width), height(view_height), pixels(first_row), stride(row_stride) {}
  /// Of an image, which must outlive the view.
  ImageView(const Image& image)  // NOLINT(google-explicit-constructor): an image serves wherever a view does
      : ImageView(PixelFormat::kBgr, image.width, image.height, image.pixels.data()) {
    file = image.file;
  }

  bool empty() const { return pixels == nullptr || width < 1 || height < 1; }
};

}  // namespace amsel
