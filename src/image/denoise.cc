#include "image/denoise.h"

#include <cassert>
#include <opencv2/imgproc.hpp>

#include "image/mat.h"

namespace amsel {
namespace {

constexpr int kDiameter = 5;
constexpr double kSigmaColor = 30;  // levels; from 20 to 40 hardly matters (docs/adr/0013)
constexpr double kSigmaSpace = 1.5;

}  // namespace

Denoiser::Denoiser(const Preprocess& p) : height_(p.height), width_(p.width), channels_(p.channel_count()) {}

std::span<const std::uint8_t> Denoiser::Apply(std::span<const std::uint8_t> pixels) {
  assert(pixels.size() == static_cast<std::size_t>(height_) * width_ * channels_);
  smooth_.resize(pixels.size());
  const PixelFormat format = channels_ == 1 ? PixelFormat::kGray : PixelFormat::kBgr;
  cv::Mat smooth = MatOf({format, width_, height_, smooth_.data()});
  cv::bilateralFilter(MatOf({format, width_, height_, pixels.data()}), smooth, kDiameter, kSigmaColor, kSigmaSpace);
  return smooth_;
}

}  // namespace amsel
