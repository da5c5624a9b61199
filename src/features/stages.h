// The shared intermediate pictures that features are computed from. Internal to src/features.
#pragma once

#include <array>
#include <cstdint>
#include <opencv2/core.hpp>
#include <vector>

#include "amsel/image.h"

namespace amsel {

/// No side of a reduced picture is longer, in pixels.
inline constexpr int kReducedSide = 128;

/// Bins of the histograms of hue, edge lengths and edge angles (the paper's table of candidate features).
inline constexpr int kBins = 7;

struct Contour {
  double length = 0;  ///< perimeter, in pixels
  double area = 0;    ///< enclosed, in square pixels
  cv::Rect bounds;
};

struct FeatureInputs {
  int width = 0;                                 ///< of the picture as it came
  int height = 0;                                ///< of the picture as it came
  FileFacts file{};                              ///< its file
  cv::Mat reduced;                               ///< 8-bit BGR, long side at most kReducedSide
  cv::Mat gray;                                  ///< 8-bit
  cv::Mat edges;                                 ///< Canny's edge map: 255 on an edge, else 0
  std::array<std::int64_t, kBins> angles{};      ///< edge pixels by the edge's angle
  std::vector<Contour> contours;                 ///< outlines in the edge map
  std::array<cv::Mat, 3> hsv;                    ///< 8-bit: hue (0..179), saturation and value (0..255), each by itself
  std::array<cv::Mat, 3> bgr;                    ///< 8-bit: the reduced picture's blue, green and red, each by itself
  double diagonal = 0;                           ///< of the reduced picture, in pixels
  cv::Mat reduced_pixels;                        ///< of `reduced`, unless the picture came as small
  cv::Mat packed_hsv;                            ///< on the way to `hsv`
  std::vector<std::vector<cv::Point>> outlines;  ///< on the way to `contours`
};

/// Fills `angles`: the angle of an edge is across the gradient that Sobel's 3x3 kernels give there.
void CountEdgeAngles(FeatureInputs& inputs);

/// The main object: the contour with the largest bounding box (the first of equals); null where there is none.
const Contour* MainObject(const FeatureInputs& inputs);

}  // namespace amsel
