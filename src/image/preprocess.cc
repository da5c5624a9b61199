// 8-bit pixels have 256 values: normalisation is a table per channel, exact and free of arithmetic per pixel.
#include "image/preprocess.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cmath>
#include <random>
#include <string>
#include <string_view>
#include <utility>

#include "base/half.h"
#include "base/preprocess_names.h"

namespace amsel {
namespace {

std::uint8_t Quantize(double value, const Preprocess& spec) {
  const bool is_signed = spec.type == ElementType::kInt8;
  const double stored = std::nearbyint(value / spec.scale) + spec.zero_point;
  const double clamped = std::clamp(stored, is_signed ? -128.0 : 0.0, is_signed ? 127.0 : 255.0);
  return static_cast<std::uint8_t>(static_cast<int>(clamped));
}

/// Text in parts; numbers in the shortest form that no other number has.
class KeyText {
 public:
  KeyText& operator<<(std::string_view part) {
    text_.append(part);
    return *this;
  }

  KeyText& operator<<(double number) {
    char digits[32];
    return *this << std::string_view(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
  }

  template <typename T>
  KeyText& operator<<(const std::array<T, 3>& numbers) {
    return *this << 1.0 * numbers[0] << "," << 1.0 * numbers[1] << "," << 1.0 * numbers[2];
  }

  std::string text() && { return std::move(text_); }

 private:
  std::string text_;
};

/// What is taken of the picture: "c0.875", "side256down", "squash", "letterbox114,114,114".
void AddFit(const Preprocess& p, KeyText& key) {
  if (p.fit == Fit::kSquash) {
    key << "squash";
  } else if (p.fit == Fit::kLetterbox) {
    key << "letterbox" << p.pad_color;
  } else if (p.resize_side > 0) {
    key << "side" << p.resize_side;
  } else {
    key << "c" << p.center_crop_fraction;
  }
  if (p.fit == Fit::kCrop && p.crop_rounds_down) key << "down";
}

/// The shorter side that a picture needs to have for each side to be at least what it is resized to; 0 where that is
/// not known.
double ShorterSide(const Preprocess& p) {
  const auto [shorter, longer] = std::minmax(p.height, p.width);
  if (shorter < 1) return 0;
  if (p.fit == Fit::kLetterbox) return shorter;  // the longer side of the picture settles how much it shrinks
  if (p.fit == Fit::kSquash) return longer;
  return p.resize_side > 0 ? p.resize_side : longer / p.center_crop_fraction;
}

}  // namespace

std::string PreprocessKey(const Preprocess& p) {
  constexpr const char* kTypes[] = {"f32", "u8", "i8", "f16", "f64", "other"};
  KeyText key;
  key << p.width << "x" << p.height << "-" << NameOf(p.channels) << "-"
      << (p.layout == TensorLayout::kNchw ? "nchw" : "nhwc") << "-" << kTypes[static_cast<int>(p.type)] << "-"
      << NameOf(p.interpolation) << (p.antialias ? "-antialias-" : "-");
  AddFit(p, key);
  key << "-m" << p.mean << "-s" << p.std << "-q" << p.scale << "," << p.zero_point << (p.mirror ? "-hflip" : "")
      << (p.denoise ? "-denoise" : "");
  return std::move(key).text();
}

std::size_t TensorBytes(const Preprocess& p) {
  const std::size_t values = static_cast<std::size_t>(p.height) * p.width * p.channel_count();
  return values * ElementBytes(p.type);
}

int DecodeMinSide(std::span<const Preprocess> inputs) {
  constexpr double kMargin = 2.5;  // with 1, the reduction's own smoothing costs some candidates seven points
  double longest = 64;             // image features want 128 pixels
  for (const Preprocess& p : inputs) {
    const double side = ShorterSide(p);
    if (side == 0) return 0;
    longest = std::max(longest, side);
  }
  const double least = std::ceil(kMargin * longest);
  return least > kLargestDecodeMinSide ? 0 : static_cast<int>(least);
}

Normalizer::Normalizer(const Preprocess& preprocess) : spec_(preprocess) {
  for (std::size_t channel = 0; channel < 3; ++channel) {
    for (std::size_t pixel = 0; pixel < 256; ++pixel) {
      const double value = (static_cast<double>(pixel) - spec_.mean[channel]) / spec_.std[channel];
      float_table_[channel][pixel] = static_cast<float>(value);
      if (spec_.type == ElementType::kFloat16) half_table_[channel][pixel] = ToHalf(float_table_[channel][pixel]);
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

std::vector<std::byte> NoiseTensor(const Preprocess& preprocess, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(preprocess.height) * preprocess.width *
                                   preprocess.channel_count());
  for (std::uint8_t& pixel : pixels) pixel = static_cast<std::uint8_t>(random() >> 24);
  std::vector<std::byte> tensor(TensorBytes(preprocess));
  Normalizer(preprocess).Apply(pixels, tensor);
  return tensor;
}

void SwapToCardOrder(const Preprocess& preprocess, std::span<std::uint8_t> pixels) {
  if (preprocess.channels != ChannelOrder::kRgb) return;
  for (std::size_t i = 0; i + 2 < pixels.size(); i += 3) std::swap(pixels[i], pixels[i + 2]);
}

}  // namespace amsel
