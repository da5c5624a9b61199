// How pixels become a DNN's input, as data: what a card says of it.
#pragma once

#include <array>
#include <string>

#include "amsel/backend.h"

namespace amsel {

enum class ChannelOrder { kRgb, kBgr, kGray };
enum class TensorLayout { kNchw, kNhwc };
enum class Interpolation { kNearest, kBilinear, kBicubic, kArea };

/// Centre crop, resize, normalise: side = round(crop_fraction · min(h, w)), offset = (length − side + 1) / 2 in
/// integers; OpenCV's resize on 8-bit pixels, without antialiasing; then (pixel − mean) / std with pixel in 0..255.
struct Preprocess {
  int height = 0;  ///< of the DNN's input, in pixels
  int width = 0;
  ChannelOrder channels = ChannelOrder::kRgb;
  TensorLayout layout = TensorLayout::kNchw;
  ElementType type = ElementType::kFloat32;
  double scale = 1;  ///< uint8 and int8 inputs: real = scale · (stored − zero_point)
  int zero_point = 0;
  double center_crop_fraction = 1;
  Interpolation interpolation = Interpolation::kBilinear;
  std::array<double, 3> mean{0, 0, 0};  ///< in the order of `channels`; grey uses the first
  std::array<double, 3> std{1, 1, 1};
  bool mirror = false;   ///< the mirrored view: left and right exchanged
  bool denoise = false;  ///< the smoothed view: resized pixels go through a bilateral filter

  int channel_count() const { return channels == ChannelOrder::kGray ? 1 : 3; }
  friend bool operator==(const Preprocess&, const Preprocess&) = default;
};

/// Equal for equal preprocessing: candidates that share it are charged for it once. Readable.
std::string PreprocessKey(const Preprocess& preprocess);

}  // namespace amsel
