// 8-bit pixels have 256 values: normalisation is a table per channel, exact and free of arithmetic per pixel.
#include "image/preprocess.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdio>
#include <opencv2/imgproc.hpp>

namespace amsel {
namespace {

int OpenCvInterpolation(Interpolation interpolation) {
  switch (interpolation) {
    case Interpolation::kNearest:
      return cv::INTER_NEAREST;
    case Interpolation::kBilinear:
      return cv::INTER_LINEAR;
    case Interpolation::kBicubic:
      return cv::INTER_CUBIC;
    case Interpolation::kArea:
      return cv::INTER_AREA;
  }
  return cv::INTER_LINEAR;
}

cv::Rect CenterCrop(int width, int height, double fraction) {
  const int shorter = std::min(width, height);
  const int side = std::clamp(static_cast<int>(std::lround(fraction * shorter)), 1, shorter);
  return {(width - side + 1) / 2, (height - side + 1) / 2, side, side};
}

std::uint8_t Quantize(double value, const Preprocess& spec) {
  const bool is_signed = spec.type == ElementType::kInt8;
  const double stored = std::nearbyint(value / spec.scale) + spec.zero_point;
  const double clamped = std::clamp(stored, is_signed ? -128.0 : 0.0, is_signed ? 127.0 : 255.0);
  return static_cast<std::uint8_t>(static_cast<int>(clamped));
}

}  // namespace

std::string PreprocessKey(const Preprocess& p) {
  constexpr const char* kOrders[] = {"RGB", "BGR", "GRAY"};
  constexpr const char* kTypes[] = {"f32", "u8", "i8", "other"};
  constexpr const char* kInterpolations[] = {"nearest", "bilinear", "bicubic", "area"};
  char text[320];
  std::snprintf(text, sizeof text, "%dx%d-%s-%s-%s-%s-c%.9g-m%.9g,%.9g,%.9g-s%.9g,%.9g,%.9g-q%.9g,%d%s", p.width,
                p.height, kOrders[static_cast<int>(p.channels)], p.layout == TensorLayout::kNchw ? "nchw" : "nhwc",
                kTypes[static_cast<int>(p.type)], kInterpolations[static_cast<int>(p.interpolation)],
                p.center_crop_fraction, p.mean[0], p.mean[1], p.mean[2], p.std[0], p.std[1], p.std[2], p.scale,
                p.zero_point, p.mirror ? "-hflip" : "");
  return text;
}

std::size_t TensorBytes(const Preprocess& p) {
  const std::size_t values = static_cast<std::size_t>(p.height) * p.width * p.channel_count();
  return values * (p.type == ElementType::kFloat32 ? sizeof(float) : 1);
}

struct Preprocessor::Scratch {
  cv::Mat gray;
  cv::Mat resized;
  cv::Mat mirrored;
  cv::Mat ordered;
};

Preprocessor::Preprocessor(const Preprocess& preprocess) : spec_(preprocess), scratch_(std::make_unique<Scratch>()) {
  for (std::size_t channel = 0; channel < 3; ++channel) {
    for (std::size_t pixel = 0; pixel < 256; ++pixel) {
      const double value = (static_cast<double>(pixel) - spec_.mean[channel]) / spec_.std[channel];
      float_table_[channel][pixel] = static_cast<float>(value);
      if (spec_.type != ElementType::kFloat32) byte_table_[channel][pixel] = Quantize(value, spec_);
    }
  }
}

Preprocessor::~Preprocessor() = default;
Preprocessor::Preprocessor(Preprocessor&&) noexcept = default;
Preprocessor& Preprocessor::operator=(Preprocessor&&) noexcept = default;

std::span<const std::uint8_t> Preprocessor::Resize(const Image& image) {
  assert(!image.empty());
  const cv::Mat whole(image.height, image.width, CV_8UC3, const_cast<std::uint8_t*>(image.pixels.data()));
  cv::Mat current = whole(CenterCrop(image.width, image.height, spec_.center_crop_fraction));
  if (spec_.channels == ChannelOrder::kGray) {
    cv::cvtColor(current, scratch_->gray, cv::COLOR_BGR2GRAY);
    current = scratch_->gray;
  }
  cv::resize(current, scratch_->resized, {spec_.width, spec_.height}, 0, 0, OpenCvInterpolation(spec_.interpolation));
  current = scratch_->resized;
  if (spec_.mirror) {
    cv::flip(current, scratch_->mirrored, 1);
    current = scratch_->mirrored;
  }
  if (spec_.channels == ChannelOrder::kRgb) {
    cv::cvtColor(current, scratch_->ordered, cv::COLOR_BGR2RGB);
    current = scratch_->ordered;
  }
  return {current.data, current.total() * current.elemSize()};
}

template <typename T>
void Preprocessor::NormalizeAs(std::span<const std::uint8_t> pixels, T* out,
                               const std::array<std::array<T, 256>, 3>& table) const {
  const auto channels = static_cast<std::size_t>(spec_.channel_count());
  const std::size_t area = static_cast<std::size_t>(spec_.height) * spec_.width;
  const bool planar = spec_.layout == TensorLayout::kNchw;
  for (std::size_t channel = 0; channel < channels; ++channel) {
    const T* values = table[channel].data();
    const std::uint8_t* in = pixels.data() + channel;
    T* to = planar ? out + channel * area : out + channel;
    const std::size_t stride = planar ? 1 : channels;
    for (std::size_t i = 0; i < area; ++i) to[i * stride] = values[in[i * channels]];
  }
}

void Preprocessor::Normalize(std::span<const std::uint8_t> pixels, std::span<std::byte> tensor) const {
  assert(tensor.size() == TensorBytes(spec_));
  if (spec_.type == ElementType::kFloat32) {
    NormalizeAs(pixels, reinterpret_cast<float*>(tensor.data()), float_table_);
  } else {
    NormalizeAs(pixels, reinterpret_cast<std::uint8_t*>(tensor.data()), byte_table_);
  }
}

}  // namespace amsel
