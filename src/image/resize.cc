// Without antialiasing: separable interpolation in fixed point, with the taps and 11-bit weights of OpenCV's resize,
// but with no memory of its own for every image, and with a pixel's three channels as one vector. Bilinear goes across,
// then down, and rounds where OpenCV rounds: its results are OpenCV's. Bicubic (a = −0.75, Keys 1981) goes down first,
// which is plain arithmetic on whole rows, keeps 6 bits between the two, and so takes a quarter of OpenCV's time; its
// results are OpenCV's to within one level.
#include "image/resize.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <opencv2/core/hal/intrin.hpp>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "image/gray.h"
#include "image/mat.h"

namespace amsel {
namespace {

constexpr int kCubicTaps = 4;
constexpr int kWeightBits = 11;  // AimAsOpenCv's
constexpr int kLinearShift = 4;
constexpr int kRowBits = 6;
constexpr int kDownShift = kWeightBits - kRowBits;
constexpr int kAcrossShift = kWeightBits + kRowBits;
constexpr int kMargin = 4;            // pixels that a row repeats beyond either end: taps, and the rest of a vector
constexpr std::size_t kOverrun = 16;  // bytes that may be written after the last pixel

/// Its stride is never 0.
ImageView Cut(const ImageView& image, int left, int top, int width, int height) {
  const std::size_t stride = image.stride != 0 ? image.stride : static_cast<std::size_t>(image.width) * 3;
  return {image.format, width, height, image.pixels + stride * top + std::size_t{3} * left, stride};
}

bool Shrinks(const SidePlan& plan) {
  return plan.resized <= plan.length;
}

/// Both weights of a pair of taps, in every pair of lanes.
cv::v_int16x8 Pair(const std::int16_t* weights) {
  std::int32_t both = 0;
  std::memcpy(&both, weights, sizeof both);
  return cv::v_reinterpret_as_s16(cv::v_setall_s32(both));
}

/// One row across for bilinear: Σ weight · value without the lowest 4 bits. Reads three pixels too many, writes a
/// value.
void AcrossLinear(const std::uint8_t* row, const int* first, const std::int16_t* weights, int width, int channels,
                  std::int16_t* out) {
  if (channels == 1) {
    for (int x = 0; x < width; ++x, weights += 2) {
      const std::uint8_t* taps = row + first[x];
      out[x] = static_cast<std::int16_t>((taps[0] * weights[0] + taps[1] * weights[1]) >> kLinearShift);
    }
    return;
  }
  for (int x = 0; x < width; ++x, weights += 2, out += 3) {
    const cv::v_int16x8 both = cv::v_reinterpret_as_s16(cv::v_load_expand(row + 3 * first[x]));
    cv::v_int16x8 taps;
    cv::v_int16x8 unused;
    cv::v_zip(both, cv::v_rotate_right<3>(both), taps, unused);
    const cv::v_int32x4 sum = cv::v_shr<kLinearShift>(cv::v_dotprod(taps, Pair(weights)));
    cv::v_store_low(out, cv::v_pack(sum, sum));
  }
}

/// Two such rows into one of the result.
void DownLinear(const std::int16_t* upper, const std::int16_t* lower, const std::int16_t* weights, int count,
                std::uint8_t* out) {
  const cv::v_int16x8 above = cv::v_setall_s16(weights[0]);
  const cv::v_int16x8 below = cv::v_setall_s16(weights[1]);
  const auto mix = [&](int x) {
    return cv::v_add_wrap(cv::v_mul_hi(cv::v_load(upper + x), above), cv::v_mul_hi(cv::v_load(lower + x), below));
  };
  int x = 0;
  for (; x + 16 <= count; x += 16) cv::v_store(out + x, cv::v_rshr_pack_u<2>(mix(x), mix(x + 8)));
  for (; x < count; ++x) {
    const int sum = ((upper[x] * weights[0]) >> 16) + ((lower[x] * weights[1]) >> 16);
    out[x] = static_cast<std::uint8_t>((sum + 2) >> 2);
  }
}

/// Four rows into one for bicubic: Σ weight · value, rounded to kRowBits.
void DownCubic(const std::uint8_t* const* rows, const std::int16_t* weights, int count, std::int16_t* out) {
  int x = 0;
  cv::v_int16x8 pairs[kCubicTaps / 2];
  for (int t = 0; t < kCubicTaps; t += 2) pairs[t / 2] = Pair(weights + t);
  for (; x + 8 <= count; x += 8) {
    cv::v_int32x4 low = cv::v_setzero_s32();
    cv::v_int32x4 high = cv::v_setzero_s32();
    for (int t = 0; t < kCubicTaps; t += 2) {
      cv::v_int16x8 first;
      cv::v_int16x8 second;
      cv::v_zip(cv::v_reinterpret_as_s16(cv::v_load_expand(rows[t] + x)),
                cv::v_reinterpret_as_s16(cv::v_load_expand(rows[t + 1] + x)), first, second);
      low = cv::v_dotprod(first, pairs[t / 2], low);
      high = cv::v_dotprod(second, pairs[t / 2], high);
    }
    cv::v_store(out + x, cv::v_rshr_pack<kDownShift>(low, high));
  }
  for (; x < count; ++x) {
    int sum = 1 << (kDownShift - 1);
    for (int t = 0; t < kCubicTaps; ++t) sum += rows[t][x] * weights[t];
    out[x] = static_cast<std::int16_t>(sum >> kDownShift);
  }
}

/// The same across, for one pixel of three channels (the fourth lane is of the next).
cv::v_int32x4 AcrossPixel(const std::int16_t* row, const std::int16_t* weights) {
  cv::v_int32x4 sum = cv::v_setall_s32(1 << (kAcrossShift - 1));
  for (int t = 0; t < kCubicTaps; t += 2) {
    cv::v_int16x8 taps;
    cv::v_int16x8 unused;
    cv::v_zip(cv::v_load_low(row + 3 * t), cv::v_load_low(row + 3 * t + 3), taps, unused);
    sum = cv::v_dotprod(taps, Pair(weights + t), sum);
  }
  return cv::v_shr<kAcrossShift>(sum);
}

/// Writes up to three pixels and a value too many.
void AcrossCubicColor(const std::int16_t* row, const int* first, const std::int16_t* weights, int width,
                      std::uint8_t* out) {
  for (int x = 0; x < width; x += 4) {
    cv::v_int32x4 sums[4];
    for (int i = 0; i < 4; ++i) {
      const int at = std::min(x + i, width - 1);
      sums[i] = AcrossPixel(row + 3 * first[at], weights + kCubicTaps * at);
    }
    std::uint8_t four[16];
    cv::v_store(four, cv::v_pack_u(cv::v_pack(sums[0], sums[1]), cv::v_pack(sums[2], sums[3])));
    for (int i = 0; i < 4; ++i) std::memcpy(out + 3 * (x + i), four + 4 * i, 4);
  }
}

void AcrossCubicGray(const std::int16_t* row, const int* first, const std::int16_t* weights, int width,
                     std::uint8_t* out) {
  for (int x = 0; x < width; ++x) {
    int sum = 1 << (kAcrossShift - 1);
    for (int t = 0; t < kCubicTaps; ++t) sum += row[first[x] + t] * weights[kCubicTaps * x + t];
    out[x] = cv::saturate_cast<std::uint8_t>(sum >> kAcrossShift);
  }
}

/// Of a colour in the card's order: as the pixels are, in BGR.
std::array<std::uint8_t, 3> PadColor(const Preprocess& p) {
  if (p.fit != Fit::kLetterbox) return {0, 0, 0};  // torchvision's CenterCrop
  std::array<std::uint8_t, 3> color = p.pad_color;
  if (p.channels == ChannelOrder::kRgb) std::swap(color[0], color[2]);
  return color;
}

bool IsFiltered(const Preprocess& p) {
  return p.interpolation == Interpolation::kLanczos ||
         (p.antialias && (p.interpolation == Interpolation::kBilinear || p.interpolation == Interpolation::kBicubic));
}

}  // namespace

std::string ResizeKey(const Preprocess& p) {
  const std::array<std::uint8_t, 3> pad = PadColor(p);
  const bool crops = p.fit == Fit::kCrop;
  char text[160];
  std::snprintf(text, sizeof text, "%dx%d-%d-%d%d-%d-%.17g-%d%s-%d,%d,%d", p.width, p.height, p.channel_count(),
                static_cast<int>(p.interpolation), IsFiltered(p) ? 1 : 0, static_cast<int>(p.fit),
                crops && p.resize_side == 0 ? p.center_crop_fraction : 0, crops ? p.resize_side : 0,
                crops && p.crop_rounds_down ? "down" : "", pad[0], p.channel_count() > 1 ? pad[1] : 0,
                p.channel_count() > 1 ? pad[2] : 0);
  return text;
}

Resizer::Resizer(const Preprocess& p) : spec_(p), channels_(p.channel_count()), pad_(PadColor(p)) {}

void Resizer::Aim(const ResizePlan& plan) {
  if (plan == plan_) return;
  plan_ = plan;
  const auto aim = [&](Method method, Sampling sampling) {
    method_ = method;
    AimAsOpenCv(plan.across, sampling, across_);
    AimAsOpenCv(plan.down, sampling, down_);
  };
  const auto filter = [&] {
    method_ = Method::kFilter;
    AimFilter(plan.across, spec_.interpolation, FilterResizer::MultipleAcross(channels_), across_);
    AimFilter(plan.down, spec_.interpolation, 2, down_);
  };
  if (IsFiltered(spec_)) return filter();
  switch (spec_.interpolation) {
    case Interpolation::kNearest:
      return aim(Method::kNearest, Sampling::kNearest);
    case Interpolation::kBicubic:
      return aim(Method::kCubic, Sampling::kCubic);
    case Interpolation::kArea:
      break;
    default:
      return aim(Method::kLinear, Sampling::kLinear);
  }
  // OpenCV resizes whole pictures; here that could be far more than is taken.
  const bool all = plan.across.resized == plan.across.count && plan.down.resized == plan.down.count;
  if (!all && Shrinks(plan.across) && Shrinks(plan.down)) return filter();
  if (!all) return aim(Method::kLinear, Sampling::kEnlargeArea);
  method_ = Method::kOpenCvArea;
  across_.low = down_.low = 0;
  across_.extent = plan.across.length;
  down_.extent = plan.down.length;
}

ImageView Resizer::Source(const ImageView& image) {
  const ImageView part =
      Cut(image, plan_.across.from + across_.low, plan_.down.from + down_.low, across_.extent, down_.extent);
  if (channels_ == 3) return part;
  gray_.resize(static_cast<std::size_t>(part.width) * part.height);
  const ImageView gray(PixelFormat::kGray, part.width, part.height, gray_.data(), part.width);
  if (IsFiltered(spec_)) {
    GrayAsPillow(part, gray_.data());
  } else {
    cv::Mat target = MatOf(gray);
    cv::cvtColor(MatOf(part), target, cv::COLOR_BGR2GRAY);
  }
  return gray;
}

void Resizer::ResizeNearest(const ImageView& source, std::uint8_t* out) const {
  for (const int from : down_.first) {
    const std::uint8_t* row = source.pixels + source.stride * from;
    std::uint8_t* to = out;
    for (const int x : across_.first) to = std::copy_n(row + channels_ * x, channels_, to);
    out += stride();
  }
}

/// Repeats the pixels at both ends of a row of `count` values.
template <typename T>
void RepeatBorder(T* row, int count, int channels) {
  for (int i = 0; i < kMargin * channels; ++i) {
    row[-1 - i] = row[channels - 1 - i % channels];
    row[count + i] = row[count - channels + i % channels];
  }
}

const std::int16_t* Resizer::RowAcross(const ImageView& source, int y) {
  const int from = std::clamp(y, 0, source.height - 1);
  const auto slot = static_cast<std::size_t>(from % 2);  // two that follow each other never share one
  std::int16_t* const across = rows_across_.data() + slot * (stride() + kOverrun);
  if (row_in_slot_[slot] == from) return across;
  row_in_slot_[slot] = from;
  const int count = source.width * channels_;
  std::uint8_t* const row = bytes_.data() + kMargin * channels_;
  std::memcpy(row, source.pixels + source.stride * from, static_cast<std::size_t>(count));
  RepeatBorder(row, count, channels_);
  AcrossLinear(row, across_.first.data(), across_.weights.data(), plan_.across.count, channels_, across);
  return across;
}

void Resizer::ResizeLinear(const ImageView& source, std::uint8_t* out) {
  bytes_.resize(static_cast<std::size_t>(source.width + 2 * kMargin) * channels_);
  rows_across_.resize(2 * (stride() + kOverrun));
  row_in_slot_ = {-1, -1};
  for (int y = 0; y < plan_.down.count; ++y, out += stride()) {
    const int first = down_.first[static_cast<std::size_t>(y)];
    const std::int16_t* upper = RowAcross(source, first);
    const std::int16_t* lower = RowAcross(source, first + 1);
    DownLinear(upper, lower, down_.weights.data() + 2 * y, plan_.across.count * channels_, out);
  }
}

void Resizer::ResizeCubic(const ImageView& source, std::uint8_t* out) {
  const int count = source.width * channels_;
  row_.resize(static_cast<std::size_t>(source.width + 2 * kMargin) * channels_);
  std::int16_t* const row = row_.data() + kMargin * channels_;
  const auto across = channels_ == 3 ? AcrossCubicColor : AcrossCubicGray;
  for (int y = 0; y < plan_.down.count; ++y, out += stride()) {
    const std::uint8_t* rows[kCubicTaps];
    for (int t = 0; t < kCubicTaps; ++t) {
      const int from = std::clamp(down_.first[static_cast<std::size_t>(y)] + t, 0, source.height - 1);
      rows[t] = source.pixels + source.stride * from;
    }
    DownCubic(rows, down_.weights.data() + kCubicTaps * y, count, row);
    RepeatBorder(row, count, channels_);
    across(row, across_.first.data(), across_.weights.data(), plan_.across.count, out);
  }
}

void Resizer::ResizeArea(const ImageView& source, std::uint8_t* out) const {
  cv::Mat target(plan_.down.count, plan_.across.count, CV_8UC(channels_), out, stride());
  cv::resize(MatOf(source), target, target.size(), 0, 0, cv::INTER_AREA);
}

void Resizer::Pad() {
  const SidePlan& across = plan_.across;
  const SidePlan& down = plan_.down;
  const auto fill = [&](int y, int left, int right) {
    std::uint8_t* out = pixels_.data() + stride() * y + static_cast<std::size_t>(left) * channels_;
    for (int x = left; x < right; ++x) out = std::copy_n(pad_.begin(), channels_, out);
  };
  if (across.count == spec_.width && down.count == spec_.height) return;
  for (int y = 0; y < spec_.height; ++y) {
    const bool taken = y >= down.at && y < down.at + down.count;
    fill(y, 0, taken ? across.at : spec_.width);
    if (taken) fill(y, across.at + across.count, spec_.width);
  }
}

std::span<const std::uint8_t> Resizer::Resize(const ImageView& image) {
  assert(!image.empty() && image.format == PixelFormat::kBgr);
  Aim(PlanResize(spec_, image.width, image.height));
  const ImageView source = Source(image);
  pixels_.resize(stride() * spec_.height + kOverrun);
  std::uint8_t* const out =
      pixels_.data() + stride() * plan_.down.at + static_cast<std::size_t>(plan_.across.at) * channels_;
  switch (method_) {
    case Method::kNearest:
      ResizeNearest(source, out);
      break;
    case Method::kLinear:
      ResizeLinear(source, out);
      break;
    case Method::kCubic:
      ResizeCubic(source, out);
      break;
    case Method::kOpenCvArea:
      ResizeArea(source, out);
      break;
    case Method::kFilter:
      filter_.Resize(source, across_, down_, out, stride());
      break;
  }
  Pad();  // afterwards, since some write a little past the ends of rows
  return {pixels_.data(), pixels_.size() - kOverrun};
}

}  // namespace amsel
