// How pixels become a DNN's input, as data: what a card says of it.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "amsel/backend.h"

namespace amsel {

enum class ChannelOrder { kRgb, kBgr, kGray };
enum class TensorLayout { kNchw, kNhwc };
enum class Interpolation { kNearest, kBilinear, kBicubic, kArea, kLanczos };

/// How a picture comes to have the input's shape.
enum class Fit {
  kCrop,      ///< its middle, in the input's proportions; the sides are lost
  kSquash,    ///< all of it, stretched to height × width
  kLetterbox  ///< all of it, its proportions kept, in the middle of a surface of one colour
};

/// What is cut out of a picture, how it is resized, and how pixels become numbers: (pixel − mean) / std with pixel in
/// 0..255. docs/formats/card.md has the roundings.
struct Preprocess {
  int height = 0;  ///< of the DNN's input, in pixels
  int width = 0;
  ChannelOrder channels = ChannelOrder::kRgb;
  TensorLayout layout = TensorLayout::kNchw;
  ElementType type = ElementType::kFloat32;
  double scale = 1;  ///< uint8 and int8 inputs: real = scale · (stored − zero_point)
  int zero_point = 0;
  Fit fit = Fit::kCrop;
  /// kCrop where resize_side is 0: what is resized to height × width, as a share of the largest rectangle of these
  /// proportions.
  double center_crop_fraction = 1;
  /// kCrop: the shorter side is resized to so many pixels, then the centre height × width is taken. 0: not so.
  int resize_side = 0;
  /// kCrop: where an odd number of pixels is cut off, the smaller part goes before what is taken.
  bool crop_rounds_down = false;
  Interpolation interpolation = Interpolation::kBilinear;
  /// The filter widens with the scale, as Pillow's does (kBilinear, kBicubic with a = −0.5, kLanczos); else OpenCV's.
  bool antialias = false;
  std::array<std::uint8_t, 3> pad_color{0, 0, 0};  ///< kLetterbox: in the order of `channels`; grey uses the first
  std::array<double, 3> mean{0, 0, 0};             ///< in the order of `channels`; grey uses the first
  std::array<double, 3> std{1, 1, 1};
  bool mirror = false;   ///< the mirrored view: left and right exchanged
  bool denoise = false;  ///< the smoothed view: resized pixels go through a bilateral filter

  int channel_count() const { return channels == ChannelOrder::kGray ? 1 : 3; }
  friend bool operator==(const Preprocess&, const Preprocess&) = default;
};

/// Equal for equal preprocessing: candidates that share it are charged for it once. Readable.
std::string PreprocessKey(const Preprocess& preprocess);

}  // namespace amsel
