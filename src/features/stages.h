// The shared intermediate pictures that features are computed from. Internal to src/features.
#pragma once

#include <opencv2/core.hpp>
#include <vector>

namespace amsel {

struct Contour {
  double length = 0;  ///< perimeter, in pixels
  double area = 0;    ///< enclosed, in square pixels
  cv::Rect bounds;
};

struct FeatureInputs {
  cv::Mat reduced;                ///< 8-bit BGR, long side at most 128
  cv::Mat gray;                   ///< 8-bit
  std::vector<Contour> contours;  ///< outlines in the Canny edge map
  cv::Mat hue;                    ///< 8-bit, 0..179
  double diagonal = 0;            ///< of the reduced picture, in pixels
};

/// The main object: the contour with the largest bounding box (the first of equals); null where there is none.
const Contour* MainObject(const FeatureInputs& inputs);

}  // namespace amsel
