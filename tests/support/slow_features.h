// Slow, plain references of the image features, written from docs/formats/features.md. From OpenCV come the picture
// reduced by area and the outlines that findContours follows; all else is spelled out.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "amsel/image.h"

namespace amsel::slow {

/// A picture of one value a pixel.
struct Plane {
  int width = 0;
  int height = 0;
  std::vector<double> values;

  double& At(int x, int y) { return values[static_cast<std::size_t>(y) * width + x]; }
  double At(int x, int y) const { return values[static_cast<std::size_t>(y) * width + x]; }
  /// The border repeated.
  double Near(int x, int y) const { return At(std::clamp(x, 0, width - 1), std::clamp(y, 0, height - 1)); }
  bool Holds(int x, int y) const { return x >= 0 && y >= 0 && x < width && y < height; }
};

inline double Mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

inline double Variance(const std::vector<double>& values) {
  const double mean = Mean(values);
  double sum = 0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return sum / static_cast<double>(values.size());
}

/// The least and the greatest of a pixel, and which of blue, green and red is the greatest: red before green before
/// blue among equals.
struct Range {
  double least = 0;
  double greatest = 0;
  int which = 0;

  Range(double b, double g, double r)
      : least(std::min({b, g, r})),
        greatest(std::max({b, g, r})),
        which(r == greatest   ? 2
              : g == greatest ? 1
                              : 0) {}
};

/// OpenCV's 8-bit hue and saturation: quotients from tables of 12 bits.
inline double Hue(double b, double g, double r) {
  const Range range(b, g, r);
  const double span = range.greatest - range.least;
  if (span == 0) return 0;
  const double turned = range.which == 2 ? g - b : range.which == 1 ? b - r + 2 * span : r - g + 4 * span;
  const double hue = std::floor((turned * std::nearbyint(180 * 4096 / (6 * span)) + 2048) / 4096);
  return hue < 0 ? hue + 180 : hue;
}

inline double SaturationOf(double b, double g, double r) {
  const Range range(b, g, r);
  if (range.greatest == 0) return 0;
  return std::floor(((range.greatest - range.least) * std::nearbyint(255 * 4096 / range.greatest) + 2048) / 4096);
}

/// All that the features of one picture are computed from.
class Picture {
 public:
  explicit Picture(const Image& image) {
    const cv::Mat whole(image.height, image.width, CV_8UC3, const_cast<std::uint8_t*>(image.pixels.data()));
    const double factor = 128.0 / std::max(image.width, image.height);
    reduced_ = whole;
    if (factor < 1) {
      const int width = std::max(1, static_cast<int>(std::lround(image.width * factor)));
      const int height = std::max(1, static_cast<int>(std::lround(image.height * factor)));
      cv::resize(whole, reduced_ = cv::Mat(), {width, height}, 0, 0, cv::INTER_AREA);
    }
    gray = PerPixel(
        [](double b, double g, double r) { return std::floor((3735 * b + 19235 * g + 9798 * r + 16384) / 32768); });
    diagonal = std::hypot(gray.width, gray.height);
  }

  Plane PerPixel(const std::function<double(double b, double g, double r)>& value) const {
    Plane plane{reduced_.cols, reduced_.rows, {}};
    for (int y = 0; y < plane.height; ++y) {
      for (int x = 0; x < plane.width; ++x) {
        const auto& pixel = reduced_.at<cv::Vec3b>(y, x);
        plane.values.push_back(value(pixel[0], pixel[1], pixel[2]));
      }
    }
    return plane;
  }

  Plane gray;
  double diagonal = 0;

