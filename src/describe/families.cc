#include "describe/families.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/preprocess_names.h"

namespace amsel {
namespace {

struct Normalization {
  const char* name;
  std::array<double, 3> mean;  ///< of red, green and blue
  std::array<double, 3> std;
};

/// In the order in which training code uses them.
constexpr Normalization kNormalizations[] = {
    {"ImageNet's mean and std, as torchvision has them", {123.675, 116.28, 103.53}, {58.395, 57.12, 57.375}},
    {"-1..1 (mean 127.5, std 127.5)", {127.5, 127.5, 127.5}, {127.5, 127.5, 127.5}},
    {"0..1 (mean 0, std 255)", {0, 0, 0}, {255, 255, 255}},
    {"0..255 (mean 0, std 1)", {0, 0, 0}, {1, 1, 1}},
    {"ImageNet's mean alone, as Caffe has it", {123.68, 116.779, 103.939}, {1, 1, 1}},
    {"mean 127, std 128, as EfficientNet-Lite has them", {127, 127, 127}, {128, 128, 128}},
    {"CLIP's mean and std", {122.7709, 116.7460, 104.0937}, {68.5005, 66.6322, 70.3232}},
    {"CIFAR-10's mean and std", {125.307, 122.961, 113.8575}, {62.9932, 62.0887, 66.7048}},
    {"CIFAR-100's mean and std", {129.304, 124.070, 112.434}, {68.170, 65.392, 70.418}},
    {"MNIST's mean and std", {33.318, 33.318, 33.318}, {78.567, 78.567, 78.567}},
    {"Fashion-MNIST's mean and std", {72.94, 72.94, 72.94}, {90.02, 90.02, 90.02}},
};

bool IsQuantized(const Preprocess& p) {
  return ElementBytes(p.type) == 1;
}

/// In the order of `p`'s channels.
std::array<double, 3> InOrder(const std::array<double, 3>& rgb, const Preprocess& p) {
  if (p.channels == ChannelOrder::kBgr) return {rgb[2], rgb[1], rgb[0]};
  if (p.channels == ChannelOrder::kRgb) return rgb;
  return {0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2], 0, 0};
}

Preprocess Normalized(Preprocess p, const Normalization& with) {
  p.mean = InOrder(with.mean, p);
  p.std = InOrder(with.std, p);
  if (p.channels == ChannelOrder::kGray) p.std[1] = p.std[2] = 1;
  return p;
}

bool SameNumbers(const Preprocess& a, const Preprocess& b) {
  for (int c = 0; c < a.channel_count(); ++c) {
    const auto at = static_cast<std::size_t>(c);
    if (std::fabs(a.mean[at] - b.mean[at]) > 0.05 || std::fabs(a.std[at] - b.std[at]) > 0.05) return false;
  }
  return true;
}

std::string Listed(const std::array<double, 3>& values, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    char number[32];
    std::snprintf(number, sizeof number, "%s%.6g", i > 0 ? ", " : "", values[static_cast<std::size_t>(i)]);
    text += number;
  }
  return count > 1 ? "[" + text + "]" : text;
}

std::string NormalizationText(const Preprocess& p) {
  if (IsQuantized(p)) return "stored values of zero point " + std::to_string(p.zero_point);
  for (const Normalization& known : kNormalizations) {
    if (SameNumbers(p, Normalized(p, known))) return known.name;
  }
  return "mean " + Listed(p.mean, p.channel_count()) + ", std " + Listed(p.std, p.channel_count());
}

std::string FitText(const Preprocess& p) {
  if (p.fit == Fit::kSquash) return "squash (the whole picture, stretched)";
  if (p.fit == Fit::kLetterbox)
    return "letterbox (the whole picture, padded with " + std::to_string(p.pad_color[0]) + ")";
  const std::string rounding = p.crop_rounds_down ? ", rounded down" : "";
  if (p.resize_side > 0) return "resize_side " + std::to_string(p.resize_side) + rounding;
  if (p.center_crop_fraction == 1) return "center_crop_fraction 1 (no crop but to the input's shape)" + rounding;
  char text[64];
  std::snprintf(text, sizeof text, "center_crop_fraction %.4g", p.center_crop_fraction);
  return text + rounding;
}

std::string InterpolationText(const Preprocess& p) {
  return std::string(NameOf(p.interpolation)) + (p.antialias ? " with antialias, as Pillow" : "");
}

std::vector<Preprocess> UsualNormalizations(const Preprocess& p) {
  std::vector<Preprocess> all;
  if (IsQuantized(p)) {
    Preprocess plain = Normalized(p, {"", {0, 0, 0}, {1, 1, 1}});
    plain.scale = 1;
    plain.zero_point = p.type == ElementType::kInt8 ? -128 : 0;
    return {plain};
  }
  for (const Normalization& known : kNormalizations) {
    Preprocess one = Normalized(p, known);
    const bool there =
        std::any_of(all.begin(), all.end(), [&](const Preprocess& other) { return SameNumbers(other, one); });
    if (!there) all.push_back(std::move(one));
  }
  return all;
}

