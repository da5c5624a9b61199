#include <array>
#include <cassert>
#include <cmath>
#include <limits>
#include <numeric>
#include <opencv2/features2d.hpp>
#include <opencv2/imgproc.hpp>

#include "features/registry.h"

namespace amsel {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr int kHueBins = 7;
constexpr int kEdgeBins = 7;
constexpr int kHueLevels = 180;                      // OpenCV's 8-bit hue
constexpr double kNoiseScale = 0.20888568955258335;  // √(π/2) / 6

double Keypoints(const FeatureInputs& inputs) {
  constexpr int kThreshold = 20;
  std::vector<cv::KeyPoint> points;
  if (std::min(inputs.gray.rows, inputs.gray.cols) >= 7)
    cv::FAST(inputs.gray, points, kThreshold);  // its circle's size
  return static_cast<double>(points.size());
}

/// √(0.241 R² + 0.691 G² + 0.068 B²), averaged (the HSP colour model, Finley 2006).
double PerceivedBrightness(const FeatureInputs& inputs) {
  const int width = inputs.reduced.cols;
  assert(width <= kReducedSide);
  std::array<float, kReducedSide> brightness;  // apart from its sum, whose fixed order does not vectorise
  double sum = 0;
  for (int y = 0; y < inputs.reduced.rows; ++y) {
    const auto* blue = inputs.bgr[0].ptr<std::uint8_t>(y);
    const auto* green = inputs.bgr[1].ptr<std::uint8_t>(y);
    const auto* red = inputs.bgr[2].ptr<std::uint8_t>(y);
    for (int x = 0; x < width; ++x) {
      const auto b = static_cast<float>(blue[x]);
      const auto g = static_cast<float>(green[x]);
      const auto r = static_cast<float>(red[x]);
      brightness[static_cast<std::size_t>(x)] = std::sqrt(0.241F * r * r + 0.691F * g * g + 0.068F * b * b);
    }
    sum += std::accumulate(brightness.begin(), brightness.begin() + width, 0.0F);
  }
  return sum / static_cast<double>(inputs.reduced.total());
}

/// RMS contrast (Peli 1990): the standard deviation of grey.
double Contrast(const FeatureInputs& inputs) {
  cv::Scalar mean;
  cv::Scalar deviation;
  cv::meanStdDev(inputs.gray, mean, deviation);
  return deviation[0];
}

double AreaByPerimeter(const FeatureInputs& inputs) {
  const Contour* object = MainObject(inputs);
  return object == nullptr || object->length <= 0 ? 0 : object->area / object->length;
}

double AspectRatio(const FeatureInputs& inputs) {
  const Contour* object = MainObject(inputs);
  return object == nullptr ? 0 : static_cast<double>(object->bounds.width) / object->bounds.height;
}

double EdgeLength1(const FeatureInputs& inputs) {
  if (inputs.contours.empty()) return 0;
  int first = 0;
  for (const Contour& contour : inputs.contours) first += contour.length < inputs.diagonal / kEdgeBins ? 1 : 0;
  return static_cast<double>(first) / static_cast<double>(inputs.contours.size());
}

double Hue1(const FeatureInputs& inputs) {
  const cv::Mat& hue = inputs.hsv[0];
  int first = 0;
  for (int y = 0; y < hue.rows; ++y) {
    const auto* row = hue.ptr<std::uint8_t>(y);
    for (int x = 0; x < hue.cols; ++x) first += row[x] * kHueBins < kHueLevels ? 1 : 0;
  }
  return static_cast<double>(first) / static_cast<double>(hue.total());
}

/// Sums of integers and of their squares: exact, whatever the order.
struct Moments {
  std::int64_t sum = 0;
  std::int64_t squares = 0;

