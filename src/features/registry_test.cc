// Features with fast loops against slow references, written from docs/formats/features.md.
#include "features/registry.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <opencv2/imgproc.hpp>

#include "base/random.h"

namespace amsel {
namespace {

/// A picture in double precision, of one value a pixel.
struct Plane {
  int width = 0;
  int height = 0;
  std::vector<double> values;
  double At(int x, int y) const { return values[Index(x) + Index(y) * Index(width)]; }
  static std::size_t Index(int at) { return static_cast<std::size_t>(at); }
};

double Mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double Variance(const std::vector<double>& values) {
  const double mean = Mean(values);
  double sum = 0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return sum / static_cast<double>(values.size());
}

std::vector<double> PerPixel(const Image& image, const std::function<double(double b, double g, double r)>& value) {
  std::vector<double> values;
  for (std::size_t i = 0; i < image.pixels.size(); i += 3) {
    values.push_back(value(image.pixels[i], image.pixels[i + 1], image.pixels[i + 2]));
  }
  return values;
}

Plane Gray(const Image& image) {
  const cv::Mat whole(image.height, image.width, CV_8UC3, const_cast<std::uint8_t*>(image.pixels.data()));
  cv::Mat gray;
  cv::cvtColor(whole, gray, cv::COLOR_BGR2GRAY);
  return {image.width, image.height, std::vector<double>(gray.begin<std::uint8_t>(), gray.end<std::uint8_t>())};
}

double SlowBrightness(const Image& image) {
  return Mean(PerPixel(
      image, [](double b, double g, double r) { return std::sqrt(0.241 * r * r + 0.691 * g * g + 0.068 * b * b); }));
}

double SlowLaplacianVariance(const Image& image) {
  const Plane gray = Gray(image);
  if (gray.width < 3 || gray.height < 3) return 0;
  const auto mirrored = [](int at, int length) { return at < 0 ? -at : at >= length ? 2 * length - 2 - at : at; };
  std::vector<double> values;
  for (int y = 0; y < gray.height; ++y) {
    for (int x = 0; x < gray.width; ++x) {
      double value = -4 * gray.At(x, y);
      for (const int step : {-1, 1}) {
        value += gray.At(mirrored(x + step, gray.width), y) + gray.At(x, mirrored(y + step, gray.height));
      }
      values.push_back(value);
    }
  }
  return Variance(values);
}

double SlowNoise(const Image& image) {
  constexpr double kKernel[3][3] = {{1, -2, 1}, {-2, 4, -2}, {1, -2, 1}};
  const Plane gray = Gray(image);
  if (gray.width < 3 || gray.height < 3) return 0;
  std::vector<double> values;
  for (int y = 1; y < gray.height - 1; ++y) {
    for (int x = 1; x < gray.width - 1; ++x) {
      double value = 0;
      for (int dy = 0; dy < 3; ++dy) {
        for (int dx = 0; dx < 3; ++dx) value += kKernel[dy][dx] * gray.At(x + dx - 1, y + dy - 1);
      }
      values.push_back(std::abs(value));
    }
  }
  return std::sqrt(std::acos(-1) / 2) / 6 * Mean(values);
}

double SlowColorfulness(const Image& image) {
  const auto red_green = PerPixel(image, [](double, double g, double r) { return r - g; });
  const auto yellow_blue = PerPixel(image, [](double b, double g, double r) { return (r + g) / 2 - b; });
  return std::sqrt(Variance(red_green) + Variance(yellow_blue)) + 0.3 * std::hypot(Mean(red_green), Mean(yellow_blue));
}

double SlowSaturation(const Image& image) {
  return Mean(PerPixel(image, [](double b, double g, double r) {
    const double value = std::max({b, g, r});
    return value == 0 ? 0 : std::floor(255 * (value - std::min({b, g, r})) / value + 0.5);
  }));
}

Image Painted(int width, int height, const std::function<double(int x, int y, int channel)>& value) {
  Image image{width, height, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < 3; ++c) image.pixels.push_back(static_cast<std::uint8_t>(value(x, y, c)));
    }
  }
  return image;
}

/// None is reduced: all sides are at most 128.
std::vector<std::pair<std::string, Image>> Pictures() {
  Random random(5);
  const auto noise = [&](int, int, int) { return static_cast<double>(random.Below(256)); };
  return {
      {"colour ramp",
       Painted(96, 64, [](int x, int y, int c) { return c == 0   ? 2 * x
                                                        : c == 1 ? 3 * y
                                                                 : 255 - x - y; })},
      {"soft waves", Painted(31, 77, [](int x, int y, int c) { return 128 + 100 * std::sin(0.1 * (c + 1) * x + y); })},
      {"noise", Painted(128, 128, noise)},
      {"noise of odd size", Painted(45, 17, noise)},
      {"greatest contrast", Painted(128, 128, [](int x, int y, int) { return (x + y) % 2 * 255; })},
      {"stripes of red and cyan",
       Painted(128, 5, [](int x, int, int c) { return (x % 3 == 0) == (c == 2) ? 255 : 0; })},
      {"one colour", Painted(20, 30, [](int, int, int c) { return 40 + 70 * c; })},
      {"black", Painted(9, 9, [](int, int, int) { return 0; })},
      {"nine pixels", Painted(3, 3, noise)},
      {"four pixels", Painted(2, 2, noise)},
      {"a column", Painted(1, 40, noise)},
      {"one pixel", Painted(1, 1, noise)},
  };
}

TEST(Registry, FastFeaturesEqualTheirSlowReferences) {
  const std::vector<std::pair<std::string, double (*)(const Image&)>> references = {
      {"avg_perceived_brightness", SlowBrightness},
      {"laplacian_variance", SlowLaplacianVariance},
      {"noise", SlowNoise},
      {"colorfulness", SlowColorfulness},
      {"saturation", SlowSaturation},
  };
  std::vector<std::string> names;
  for (const auto& reference : references) names.push_back(reference.first);
  auto extractor = FeatureExtractor::Create(names);
  std::vector<float> values(names.size());
  for (const auto& [picture, image] : Pictures()) {
    extractor->Extract(image, values);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double expected = references[i].second(image);
      EXPECT_NEAR(values[i], expected, 1e-4 * expected) << names[i] << " of " << picture;
    }
  }
}

}  // namespace
}  // namespace amsel
