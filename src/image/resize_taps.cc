#include "image/resize_taps.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <opencv2/core.hpp>
#include <utility>

namespace amsel {
namespace {

constexpr int kTapBits = 11;  // OpenCV's
constexpr float kTapOne = 1 << kTapBits;

void Weigh(float x, int taps, std::int16_t* weights) {
  float w[4] = {1 - x, x, 0, 0};
  if (taps == 4) {
    constexpr float kA = -0.75F;
    w[0] = ((kA * (x + 1) - 5 * kA) * (x + 1) + 8 * kA) * (x + 1) - 4 * kA;
    w[1] = ((kA + 2) * x - (kA + 3)) * x * x + 1;
    w[2] = ((kA + 2) * (1 - x) - (kA + 3)) * (1 - x) * (1 - x) + 1;
    w[3] = 1 - w[0] - w[1] - w[2];
  }
  for (int t = 0; t < taps; ++t) weights[t] = cv::saturate_cast<std::int16_t>(w[t] * kTapOne);
}

/// Positions of OpenCV's taps count from the beginning of the side; afterwards from the first that is read.
void CountFromLowest(const SidePlan& plan, Taps& taps) {
  taps.low = std::max(0, taps.first.front());
  taps.extent = std::min(plan.length, taps.first.back() + std::max(1, taps.per_pixel)) - taps.low;
  for (int& first : taps.first) first -= taps.low;
}

double Sinc(double x) {
  return x == 0 ? 1 : std::sin(std::numbers::pi * x) / (std::numbers::pi * x);
}

double Filter(Interpolation interpolation, double x) {
  x = std::fabs(x);
  if (interpolation == Interpolation::kLanczos) return x < 3 ? Sinc(x) * Sinc(x / 3) : 0;
  if (interpolation == Interpolation::kBicubic) {
    constexpr double kA = -0.5;
    if (x < 1) return ((kA + 2) * x - (kA + 3)) * x * x + 1;
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * kA : 0;
  }
  return x < 1 ? 1 - x : 0;
}

int Between(double value, int least, int most) {
  return static_cast<int>(std::clamp<double>(value, least, most));
}

/// What one pixel of the result is made of: pixels [first, last) of the side.
struct Window {
  Window(const SidePlan& plan, Interpolation interpolation_of_card, std::int64_t number)
      : interpolation(interpolation_of_card),
        scale(static_cast<double>(plan.length) / static_cast<double>(plan.resized)) {
    if (interpolation == Interpolation::kArea) {
      begin = static_cast<double>(number) * scale;
      end = std::min(begin + scale, static_cast<double>(plan.length));
      first = Between(begin, 0, plan.length - 1);
      last = Between(std::ceil(end), first + 1, plan.length);
      return;
    }
    const double lobes = interpolation == Interpolation::kLanczos   ? 3
                         : interpolation == Interpolation::kBicubic ? 2
                                                                    : 1;
    const double widening = std::max(scale, 1.0);
    center = (static_cast<double>(number) + 0.5) * scale;
    narrowing = 1 / widening;
    first = Between(std::floor(center - lobes * widening + 0.5), 0, plan.length - 1);
    last = Between(std::floor(center + lobes * widening + 0.5), first + 1, plan.length);
  }

  /// Not yet divided by the sum.
  double Weight(int pixel) const {
    if (interpolation == Interpolation::kArea) return std::min(pixel + 1.0, end) - std::max<double>(pixel, begin);
    return Filter(interpolation, (pixel - center + 0.5) * narrowing);
  }

  Interpolation interpolation;
  double scale;
  double begin = 0;
  double end = 0;
  double center = 0;
  double narrowing = 1;
  int first = 0;
  int last = 0;
};

/// One weight after another as an integer, rounded as Pillow rounds; those of areas so that sums stay exact.
class Rounder {
 public:
  explicit Rounder(Interpolation interpolation) : area_(interpolation == Interpolation::kArea) {}