  double Mean(double count) const { return static_cast<double>(sum) / count; }
  double Variance(double count) const {
    const auto total = static_cast<double>(sum);
    return (static_cast<double>(squares) - total * total / count) / count;
  }
};

/// Whether a 3x3 kernel has a pixel to stand on that is not at the border.
bool HoldsKernel(const cv::Mat& picture) {
  return std::min(picture.rows, picture.cols) >= 3;
}

/// Focus measure LAPV (Pech-Pacheco et al. 2000). The border is mirrored as cv::Laplacian does.
double LaplacianVariance(const FeatureInputs& inputs) {
  const cv::Mat& gray = inputs.gray;
  if (!HoldsKernel(gray)) return 0;
  const int last = gray.cols - 1;
  Moments moments;
  for (int y = 0; y < gray.rows; ++y) {
    const auto* row = gray.ptr<std::uint8_t>(y);
    const auto* above = gray.ptr<std::uint8_t>(y > 0 ? y - 1 : 1);
    const auto* below = gray.ptr<std::uint8_t>(y + 1 < gray.rows ? y + 1 : y - 1);
    int sum = 0;
    int squares = 0;
    const auto add = [&](int x, int left, int right) {
      const auto value = static_cast<std::int16_t>(above[x] + below[x] + row[left] + row[right] - 4 * row[x]);
      sum += value;
      squares += value * value;
    };
    for (int x = 1; x < last; ++x) add(x, x - 1, x + 1);
    add(0, 1, 1);
    add(last, last - 1, last - 1);
    moments.sum += sum;
    moments.squares += squares;
  }
  return moments.Variance(static_cast<double>(gray.total()));
}

/// Standard deviation of the noise (Immerkær 1996). The kernel is the second difference down, then across.
double Noise(const FeatureInputs& inputs) {
  const cv::Mat& gray = inputs.gray;
  if (!HoldsKernel(gray)) return 0;
  assert(gray.cols <= kReducedSide);
  std::array<std::int16_t, kReducedSide> buffer;
  std::int16_t* const down = buffer.data();
  std::int64_t sum = 0;
  for (int y = 1; y + 1 < gray.rows; ++y) {
    const auto* row = gray.ptr<std::uint8_t>(y);
    const auto* above = gray.ptr<std::uint8_t>(y - 1);
    const auto* below = gray.ptr<std::uint8_t>(y + 1);
    for (int x = 0; x < gray.cols; ++x) down[x] = static_cast<std::int16_t>(above[x] - 2 * row[x] + below[x]);
    int row_sum = 0;
    for (int x = 1; x + 1 < gray.cols; ++x) {
      row_sum += std::abs(static_cast<std::int16_t>(down[x - 1] - 2 * down[x] + down[x + 1]));
    }
    sum += row_sum;
  }
  return kNoiseScale * static_cast<double>(sum) / ((gray.rows - 2.0) * (gray.cols - 2.0));
}

/// √(σ²(rg) + σ²(yb)) + 0.3 √(μ²(rg) + μ²(yb)) with rg = R − G, yb = (R + G) / 2 − B (Hasler and Süsstrunk 2003).
double Colorfulness(const FeatureInputs& inputs) {
  Moments red_green;
  Moments yellow_blue;  // of 2 yb, which is an integer
  for (int y = 0; y < inputs.reduced.rows; ++y) {
    const auto* blue = inputs.bgr[0].ptr<std::uint8_t>(y);
    const auto* green = inputs.bgr[1].ptr<std::uint8_t>(y);
    const auto* red = inputs.bgr[2].ptr<std::uint8_t>(y);
    int sums[2] = {};
    int squares[2] = {};
    for (int x = 0; x < inputs.reduced.cols; ++x) {
      const auto rg = static_cast<std::int16_t>(red[x] - green[x]);
      const auto yb = static_cast<std::int16_t>(red[x] + green[x] - 2 * blue[x]);
      sums[0] += rg;
      sums[1] += yb;
      squares[0] += rg * rg;
      squares[1] += yb * yb;
    }
    red_green.sum += sums[0];
    red_green.squares += squares[0];
    yellow_blue.sum += sums[1];
    yellow_blue.squares += squares[1];
  }
  const auto count = static_cast<double>(inputs.reduced.total());
  const double spread = std::sqrt(red_green.Variance(count) + yellow_blue.Variance(count) / 4);
  return spread + 0.3 * std::hypot(red_green.Mean(count), yellow_blue.Mean(count) / 2);
}

double Saturation(const FeatureInputs& inputs) {
  return cv::mean(inputs.hsv[1])[0];
}

}  // namespace

const Contour* MainObject(const FeatureInputs& inputs) {
  const Contour* best = nullptr;
  for (const Contour& contour : inputs.contours) {
    if (best == nullptr || contour.bounds.area() > best->bounds.area()) best = &contour;
  }
  return best;
}

const std::vector<FeatureDefinition>& FeatureDefinitions() {
  using enum FeatureStage;
  static const std::vector<FeatureDefinition> definitions = {
      {{"keypoints", "number of FAST corners (threshold 20)", 0, kInfinity, {kReduce, kGray}}, Keypoints},
      {{"avg_perceived_brightness", "mean of sqrt(0.241 R^2 + 0.691 G^2 + 0.068 B^2)", 0, 255, {kReduce, kPlanes}},
       PerceivedBrightness},
      {{"contrast", "standard deviation of grey (RMS contrast)", 0, 127.5, {kReduce, kGray}}, Contrast},
      {{"area_by_perimeter",
        "area of the main object by its perimeter, in pixels",
        0,
        kInfinity,
        {kReduce, kGray, kContours}},
       AreaByPerimeter},
      {{"aspect_ratio", "width by height of the main object's bounding box", 0, kInfinity, {kReduce, kGray, kContours}},
       AspectRatio},
      {{"edge_length1", "share of edges shorter than a seventh of the diagonal", 0, 1, {kReduce, kGray, kContours}},
       EdgeLength1},
      {{"hue1", "share of pixels in the first of seven equal bins of hue", 0, 1, {kReduce, kHue}}, Hue1},
      {{"laplacian_variance",
        "variance of the Laplacian of grey: low where blurred",
        0,
        1020.0 * 1020.0,
        {kReduce, kGray}},
       LaplacianVariance},
      {{"noise", "standard deviation of the noise in grey", 0, 2040 * kNoiseScale, {kReduce, kGray}}, Noise},
      {{"colorfulness", "spread of the opponent colours and 0.3 of their mean", 0, 297.652, {kReduce, kPlanes}},
       Colorfulness},
      {{"saturation", "mean HSV saturation", 0, 255, {kReduce, kHue}}, Saturation},
  };
  return definitions;
}

const std::vector<FeatureInfo>& FeatureRegistry() {
  static const std::vector<FeatureInfo> registry = [] {
    std::vector<FeatureInfo> infos;
    for (const FeatureDefinition& definition : FeatureDefinitions()) infos.push_back(definition.info);
    return infos;
  }();
  return registry;
}

std::vector<std::string> AllFeatureNames() {
  std::vector<std::string> names;
  for (const FeatureInfo& info : FeatureRegistry()) names.push_back(info.name);
  return names;
}

std::vector<std::string> PaperFeatureNames() {
  return {"keypoints", "avg_perceived_brightness", "contrast", "area_by_perimeter", "aspect_ratio", "edge_length1",
          "hue1"};
}

std::string FeatureStageName(FeatureStage stage) {
  constexpr const char* kNames[kFeatureStageCount] = {"reduce", "gray", "contours", "hue", "planes"};
  return std::string("stage.") + kNames[static_cast<int>(stage)];
}

}  // namespace amsel