 private:
  cv::Mat reduced_;
};

/// Sobel's differences across and down.
inline std::pair<Plane, Plane> Sobel(const Plane& gray) {
  Plane across = gray;
  Plane down = gray;
  for (int y = 0; y < gray.height; ++y) {
    for (int x = 0; x < gray.width; ++x) {
      across.At(x, y) = down.At(x, y) = 0;
      for (const int step : {-1, 0, 1}) {
        const double weight = step == 0 ? 2 : 1;
        across.At(x, y) += weight * (gray.Near(x + 1, y + step) - gray.Near(x - 1, y + step));
        down.At(x, y) += weight * (gray.Near(x + step, y + 1) - gray.Near(x + step, y - 1));
      }
    }
  }
  return {across, down};
}

/// Whether a pixel's gradient is no less than that of its two neighbours along it. Sectors end at 22.5 and 67.5
/// degrees, whose tangents have 15 bits after the point.
inline bool IsCrest(const Plane& strength, int x, int y, double across, double down) {
  const auto at = [&](int i, int j) { return strength.Holds(i, j) ? strength.At(i, j) : 0; };
  const double flat = std::abs(across) * 13573;
  const double steep = flat + std::abs(across) * 65536;
  const double height = std::abs(down) * 32768;
  const double own = strength.At(x, y);
  if (height < flat) return own > at(x - 1, y) && own >= at(x + 1, y);
  if (height > steep) return own > at(x, y - 1) && own >= at(x, y + 1);
  const int side = (across < 0) != (down < 0) ? -1 : 1;
  return own > at(x - side, y - 1) && own > at(x + side, y + 1);
}

/// Canny's edges (thresholds 100 and 200 on |across| + |down|): crests above the higher, and those above the lower that
/// touch an edge.
inline Plane Edges(const Picture& picture) {
  const auto [across, down] = Sobel(picture.gray);
  Plane strength = across;
  for (std::size_t i = 0; i < strength.values.size(); ++i) {
    strength.values[i] = std::abs(across.values[i]) + std::abs(down.values[i]);
  }
  Plane edges{strength.width, strength.height, std::vector<double>(strength.values.size(), 0)};
  Plane weak = edges;
  for (int y = 0; y < edges.height; ++y) {
    for (int x = 0; x < edges.width; ++x) {
      if (strength.At(x, y) <= 100 || !IsCrest(strength, x, y, across.At(x, y), down.At(x, y))) continue;
      (strength.At(x, y) > 200 ? edges : weak).At(x, y) = 255;
    }
  }
  for (bool grown = true; grown;) {
    grown = false;
    for (int y = 0; y < edges.height; ++y) {
      for (int x = 0; x < edges.width; ++x) {
        if (weak.At(x, y) == 0 || edges.At(x, y) != 0) continue;
        for (int n = 0; n < 9; ++n) {
          const int i = x + n % 3 - 1;
          const int j = y + n / 3 - 1;
          if (edges.Holds(i, j) && edges.At(i, j) != 0) edges.At(x, y) = 255;
        }
        grown = grown || edges.At(x, y) != 0;
      }
    }
  }
  return edges;
}

struct Outline {
  double length = 0;
  double area = 0;
  double width = 0;
  double height = 0;
};

/// Lengths of steps, the shoelace formula, and the greatest and least coordinates.
inline std::vector<Outline> Outlines(const Picture& picture) {
  const Plane edges = Edges(picture);
  cv::Mat map(edges.height, edges.width, CV_8U);
  for (std::size_t i = 0; i < edges.values.size(); ++i) map.data[i] = static_cast<std::uint8_t>(edges.values[i]);
  std::vector<std::vector<cv::Point>> followed;
  cv::findContours(map, followed, cv::RETR_LIST, cv::CHAIN_APPROX_NONE);
  std::vector<Outline> outlines;
  for (const auto& points : followed) {
    Outline outline;
    cv::Point low = points.front();
    cv::Point high = low;
    for (std::size_t i = 0; i < points.size(); ++i) {
      const cv::Point& a = points[i];
      const cv::Point& b = points[(i + 1) % points.size()];
      outline.length += std::hypot(b.x - a.x, b.y - a.y);
      outline.area += (a.x * b.y - b.x * a.y) / 2.0;
      low = {std::min(low.x, a.x), std::min(low.y, a.y)};
      high = {std::max(high.x, a.x), std::max(high.y, a.y)};
    }
    outlines.push_back({outline.length, std::abs(outline.area), high.x - low.x + 1.0, high.y - low.y + 1.0});
  }
  return outlines;
}

/// The greatest margin by which nine neighbours in a row on a circle of 16 are all brighter, or all darker.
inline double CornerMargin(const Plane& gray, int x, int y) {
  constexpr int kCircle[16][2] = {{0, 3},  {1, 3},   {2, 2},   {3, 1},   {3, 0},  {3, -1}, {2, -2}, {1, -3},
                                  {0, -3}, {-1, -3}, {-2, -2}, {-3, -1}, {-3, 0}, {-3, 1}, {-2, 2}, {-1, 3}};
  double best = 0;
  for (int first = 0; first < 16; ++first) {
    double brighter = 255;
    double darker = 255;
    for (int n = first; n < first + 9; ++n) {
      const double difference = gray.At(x + kCircle[n % 16][0], y + kCircle[n % 16][1]) - gray.At(x, y);
      brighter = std::min(brighter, difference);
      darker = std::min(darker, -difference);
    }
    best = std::max({best, brighter, darker});
  }
  return best;
}

/// FAST-9/16 (threshold 20): corners whose margin is above that of each corner beside them.
inline double Keypoints(const Picture& picture) {
  const Plane& gray = picture.gray;
  Plane margin{gray.width, gray.height, std::vector<double>(gray.values.size(), 0)};
  for (int y = 3; y < gray.height - 3; ++y) {
    for (int x = 3; x < gray.width - 3; ++x) {
      const double found = CornerMargin(gray, x, y);
      if (found > 20) margin.At(x, y) = found;
    }
  }
  int corners = 0;
  for (int y = 3; y < gray.height - 3; ++y) {
    for (int x = 3; x < gray.width - 3; ++x) {
      bool highest = margin.At(x, y) > 0;
      for (int n = 0; n < 9; ++n) {
        if (n != 4) highest = highest && margin.At(x, y) > margin.At(x + n % 3 - 1, y + n / 3 - 1);
      }
      corners += highest ? 1 : 0;
    }
  }
  return corners;
}

inline double LaplacianVariance(const Plane& gray) {
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

inline double Noise(const Plane& gray) {
  constexpr double kKernel[3][3] = {{1, -2, 1}, {-2, 4, -2}, {1, -2, 1}};
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

inline double Entropy(const Plane& gray) {
  std::map<double, double> counts;
  for (const double value : gray.values) ++counts[value];
  double bits = 0;
  for (const auto& [value, count] : counts) {
    const double share = count / static_cast<double>(gray.values.size());
    bits -= share * std::log2(share);
  }
  return bits;
}

/// Shares of seven equal bins of [0, whole); above that is the last.
inline std::vector<double> SharesOfSeven(const std::vector<double>& values, double whole) {
  std::vector<double> shares(7, 0);
  for (const double value : values) {
    const auto bin = static_cast<std::size_t>(std::floor(7 * value / whole));
    shares[std::min<std::size_t>(bin, 6)] += 1 / static_cast<double>(values.size());
  }
  return shares;
}

/// Angles from 0 to 180 degrees of the edges at edge pixels, y up: a right angle from the gradient.
inline std::vector<double> EdgeAngles(const Picture& picture) {
  const Plane edges = Edges(picture);
  const auto [across, down] = Sobel(picture.gray);
  std::vector<double> angles;
  for (std::size_t i = 0; i < edges.values.size(); ++i) {
    if (edges.values[i] == 0) continue;
    const double gradient = std::atan2(-down.values[i], across.values[i]);
    angles.push_back(std::fmod(gradient * 180 / std::acos(-1) + 90 + 360, 180));
  }
  return angles;
}

inline void AddColours(const Picture& picture, std::map<std::string, double>& values) {
  const auto perceived = [](double b, double g, double r) { return 0.241 * r * r + 0.691 * g * g + 0.068 * b * b; };
  values["avg_perceived_brightness"] =
      Mean(picture.PerPixel([&](double b, double g, double r) { return std::sqrt(perceived(b, g, r)); }).values);
  values["rms_perceived_brightness"] = std::sqrt(Mean(picture.PerPixel(perceived).values));
  const Plane red_green = picture.PerPixel([](double, double g, double r) { return r - g; });
  const Plane yellow_blue = picture.PerPixel([](double b, double g, double r) { return (r + g) / 2 - b; });
  values["colorfulness"] = std::sqrt(Variance(red_green.values) + Variance(yellow_blue.values)) +
                           0.3 * std::hypot(Mean(red_green.values), Mean(yellow_blue.values));
  values["saturation"] = Mean(picture.PerPixel(SaturationOf).values);
  const std::vector<double> hues = SharesOfSeven(picture.PerPixel(Hue).values, 180);
  for (std::size_t bin = 0; bin < 7; ++bin) values["hue" + std::to_string(bin + 1)] = hues[bin];
}

inline void AddEdges(const Picture& picture, std::map<std::string, double>& values) {
  const std::vector<Outline> outlines = Outlines(picture);
  std::vector<double> lengths;
  Outline main;
  for (const Outline& outline : outlines) {
    lengths.push_back(outline.length);
    if (outline.width * outline.height > main.width * main.height) main = outline;
  }
  values["area_by_perimeter"] = main.length > 0 ? main.area / main.length : 0;
  values["aspect_ratio"] = main.height > 0 ? main.width / main.height : 0;
  const std::vector<double> by_length = SharesOfSeven(lengths, picture.diagonal);
  const std::vector<double> by_angle = SharesOfSeven(EdgeAngles(picture), 180);
  for (std::size_t bin = 0; bin < 7; ++bin) {
    values["edge_length" + std::to_string(bin + 1)] = by_length[bin];
    values["edge_angle" + std::to_string(bin + 1)] = by_angle[bin];
  }
}

/// All features, by name.
inline std::map<std::string, double> Features(const Image& image) {
  const Picture picture(image);
  const std::vector<double>& gray = picture.gray.values;
  std::vector<double> squares;
  for (const double value : gray) squares.push_back(value * value);
  std::map<std::string, double> values{
      {"keypoints", Keypoints(picture)},
      {"avg_brightness", Mean(gray)},
      {"rms_brightness", std::sqrt(Mean(squares))},
      {"contrast", std::sqrt(Variance(gray))},
      {"entropy", Entropy(picture.gray)},
      {"laplacian_variance", LaplacianVariance(picture.gray)},
      {"noise", Noise(picture.gray)},
      {"image_aspect_ratio", static_cast<double>(image.width) / image.height},
      {"jpeg_quality", image.file.jpeg_quality},
      {"file_bytes_per_pixel", static_cast<double>(image.file.bytes) / static_cast<double>(image.file.pixels)},
  };
  AddColours(picture, values);
  AddEdges(picture, values);
  return values;
}

}  // namespace amsel::slow