  int Round(double weight) {
    const double exact = std::ldexp(weight, kFilterBits) + owed_;
    const int rounded = static_cast<int>(exact < 0 ? exact - 0.5 : exact + 0.5);
    if (area_) owed_ = exact - rounded;
    return rounded;
  }

 private:
  bool area_;
  double owed_ = 0;
};

}  // namespace

void AimAsOpenCv(const SidePlan& plan, Sampling sampling, Taps& taps) {
  taps.per_pixel = sampling == Sampling::kNearest ? 0 : sampling == Sampling::kCubic ? 4 : 2;
  const double enlargement = static_cast<double>(plan.resized) / plan.length;
  const double scale = 1 / enlargement;  // in OpenCV's words, for the same rounding
  const auto count = static_cast<std::size_t>(plan.count);
  taps.first.resize(count);
  taps.weights.resize(count * static_cast<std::size_t>(taps.per_pixel));
  for (std::size_t at = 0; at < count; ++at) {
    const double number = static_cast<double>(plan.skipped) + static_cast<double>(at);
    if (sampling == Sampling::kNearest) {
      taps.first[at] = std::min(static_cast<int>(std::floor(number * scale)), plan.length - 1);
      continue;
    }
    const auto center = static_cast<float>((number + 0.5) * scale - 0.5);
    double below = std::floor(center);
    float share = center - static_cast<float>(below);
    if (sampling == Sampling::kEnlargeArea) {
      below = std::floor(number * scale);
      share = static_cast<float>(number + 1 - (below + 1) * enlargement);
      share = share <= 0 ? 0.F : share - std::floor(share);
    }
    taps.first[at] = static_cast<int>(std::clamp(below, -1.0, plan.length - 1.0)) - taps.per_pixel / 2 + 1;
    Weigh(share, taps.per_pixel, &taps.weights[at * static_cast<std::size_t>(taps.per_pixel)]);
  }
  CountFromLowest(plan, taps);
}

void AimFilter(const SidePlan& plan, Interpolation interpolation, int multiple, Taps& taps) {
  const auto count = static_cast<std::size_t>(plan.count);
  const auto window = [&](std::size_t at) {
    return Window(plan, interpolation, plan.skipped + static_cast<std::int64_t>(at));
  };
  taps.low = window(0).first;
  taps.first.resize(count);
  int most = 0;
  int end = taps.low + 1;
  for (std::size_t at = 0; at < count; ++at) {
    const Window w = window(at);
    taps.first[at] = (w.first - taps.low) & ~1;
    most = std::max(most, w.last - taps.low - taps.first[at]);
    end = std::max(end, w.last);
  }
  taps.extent = end - taps.low;
  taps.per_pixel = (most + multiple - 1) & ~(multiple - 1);
  const auto per_pixel = static_cast<std::size_t>(taps.per_pixel);
  taps.exact.resize(per_pixel);
  taps.weights.assign(count * per_pixel, 0);
  taps.fine.assign(count * per_pixel, 0);
  for (std::size_t at = 0; at < count; ++at) {
    const Window w = window(at);
    const auto length = static_cast<std::size_t>(w.last - w.first);
    double sum = 0;
    for (std::size_t t = 0; t < length; ++t) sum += taps.exact[t] = w.Weight(w.first + static_cast<int>(t));
    Rounder rounder(interpolation);
    std::size_t to = at * per_pixel + static_cast<std::size_t>(w.first - taps.low - taps.first[at]);
    for (std::size_t t = 0; t < length; ++t, ++to) {
      const int weight = rounder.Round(taps.exact[t] / sum);
      taps.weights[to] = static_cast<std::int16_t>(weight >> kFineBits);
      taps.fine[to] = static_cast<std::int16_t>(weight & ((1 << kFineBits) - 1));
    }
  }
}

}  // namespace amsel
