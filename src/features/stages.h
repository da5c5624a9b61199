// The shared intermediate pictures that features are computed from. Internal to src/features.
#pragma once

#include <array>
#include <opencv2/core.hpp>
#include <vector>

namespace amsel {

/// No side of a reduced picture is longer, in pixels.
inline constexpr int kReducedSide = 128;

struct Contour {
  double length = 0;  ///< perimeter, in pixels
  double area = 0;    ///< enclosed, in square pixels
  cv::Rect bounds;
};

struct FeatureInputs {
  cv::Mat reduced;                ///< 8-bit BGR, long side at most kReducedSide
  cv::Mat gray;                   ///< 8-bit
  std::vector<Contour> contours;  ///< outlines in the Canny edge map
  std::array<cv::Mat, 3> hsv;     ///< 8-bit: hue (0..179), saturation and value (0..255), each by itself
  std::array<cv::Mat, 3> bgr;     ///< 8-bit: the reduced picture's blue, green and red, each by itself
  double diagonal = 0;            ///< of the reduced picture, in pixels
};

/// The main object: the contour with the largest bounding box (the first of equals); null where there is none.
const Contour* MainObject(const FeatureInputs& inputs);

}  // namespace amsel
