// 8-bit pixels have 256 values: normalisation is a table per channel, exact and free of arithmetic per pixel.
#include "image/preprocess.h"

#include <opencv2/core/cvdef.h>
#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdio>
#include <string>
#include <utility>

namespace amsel {
namespace {

std::uint8_t Quantize(double value, const Preprocess& spec) {
  const bool is_signed = spec.type == ElementType::kInt8;
  const double stored = std::nearbyint(value / spec.scale) + spec.zero_point;
  const double clamped = std::clamp(stored, is_signed ? -128.0 : 0.0, is_signed ? 127.0 : 255.0);
  return static_cast<std::uint8_t>(static_cast<int>(clamped));
}

/// What is taken of the picture: "c0.875", "side256", "squash", "letterbox114,114,114".
std::string FitText(const Preprocess& p) {
  char text[64];
  if (p.fit == Fit::kSquash) return "squash";
  if (p.fit == Fit::kLetterbox) {
    std::snprintf(text, sizeof text, "letterbox%d,%d,%d", p.pad_color[0], p.pad_color[1], p.pad_color[2]);
  } else if (p.resize_side > 0) {
    std::snprintf(text, sizeof text, "side%d", p.resize_side);
  } else {
    std::snprintf(text, sizeof text, "c%.9g", p.center_crop_fraction);
  }
  return text;
}

}  // namespace

std::string PreprocessKey(const Preprocess& p) {
  constexpr const char* kOrders[] = {"RGB", "BGR", "GRAY"};
  constexpr const char* kTypes[] = {"f32", "u8", "i8", "f16", "f64", "other"};
  constexpr const char* kInterpolations[] = {"nearest", "bilinear", "bicubic", "area", "lanczos"};
  char text[320];
  std::snprintf(text, sizeof text, "%dx%d-%s-%s-%s-%s%s-%s-m%.9g,%.9g,%.9g-s%.9g,%.9g,%.9g-q%.9g,%d%s%s", p.width,
                p.height, kOrders[static_cast<int>(p.channels)], p.layout == TensorLayout::kNchw ? "nchw" : "nhwc",
                kTypes[static_cast<int>(p.type)], kInterpolations[static_cast<int>(p.interpolation)],
                p.antialias ? "-antialias" : "", FitText(p).c_str(), p.mean[0], p.mean[1], p.mean[2], p.std[0],
                p.std[1], p.std[2], p.scale, p.zero_point, p.mirror ? "-hflip" : "", p.denoise ? "-denoise" : "");
  return text;
}

std::size_t TensorBytes(const Preprocess& p) {
  const std::size_t values = static_cast<std::size_t>(p.height) * p.width * p.channel_count();
  return values * ElementBytes(p.type);
}

int DecodeMinSide(std::span<const Preprocess> inputs) {
  constexpr double kMargin = 2.5;  // with 1, the reduction's own smoothing costs some candidates seven points
  double longest = 64;             // image features want 128 pixels
  for (const Preprocess& p : inputs) {
    const int side = std::min(p.height, p.width) < 1 ? 0 : std::max(p.height, p.width);
    if (side == 0) return 0;
    longest = std::max(longest, side / p.center_crop_fraction);
  }
  const double least = std::ceil(kMargin * longest);
  return least > kLargestDecodeMinSide ? 0 : static_cast<int>(least);
}

Normalizer::Normalizer(const Preprocess& preprocess) : spec_(preprocess) {
  for (std::size_t channel = 0; channel < 3; ++channel) {
    for (std::size_t pixel = 0; pixel < 256; ++pixel) {
      const double value = (static_cast<double>(pixel) - spec_.mean[channel]) / spec_.std[channel];
      float_table_[channel][pixel] = static_cast<float>(value);
      if (spec_.type == ElementType::kFloat16)
        half_table_[channel][pixel] = cv::float16_t(float_table_[channel][pixel]).bits();
      if (ElementBytes(spec_.type) == 1) byte_table_[channel][pixel] = Quantize(value, spec_);
    }
  }
}

template <typename T>
void Normalizer::ApplyAs(const std::uint8_t* pixels, T* out, const std::array<std::array<T, 256>, 3>& table) const {
  const int channels = spec_.channel_count();
  const std::ptrdiff_t area = static_cast<std::ptrdiff_t>(spec_.height) * spec_.width;
  const bool planar = spec_.layout == TensorLayout::kNchw;
  const std::ptrdiff_t step = planar ? 1 : channels;
  const std::ptrdiff_t from_step = spec_.mirror ? -channels : channels;
  for (int channel = 0; channel < channels; ++channel) {
    const T* values = table[static_cast<std::size_t>(channel)].data();
    T* to = out + channel * (planar ? area : 1);
    const int source = spec_.channels == ChannelOrder::kRgb ? 2 - channel : channel;
    const std::uint8_t* row = pixels + source + (spec_.mirror ? channels * (spec_.width - 1) : 0);
    for (int y = 0; y < spec_.height; ++y, row += channels * spec_.width) {
      const std::uint8_t* from = row;
      for (int x = 0; x < spec_.width; ++x, from += from_step, to += step) *to = values[*from];
    }
  }
}

void Normalizer::Apply(std::span<const std::uint8_t> pixels, std::span<std::byte> tensor) const {
  assert(tensor.size() == TensorBytes(spec_));
  if (spec_.type == ElementType::kFloat32) {
    ApplyAs(pixels.data(), reinterpret_cast<float*>(tensor.data()), float_table_);
  } else if (spec_.type == ElementType::kFloat16) {
    ApplyAs(pixels.data(), reinterpret_cast<std::uint16_t*>(tensor.data()), half_table_);
  } else {
    ApplyAs(pixels.data(), reinterpret_cast<std::uint8_t*>(tensor.data()), byte_table_);
  }
}

void SwapToCardOrder(const Preprocess& preprocess, std::span<std::uint8_t> pixels) {
  if (preprocess.channels != ChannelOrder::kRgb) return;
  for (std::size_t i = 0; i + 2 < pixels.size(); i += 3) std::swap(pixels[i], pixels[i + 2]);
}

}  // namespace amsel
