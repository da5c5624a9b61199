// Features of keypoints, edges, outlines and hues in the reduced picture.
#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/features2d.hpp>
#include <opencv2/imgproc.hpp>

#include "features/compute.h"

namespace amsel {

double Keypoints(const FeatureInputs& inputs) {
  constexpr int kThreshold = 20;
  std::vector<cv::KeyPoint> points;
  if (std::min(inputs.gray.rows, inputs.gray.cols) >= 7)
    cv::FAST(inputs.gray, points, kThreshold);  // its circle's size
  return static_cast<double>(points.size());
}

double AreaByPerimeter(const FeatureInputs& inputs) {
  const Contour* object = MainObject(inputs);
  return object == nullptr || object->length <= 0 ? 0 : object->area / object->length;
}

double AspectRatio(const FeatureInputs& inputs) {
  const Contour* object = MainObject(inputs);
  return object == nullptr ? 0 : static_cast<double>(object->bounds.width) / object->bounds.height;
}

double EdgeLengthShare(const FeatureInputs& inputs, int bin) {
  if (inputs.contours.empty()) return 0;
  const double low = inputs.diagonal * bin / kBins;
  const double high = bin + 1 < kBins ? inputs.diagonal * (bin + 1) / kBins : kInfinity;
  int inside = 0;
  for (const Contour& contour : inputs.contours) inside += contour.length >= low && contour.length < high ? 1 : 0;
  return static_cast<double>(inside) / static_cast<double>(inputs.contours.size());
}

double EdgeAngleShare(const FeatureInputs& inputs, int bin) {
  std::int64_t all = 0;
  for (const std::int64_t count : inputs.angles) all += count;
  return all == 0 ? 0 : static_cast<double>(inputs.angles[static_cast<std::size_t>(bin)]) / static_cast<double>(all);
}

double HueShare(const FeatureInputs& inputs, int bin) {
  constexpr int kHueLevels = 180;  // OpenCV's 8-bit hue
  const auto low = static_cast<std::uint8_t>((kHueLevels * bin + kBins - 1) / kBins);
  const auto high = static_cast<std::uint8_t>((kHueLevels * (bin + 1) + kBins - 1) / kBins);
  const cv::Mat& hue = inputs.hsv[0];
  int inside = 0;
  for (int y = 0; y < hue.rows; ++y) {
    const auto* row = hue.ptr<std::uint8_t>(y);
    std::uint8_t in_row = 0;  // rows of at most kReducedSide fit in: more pixels at a time
    for (int x = 0; x < hue.cols; ++x) in_row = static_cast<std::uint8_t>(in_row + (row[x] >= low && row[x] < high));
    inside += in_row;
  }
  return static_cast<double>(inside) / static_cast<double>(hue.total());
}

const Contour* MainObject(const FeatureInputs& inputs) {
  const Contour* best = nullptr;
  for (const Contour& contour : inputs.contours) {
    if (best == nullptr || contour.bounds.area() > best->bounds.area()) best = &contour;
  }
  return best;
}

namespace {

/// Where a bin of angles starts.
struct Start {
  double cosine = 0;
  double sine = 0;
};

std::array<Start, kBins> BinStarts() {
  std::array<Start, kBins> starts;
  for (int bin = 0; bin < kBins; ++bin) {
    const double angle = bin * std::acos(-1.0) / kBins;
    starts[static_cast<std::size_t>(bin)] = {std::cos(angle), std::sin(angle)};
  }
  return starts;
}

}  // namespace

void CountEdgeAngles(FeatureInputs& inputs) {
  static const std::array<Start, kBins> starts = BinStarts();
  inputs.angles.fill(0);
  const cv::Mat& gray = inputs.gray;
  for (int y = 0; y < gray.rows; ++y) {
    const auto* edges = inputs.edges.ptr<std::uint8_t>(y);
    const auto* above = gray.ptr<std::uint8_t>(std::max(y - 1, 0));  // the border is repeated, as Canny does
    const auto* row = gray.ptr<std::uint8_t>(y);
    const auto* below = gray.ptr<std::uint8_t>(std::min(y + 1, gray.rows - 1));
    for (int x = 0; x < gray.cols; ++x) {
      if (edges[x] == 0) continue;
      const int left = std::max(x - 1, 0);
      const int right = std::min(x + 1, gray.cols - 1);
      int across = above[right] + 2 * row[right] + below[right] - above[left] - 2 * row[left] - below[left];
      int down = below[left] + 2 * below[x] + below[right] - above[left] - 2 * above[x] - above[right];
      if (across < 0 || (across == 0 && down < 0)) {
        across = -across;
        down = -down;
      }
      // With y up, the edge runs along (down, across): from 0 to 180 degrees now, and compared without its arc tangent.
      std::size_t bin = 0;
      while (bin + 1 < kBins && across * starts[bin + 1].cosine >= down * starts[bin + 1].sine) ++bin;
      ++inputs.angles[bin];
    }
  }
}

}  // namespace amsel
