// The functions of the registry, each the value of one feature. Internal to src/features.
#pragma once

#include <limits>

#include "features/stages.h"

namespace amsel {

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();
inline constexpr double kNoiseScale = 0.20888568955258335;  // √(π/2) / 6

double Brightness(const FeatureInputs& inputs);
double RmsBrightness(const FeatureInputs& inputs);
double PerceivedBrightness(const FeatureInputs& inputs);
double RmsPerceivedBrightness(const FeatureInputs& inputs);
double Contrast(const FeatureInputs& inputs);
double Entropy(const FeatureInputs& inputs);
double LaplacianVariance(const FeatureInputs& inputs);
double Noise(const FeatureInputs& inputs);
double Colorfulness(const FeatureInputs& inputs);
double Saturation(const FeatureInputs& inputs);

double Keypoints(const FeatureInputs& inputs);
double AreaByPerimeter(const FeatureInputs& inputs);
double AspectRatio(const FeatureInputs& inputs);
/// Shares by bin, from 0.
double EdgeLengthShare(const FeatureInputs& inputs, int bin);
double EdgeAngleShare(const FeatureInputs& inputs, int bin);
double HueShare(const FeatureInputs& inputs, int bin);

}  // namespace amsel
