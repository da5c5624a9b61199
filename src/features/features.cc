#include "features/features.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "features/reduce.h"
#include "features/registry.h"
#include "image/mat.h"

namespace amsel {
namespace {

/// A view of the picture, reduced by area where its long side is above kReducedSide; never enlarged.
void Reduce(const ImageView& image, AreaReducer& reducer, FeatureInputs& inputs) {
  const cv::Mat whole = MatOf(image);
  const int longer = std::max(image.width, image.height);
  if (longer <= kReducedSide) {
    inputs.reduced = whole;
  } else {
    const double factor = static_cast<double>(kReducedSide) / longer;
    const cv::Size size(std::max(1, static_cast<int>(std::lround(image.width * factor))),
                        std::max(1, static_cast<int>(std::lround(image.height * factor))));
    reducer.Reduce(whole, size, inputs.reduced_pixels);
    inputs.reduced = inputs.reduced_pixels;
  }
  inputs.diagonal = std::hypot(inputs.reduced.cols, inputs.reduced.rows);
}

void FindContours(FeatureInputs& inputs) {
  cv::findContours(inputs.edges, inputs.outlines, cv::RETR_LIST, cv::CHAIN_APPROX_NONE);
  inputs.contours.clear();
  for (const auto& outline : inputs.outlines) {
    inputs.contours.push_back({cv::arcLength(outline, true), cv::contourArea(outline), cv::boundingRect(outline)});
  }
}

void ConvertToHsv(FeatureInputs& inputs) {
  cv::cvtColor(inputs.reduced, inputs.packed_hsv, cv::COLOR_BGR2HSV);
  cv::split(inputs.packed_hsv, inputs.hsv.data());
}

void FindEdges(FeatureInputs& inputs) {
  constexpr double kLow = 100;
  constexpr double kHigh = 200;
  cv::Canny(inputs.gray, inputs.edges, kLow, kHigh);
}

void RunStage(FeatureStage stage, const ImageView& image, AreaReducer& reducer, FeatureInputs& inputs) {
  switch (stage) {
    case FeatureStage::kReduce:
      return Reduce(image, reducer, inputs);
    case FeatureStage::kGray:
      return cv::cvtColor(inputs.reduced, inputs.gray, cv::COLOR_BGR2GRAY);
    case FeatureStage::kEdges:
      return FindEdges(inputs);
    case FeatureStage::kAngles:
      return CountEdgeAngles(inputs);
    case FeatureStage::kContours:
      return FindContours(inputs);
    case FeatureStage::kHue:
      return ConvertToHsv(inputs);
    case FeatureStage::kPlanes:
      return cv::split(inputs.reduced, inputs.bgr.data());
  }
}

/// Adds the time between its making and its end to a counter, when there is one.
class Stopwatch {
 public:
  Stopwatch(const Clock* clock, Nanoseconds* counter)
      : clock_(clock), counter_(counter), start_(clock == nullptr ? Nanoseconds(0) : clock->Now()) {}
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;
  ~Stopwatch() {
    if (clock_ != nullptr && counter_ != nullptr) *counter_ += clock_->Now() - start_;
  }

 private:
  const Clock* clock_;
  Nanoseconds* counter_;
  Nanoseconds start_;
};

}  // namespace

struct FeatureExtractor::State {
  std::vector<const FeatureDefinition*> wanted;
  bool needed[kFeatureStageCount] = {};
  bool reads_file = false;
  AreaReducer reducer;
  FeatureInputs inputs;
};

FeatureExtractor::FeatureExtractor(std::unique_ptr<State> state) : state_(std::move(state)) {}
FeatureExtractor::~FeatureExtractor() = default;
FeatureExtractor::FeatureExtractor(FeatureExtractor&&) noexcept = default;
FeatureExtractor& FeatureExtractor::operator=(FeatureExtractor&&) noexcept = default;

Result<FeatureExtractor> FeatureExtractor::Create(const std::vector<std::string>& names) {
  auto state = std::make_unique<State>();
  for (const std::string& name : names) {
    const auto& all = FeatureDefinitions();
    const auto it = std::find_if(all.begin(), all.end(), [&](const auto& entry) { return entry.info.name == name; });
    if (it == all.end()) return NoSuchFeature(name);
    state->wanted.push_back(&*it);
    state->reads_file = state->reads_file || it->info.of_file;
    for (const FeatureStage stage : it->info.stages) state->needed[static_cast<int>(stage)] = true;
  }
  return FeatureExtractor(std::move(state));
}

bool FeatureExtractor::reads_file() const {
  return state_->reads_file;
}

void FeatureExtractor::Extract(const ImageView& image, std::span<float> out, FeatureTimes* times, const Clock* clock) {
  assert(!image.empty() && out.size() == state_->wanted.size());
  assert(!state_->reads_file || image.file.bytes > 0);
  state_->inputs.width = image.width;
  state_->inputs.height = image.height;
  state_->inputs.file = image.file;
  if (times != nullptr) *times = {std::vector<Nanoseconds>(out.size()), {}};
  for (int stage = 0; stage < kFeatureStageCount; ++stage) {  // enumerators are in the order of their dependence
    if (!state_->needed[stage]) continue;
    const Stopwatch watch(clock, times == nullptr ? nullptr : &times->stages[stage]);
    RunStage(static_cast<FeatureStage>(stage), image, state_->reducer, state_->inputs);
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    const Stopwatch watch(clock, times == nullptr ? nullptr : &times->features[i]);
    out[i] = static_cast<float>(state_->wanted[i]->compute(state_->inputs));
  }
}

}  // namespace amsel
