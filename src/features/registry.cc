#include <cmath>
#include <limits>
#include <opencv2/features2d.hpp>
#include <opencv2/imgproc.hpp>

#include "features/registry.h"

namespace amsel {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr int kHueBins = 7;
constexpr int kEdgeBins = 7;
constexpr int kHueLevels = 180;  // OpenCV's 8-bit hue

double Keypoints(const FeatureInputs& inputs) {
  constexpr int kThreshold = 20;
  std::vector<cv::KeyPoint> points;
  if (std::min(inputs.gray.rows, inputs.gray.cols) >= 7)
    cv::FAST(inputs.gray, points, kThreshold);  // its circle's size
  return static_cast<double>(points.size());
}

/// √(0.241 R² + 0.691 G² + 0.068 B²), averaged (the HSP colour model, Finley 2006).
double PerceivedBrightness(const FeatureInputs& inputs) {
  double sum = 0;
  for (int y = 0; y < inputs.reduced.rows; ++y) {
    const auto* row = inputs.reduced.ptr<cv::Vec3b>(y);
    float row_sum = 0;
    for (int x = 0; x < inputs.reduced.cols; ++x) {
      const auto b = static_cast<float>(row[x][0]);
      const auto g = static_cast<float>(row[x][1]);
      const auto r = static_cast<float>(row[x][2]);
      row_sum += std::sqrt(0.241F * r * r + 0.691F * g * g + 0.068F * b * b);
    }
    sum += row_sum;
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
  int first = 0;
  for (int y = 0; y < inputs.hue.rows; ++y) {
    const auto* row = inputs.hue.ptr<std::uint8_t>(y);
    for (int x = 0; x < inputs.hue.cols; ++x) first += row[x] * kHueBins < kHueLevels ? 1 : 0;
  }
  return static_cast<double>(first) / static_cast<double>(inputs.hue.total());
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
      {{"avg_perceived_brightness", "mean of sqrt(0.241 R^2 + 0.691 G^2 + 0.068 B^2)", 0, 255, {kReduce}},
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
  constexpr const char* kNames[kFeatureStageCount] = {"reduce", "gray", "contours", "hue"};
  return std::string("stage.") + kNames[static_cast<int>(stage)];
}

}  // namespace amsel
