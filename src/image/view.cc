#include "image/view.h"

#include <algorithm>
#include <cstdint>
#include <opencv2/imgproc.hpp>

#include "base/status_macros.h"
#include "image/mat.h"

namespace amsel {
namespace {

std::size_t RowBytes(const ImageView& view) {
  const bool triples = view.format == PixelFormat::kBgr || view.format == PixelFormat::kRgb;
  return static_cast<std::size_t>(view.width) * (triples ? 3 : 1);
}

std::size_t StrideOf(const ImageView& view) {
  return view.stride == 0 ? RowBytes(view) : view.stride;
}

const std::uint8_t* ChromaOf(const ImageView& view) {
  return view.chroma != nullptr ? view.chroma : view.pixels + StrideOf(view) * view.height;
}

std::size_t ChromaStrideOf(const ImageView& view) {
  return view.chroma_stride != 0 ? view.chroma_stride : StrideOf(view);
}

/// Whether all rows of a plane can have addresses at all.
Status CheckReach(const std::uint8_t* pixels, std::size_t stride, int rows) {
  const auto at = reinterpret_cast<std::uintptr_t>(pixels);
  const std::size_t most = std::min<std::size_t>(UINTPTR_MAX - at, PTRDIFF_MAX) / static_cast<std::size_t>(rows);
  if (stride <= most) return {};
  return BadInput("the image's stride is " + std::to_string(stride) + " bytes, and " + std::to_string(rows) +
                  " such rows are more than memory has addresses");
}

/// A header for `rows` rows of `columns` pixels of `type`.
cv::Mat Header(const std::uint8_t* pixels, int rows, int columns, int type, std::size_t stride) {
  return {rows, columns, type, const_cast<std::uint8_t*>(pixels), stride};
}

}  // namespace

Status CheckView(const ImageView& view, std::int64_t max_pixels) {
  if (view.empty()) return BadInput("the image has no pixels");
  if (view.width > max_pixels / view.height) {
    return BadInput("the image has " + std::to_string(view.width) + "x" + std::to_string(view.height) +
                    " pixels, over the limit of " + std::to_string(max_pixels));
  }
  if (StrideOf(view) < RowBytes(view)) {
    return BadInput("the image's stride is " + std::to_string(view.stride) + " bytes, but its rows have " +
                    std::to_string(RowBytes(view)));
  }
  AMSEL_RETURN_IF_ERROR(CheckReach(view.pixels, StrideOf(view), view.height));
  if (view.format != PixelFormat::kNv12) return {};
  if (view.width % 2 != 0 || view.height % 2 != 0) return BadInput("an NV12 image has even width and height");
  if (view.chroma_stride != 0 && view.chroma_stride < RowBytes(view)) {
    return BadInput("the image's chroma stride is " + std::to_string(view.chroma_stride) +
                    " bytes, but its rows have " + std::to_string(RowBytes(view)));
  }
  return CheckReach(ChromaOf(view), ChromaStrideOf(view), view.height / 2);
}

ImageView ToBgr(const ImageView& view, Image& converted) {
  if (view.format == PixelFormat::kBgr) return view;
  converted.width = view.width;
  converted.height = view.height;
  converted.full_width = converted.full_height = 0;
  converted.file = view.file;
  converted.pixels.resize(static_cast<std::size_t>(view.width) * view.height * 3);
  const std::size_t stride = StrideOf(view);
  cv::Mat bgr = MatOf(converted);
  switch (view.format) {
    case PixelFormat::kBgr:
      break;
    case PixelFormat::kRgb:
      cv::cvtColor(Header(view.pixels, view.height, view.width, CV_8UC3, stride), bgr, cv::COLOR_RGB2BGR);
      break;
    case PixelFormat::kGray:
      cv::cvtColor(Header(view.pixels, view.height, view.width, CV_8UC1, stride), bgr, cv::COLOR_GRAY2BGR);
      break;
    case PixelFormat::kNv12: {
      cv::cvtColorTwoPlane(Header(view.pixels, view.height, view.width, CV_8UC1, stride),
                           Header(ChromaOf(view), view.height / 2, view.width / 2, CV_8UC2, ChromaStrideOf(view)), bgr,
                           cv::COLOR_YUV2BGR_NV12);
      break;
    }
  }
  return converted;
}

}  // namespace amsel