std::vector<Preprocess> UsualChannels(const Preprocess& p) {
  if (p.channels == ChannelOrder::kGray) return {p};
  std::vector<Preprocess> both;
  for (const ChannelOrder order : {ChannelOrder::kRgb, ChannelOrder::kBgr}) {
    Preprocess one = p;
    one.channels = order;
    if (order != p.channels) {  // each colour keeps its numbers
      std::swap(one.mean[0], one.mean[2]);
      std::swap(one.std[0], one.std[2]);
    }
    both.push_back(one);
  }
  return both;
}

std::vector<Preprocess> UsualFits(const Preprocess& p) {
  Preprocess plain = p;
  plain.fit = Fit::kCrop;
  plain.resize_side = 0;
  plain.center_crop_fraction = 1;
  plain.crop_rounds_down = false;
  plain.pad_color = {0, 0, 0};
  std::vector<Preprocess> fits;
  const int side = std::min(p.height, p.width);
  const auto add_side = [&](double resize_side) {
    Preprocess one = plain;
    one.resize_side = static_cast<int>(std::lround(resize_side));
    if (std::find(fits.begin(), fits.end(), one) == fits.end()) fits.push_back(one);
  };
  constexpr int kPhotoSide = 96;  // smaller inputs see the whole of small pictures
  if (side < kPhotoSide) fits.push_back(plain);
  add_side(side / 0.875);
  add_side(side + 32);
  add_side(side / 0.9);
  add_side(side / 0.95);
  if (side >= kPhotoSide) fits.push_back(plain);
  Preprocess whole = plain;
  whole.fit = Fit::kSquash;
  fits.push_back(whole);
  whole.fit = Fit::kLetterbox;
  fits.push_back(whole);
  whole.pad_color = {114, 114, 114};
  fits.push_back(whole);
  return fits;
}

std::vector<Preprocess> UsualInterpolations(const Preprocess& p) {
  constexpr std::pair<Interpolation, bool> kAll[] = {
      {Interpolation::kBilinear, true}, {Interpolation::kBicubic, true}, {Interpolation::kBilinear, false},
      {Interpolation::kBicubic, false}, {Interpolation::kArea, false},   {Interpolation::kLanczos, true},
      {Interpolation::kNearest, false},
  };
  std::vector<Preprocess> all;
  for (const auto& [interpolation, antialias] : kAll) {
    all.push_back(p);
    all.back().interpolation = interpolation;
    all.back().antialias = antialias;
  }
  return all;
}

std::vector<Preprocess> UsualSizes(const Preprocess& p) {
  std::vector<Preprocess> all;
  for (const int side : {224, 32, 28, 64, 96, 128, 160, 192, 240, 256, 299, 384}) {
    all.push_back(p);
    all.back().height = all.back().width = side;
  }
  return all;
}

}  // namespace

const char* FieldOf(Aspect aspect) {
  constexpr const char* kFields[] = {"input.height and input.width", "preprocess.mean and preprocess.std",
                                     "input.channels", "preprocess.fit", "preprocess.interpolation"};
  return kFields[static_cast<int>(aspect)];
}

std::string ValueOf(Aspect aspect, const Preprocess& p) {
  switch (aspect) {
    case Aspect::kSize:
      return std::to_string(p.height) + " x " + std::to_string(p.width);
    case Aspect::kNormalization:
      return NormalizationText(p);
    case Aspect::kChannels:
      return NameOf(p.channels);
    case Aspect::kFit:
      return FitText(p);
    case Aspect::kInterpolation:
      return InterpolationText(p);
  }
  return "";
}

Preprocess With(Preprocess p, Aspect aspect, const Preprocess& from) {
  switch (aspect) {
    case Aspect::kSize:
      p.height = from.height;
      p.width = from.width;
      break;
    case Aspect::kNormalization:
      p.mean = from.mean;
      p.std = from.std;
      p.scale = from.scale;
      p.zero_point = from.zero_point;
      break;
    case Aspect::kChannels:
      p.channels = from.channels;
      break;
    case Aspect::kFit:
      p.fit = from.fit;
      p.resize_side = from.resize_side;
      p.center_crop_fraction = from.center_crop_fraction;
      p.crop_rounds_down = from.crop_rounds_down;
      p.pad_color = from.pad_color;
      break;
    case Aspect::kInterpolation:
      p.interpolation = from.interpolation;
      p.antialias = from.antialias;
      break;
  }
  return p;
}

std::vector<Preprocess> Usual(Aspect aspect, const Preprocess& p) {
  switch (aspect) {
    case Aspect::kSize:
      return UsualSizes(p);
    case Aspect::kNormalization:
      return UsualNormalizations(p);
    case Aspect::kChannels:
      return UsualChannels(p);
    case Aspect::kFit:
      return UsualFits(p);
    case Aspect::kInterpolation:
      return UsualInterpolations(p);
  }
  return {};
}

}  // namespace amsel
