#include "features/registry.h"

#include <algorithm>

#include "features/compute.h"
#include "features/dnn_features.h"

namespace amsel {
namespace {

using enum FeatureStage;

/// In the order in which learners have always seen them: the paper's seven, then what came later.
std::vector<FeatureDefinition> GateFeatures() {
  return {
      {{"keypoints", "number of FAST corners (threshold 20)", 0, kInfinity, {kReduce, kGray}}, Keypoints},
      {{"avg_perceived_brightness", "mean of sqrt(0.241 R^2 + 0.691 G^2 + 0.068 B^2)", 0, 255, {kReduce, kPlanes}},
       PerceivedBrightness},
      {{"contrast", "standard deviation of grey (RMS contrast)", 0, 127.5, {kReduce, kGray}}, Contrast},
      {{"area_by_perimeter",
        "area of the main object by its perimeter, in pixels",
        0,
        kInfinity,
        {kReduce, kGray, kEdges, kContours}},
       AreaByPerimeter},
      {{"aspect_ratio",
        "width by height of the main object's bounding box",
        0,
        kInfinity,
        {kReduce, kGray, kEdges, kContours}},
       AspectRatio},
      {{"edge_length1",
        "share of edges shorter than a seventh of the diagonal",
        0,
        1,
        {kReduce, kGray, kEdges, kContours}},
       [](const FeatureInputs& inputs) { return EdgeLengthShare(inputs, 0); }},
      {{"hue1", "share of pixels in the first of seven equal bins of hue", 0, 1, {kReduce, kHue}},
       [](const FeatureInputs& inputs) { return HueShare(inputs, 0); }},
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
}

/// Seven features, one a bin, from the bin `first` on (counted from 0).
void AddBins(std::vector<FeatureDefinition>& all, const std::string& name, const std::string& meaning,
             const std::vector<FeatureStage>& stages, double (*share)(const FeatureInputs&, int), int first) {
  for (int bin = first; bin < kBins; ++bin) {
    const std::string number = std::to_string(bin + 1);
    all.push_back({{name + number, meaning + " " + number + " of 7", 0, 1, stages},
                   [share, bin](const FeatureInputs& inputs) { return share(inputs, bin); }});
  }
}

std::vector<FeatureDefinition> AllFeatures() {
  std::vector<FeatureDefinition> all = GateFeatures();
  const std::vector<FeatureDefinition> brightness = {
      {{"avg_brightness", "mean of grey", 0, 255, {kReduce, kGray}}, Brightness},
      {{"rms_brightness", "root of the mean square of grey", 0, 255, {kReduce, kGray}}, RmsBrightness},
      {{"rms_perceived_brightness",
        "root of the mean of 0.241 R^2 + 0.691 G^2 + 0.068 B^2",
        0,
        255,
        {kReduce, kPlanes}},
       RmsPerceivedBrightness},
      {{"entropy", "entropy of the distribution of grey, in bits", 0, 8, {kReduce, kGray}}, Entropy},
  };
  all.insert(all.end(), brightness.begin(), brightness.end());
  AddBins(all, "edge_length", "share of edges whose length by the diagonal is in bin",
          {kReduce, kGray, kEdges, kContours}, EdgeLengthShare, 1);
  AddBins(all, "edge_angle", "share of edge pixels whose edge has an angle in bin", {kReduce, kGray, kEdges, kAngles},
          EdgeAngleShare, 0);
  AddBins(all, "hue", "share of pixels whose hue is in bin", {kReduce, kHue}, HueShare, 1);
  const std::vector<FeatureDefinition> of_whole = {
      {{"image_aspect_ratio", "width by height of the image", 0, kInfinity, {}},
       [](const FeatureInputs& inputs) { return static_cast<double>(inputs.width) / inputs.height; }},
      {{"jpeg_quality", "quality at which the JPEG was written; 100 for other files", 1, 100, {}, true},
       [](const FeatureInputs& inputs) { return static_cast<double>(inputs.file.jpeg_quality); }},
      {{"file_bytes_per_pixel", "size of the file by the number of its pixels", 0, kInfinity, {}, true},
       [](const FeatureInputs& inputs) {
         const FileFacts& file = inputs.file;
         return file.pixels > 0 ? static_cast<double>(file.bytes) / static_cast<double>(file.pixels) : 0;
       }},
  };
  all.insert(all.end(), of_whole.begin(), of_whole.end());
  return all;
}

template <typename Wanted>
std::vector<std::string> Names(Wanted&& wanted) {
  std::vector<std::string> names;
  for (const FeatureInfo& info : FeatureRegistry()) {
    if (wanted(info)) names.push_back(info.name);
  }
  return names;
}

}  // namespace

const std::vector<FeatureDefinition>& FeatureDefinitions() {
  static const std::vector<FeatureDefinition> definitions = AllFeatures();
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
  return Names([](const FeatureInfo&) { return true; });
}

std::vector<std::string> DefaultFeatureNames() {
  return Names([](const FeatureInfo& info) { return !info.of_file; });
}

std::vector<std::string> GateFeatureNames() {
  std::vector<std::string> names;
  for (const FeatureDefinition& definition : GateFeatures()) names.push_back(definition.info.name);
  return names;
}

std::vector<std::string> PaperFeatureNames() {
  return {"keypoints", "avg_perceived_brightness", "contrast", "area_by_perimeter", "aspect_ratio", "edge_length1",
          "hue1"};
}

Result<std::vector<std::string>> ExpandFeatureNames(const std::vector<std::string>& names) {
  const std::vector<std::string> all = AllFeatureNames();
  std::vector<std::string> expanded;
  for (const std::string& name : names) {
    std::vector<std::string> meant{name};
    if (name == "all") meant = all;
    if (name == "default") meant = DefaultFeatureNames();
    if (name == "paper") meant = PaperFeatureNames();
    for (const std::string& one : meant) {
      const bool of_dnn = one == kDnnFeatures || DnnValueOf(one);
      if (!of_dnn && std::find(all.begin(), all.end(), one) == all.end()) return NoSuchFeature(one);
      if (std::find(expanded.begin(), expanded.end(), one) == expanded.end()) expanded.push_back(one);
    }
  }
  return expanded;
}

Error NoSuchFeature(const std::string& name) {
  return UsageError("there is no feature `" + name + "`; `amsel profile --help` lists them");
}

std::string FeatureStageName(FeatureStage stage) {
  constexpr const char* kNames[kFeatureStageCount] = {"reduce", "gray", "edges", "angles", "contours", "hue", "planes"};
  return std::string("stage.") + kNames[static_cast<int>(stage)];
}

}  // namespace amsel
