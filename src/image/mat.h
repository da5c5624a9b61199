// Views as OpenCV's matrices. Only for sources that use OpenCV.
#pragma once

#include <opencv2/core.hpp>

#include "amsel/image.h"

namespace amsel {

/// The header of a BGR or grey view: shares its pixels, which must not be written.
inline cv::Mat MatOf(const ImageView& view) {
  const bool gray = view.format == PixelFormat::kGray;
  const std::size_t stride = view.stride != 0 ? view.stride : static_cast<std::size_t>(view.width) * (gray ? 1 : 3);
  return {view.height, view.width, gray ? CV_8UC1 : CV_8UC3, const_cast<std::uint8_t*>(view.pixels), stride};
}

}  // namespace amsel
