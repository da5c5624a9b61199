// Features of brightness, colour and texture: means, spreads and the like over the pixels of the reduced picture.
#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <numeric>
#include <opencv2/imgproc.hpp>

#include "features/compute.h"

namespace amsel {
namespace {

/// Sums of integers and of their squares: exact, whatever the order.
struct Moments {
  std::int64_t sum = 0;
  std::int64_t squares = 0;

  double Mean(double count) const { return static_cast<double>(sum) / count; }
  double Variance(double count) const {
    const auto total = static_cast<double>(sum);
    return (static_cast<double>(squares) - total * total / count) / count;
  }
};

/// Of one plane of bytes.
Moments MomentsOf(const cv::Mat& plane) {
  Moments moments;
  for (int y = 0; y < plane.rows; ++y) {
    const auto* row = plane.ptr<std::uint8_t>(y);
    int sum = 0;
    int squares = 0;
    for (int x = 0; x < plane.cols; ++x) {
      sum += row[x];
      squares += row[x] * row[x];
    }
    moments.sum += sum;
    moments.squares += squares;
  }
  return moments;
}

/// Whether a 3x3 kernel has a pixel to stand on that is not at the border.
bool HoldsKernel(const cv::Mat& picture) {
  return std::min(picture.rows, picture.cols) >= 3;
}

}  // namespace

double Brightness(const FeatureInputs& inputs) {
  return MomentsOf(inputs.gray).Mean(static_cast<double>(inputs.gray.total()));
}

double RmsBrightness(const FeatureInputs& inputs) {
  return std::sqrt(static_cast<double>(MomentsOf(inputs.gray).squares) / static_cast<double>(inputs.gray.total()));
}

/// √(0.241 R² + 0.691 G² + 0.068 B²), averaged (the HSP colour model, Finley 2006).
double PerceivedBrightness(const FeatureInputs& inputs) {
  const int width = inputs.reduced.cols;
  assert(width <= kReducedSide);
  std::array<float, kReducedSide> brightness;  // apart from its sum, whose fixed order does not vectorise
  double sum = 0;
  for (int y = 0; y < inputs.reduced.rows; ++y) {
    const auto* blue = inputs.bgr[0].ptr<std::uint8_t>(y);
    const auto* green = inputs.bgr[1].ptr<std::uint8_t>(y);
    const auto* red = inputs.bgr[2].ptr<std::uint8_t>(y);
    for (int x = 0; x < width; ++x) {
      const auto b = static_cast<float>(blue[x]);
      const auto g = static_cast<float>(green[x]);
      const auto r = static_cast<float>(red[x]);
      brightness[static_cast<std::size_t>(x)] = std::sqrt(0.241F * r * r + 0.691F * g * g + 0.068F * b * b);
    }
    sum += std::accumulate(brightness.begin(), brightness.begin() + width, 0.0F);
  }
  return sum / static_cast<double>(inputs.reduced.total());
}

/// The same, its root taken after averaging.
double RmsPerceivedBrightness(const FeatureInputs& inputs) {
  const auto squares = [&](std::size_t channel) { return static_cast<double>(MomentsOf(inputs.bgr[channel]).squares); };
  return std::sqrt((0.241 * squares(2) + 0.691 * squares(1) + 0.068 * squares(0)) /
                   static_cast<double>(inputs.reduced.total()));
}

/// RMS contrast (Peli 1990): the standard deviation of grey.
double Contrast(const FeatureInputs& inputs) {
  cv::Scalar mean;
  cv::Scalar deviation;
  cv::meanStdDev(inputs.gray, mean, deviation);
  return deviation[0];
}

/// Of the distribution of grey, in bits (Shannon 1948). Neighbours are often equal: counted in turns in several tables,
/// no count waits for the one before.
double Entropy(const FeatureInputs& inputs) {
  constexpr int kLevels = 256;
  constexpr int kTables = 4;
  std::array<std::array<int, kLevels>, kTables> counts{};
  const cv::Mat& gray = inputs.gray;
  for (int y = 0; y < gray.rows; ++y) {
    const auto* row = gray.ptr<std::uint8_t>(y);
    int x = 0;
    for (; x + kTables <= gray.cols; x += kTables) {
      for (int t = 0; t < kTables; ++t) ++counts[static_cast<std::size_t>(t)][row[x + t]];
    }
    for (; x < gray.cols; ++x) ++counts[0][row[x]];
  }
  double sum = 0;
  for (std::size_t level = 0; level < kLevels; ++level) {
    const double count = counts[0][level] + counts[1][level] + counts[2][level] + counts[3][level];
    if (count > 0) sum += count * std::log2(count);
  }
  const auto total = static_cast<double>(gray.total());
  return std::max(0.0, std::log2(total) - sum / total);
}

/// Focus measure LAPV (Pech-Pacheco et al. 2000). The border is mirrored as cv::Laplacian does.
double LaplacianVariance(const FeatureInputs& inputs) {
  const cv::Mat& gray = inputs.gray;
  if (!HoldsKernel(gray)) return 0;
  const int last = gray.cols - 1;
  Moments moments;
  for (int y = 0; y < gray.rows; ++y) {
    const auto* row = gray.ptr<std::uint8_t>(y);
    const auto* above = gray.ptr<std::uint8_t>(y > 0 ? y - 1 : 1);
    const auto* below = gray.ptr<std::uint8_t>(y + 1 < gray.rows ? y + 1 : y - 1);
    int sum = 0;
    int squares = 0;
    const auto add = [&](int x, int left, int right) {
      const auto value = static_cast<std::int16_t>(above[x] + below[x] + row[left] + row[right] - 4 * row[x]);
      sum += value;
      squares += value * value;
    };
    for (int x = 1; x < last; ++x) add(x, x - 1, x + 1);
    add(0, 1, 1);
    add(last, last - 1, last - 1);
    moments.sum += sum;
    moments.squares += squares;
  }
  return moments.Variance(static_cast<double>(gray.total()));
}

/// Standard deviation of the noise (Immerkær 1996). The kernel is the second difference down, then across.
double Noise(const FeatureInputs& inputs) {
  const cv::Mat& gray = inputs.gray;
  if (!HoldsKernel(gray)) return 0;
  assert(gray.cols <= kReducedSide);
  std::array<std::int16_t, kReducedSide> buffer;
  std::int16_t* const down = buffer.data();
  std::int64_t sum = 0;
  for (int y = 1; y + 1 < gray.rows; ++y) {
    const auto* row = gray.ptr<std::uint8_t>(y);
    const auto* above = gray.ptr<std::uint8_t>(y - 1);
    const auto* below = gray.ptr<std::uint8_t>(y + 1);
    for (int x = 0; x < gray.cols; ++x) down[x] = static_cast<std::int16_t>(above[x] - 2 * row[x] + below[x]);
    int row_sum = 0;
    for (int x = 1; x + 1 < gray.cols; ++x) {
      row_sum += std::abs(static_cast<std::int16_t>(down[x - 1] - 2 * down[x] + down[x + 1]));
    }
    sum += row_sum;
  }
  return kNoiseScale * static_cast<double>(sum) / ((gray.rows - 2.0) * (gray.cols - 2.0));
}

/// √(σ²(rg) + σ²(yb)) + 0.3 √(μ²(rg) + μ²(yb)) with rg = R − G, yb = (R + G) / 2 − B (Hasler and Süsstrunk 2003).
double Colorfulness(const FeatureInputs& inputs) {
  Moments red_green;
  Moments yellow_blue;  // of 2 yb, which is an integer
  for (int y = 0; y < inputs.reduced.rows; ++y) {
    const auto* blue = inputs.bgr[0].ptr<std::uint8_t>(y);
    const auto* green = inputs.bgr[1].ptr<std::uint8_t>(y);
    const auto* red = inputs.bgr[2].ptr<std::uint8_t>(y);
    int sums[2] = {};
    int squares[2] = {};
    for (int x = 0; x < inputs.reduced.cols; ++x) {
      const auto rg = static_cast<std::int16_t>(red[x] - green[x]);
      const auto yb = static_cast<std::int16_t>(red[x] + green[x] - 2 * blue[x]);
      sums[0] += rg;
      sums[1] += yb;
      squares[0] += rg * rg;
      squares[1] += yb * yb;
    }
    red_green.sum += sums[0];
    red_green.squares += squares[0];
    yellow_blue.sum += sums[1];
    yellow_blue.squares += squares[1];
  }
  const auto count = static_cast<double>(inputs.reduced.total());
  const double spread = std::sqrt(red_green.Variance(count) + yellow_blue.Variance(count) / 4);
  return spread + 0.3 * std::hypot(red_green.Mean(count), yellow_blue.Mean(count) / 2);
}

double Saturation(const FeatureInputs& inputs) {
  return cv::mean(inputs.hsv[1])[0];
}

}  // namespace amsel
