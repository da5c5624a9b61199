// What cards take of a picture, as docs/formats/card.md says it, step by step over whole pictures: what Resizer does at
// once must equal it.
#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "image/mat.h"

namespace amsel {

/// The filters of Pillow's Resample.c.
inline double SlowFilter(Interpolation interpolation, double x) {
  const auto sinc = [](double v) { return v == 0 ? 1 : std::sin(v * std::numbers::pi) / (v * std::numbers::pi); };
  x = std::fabs(x);
  if (interpolation == Interpolation::kBilinear) return x < 1 ? 1 - x : 0;
  if (interpolation == Interpolation::kLanczos) return x < 3 ? sinc(x) * sinc(x / 3) : 0;
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? -0.5 * (((x - 5) * x + 8) * x - 4) : 0;
}

/// One pass of Pillow's: `length` pixels a side become `target`; weights are rounded to 22 bits, the result to 8.
inline cv::Mat SlowPass(const cv::Mat& source, int target, Interpolation interpolation) {
  const int length = source.cols;
  const double scale = static_cast<double>(length) / target;
  const double widening = std::max(scale, 1.0);
  const double support = widening * (interpolation == Interpolation::kBilinear  ? 1
                                     : interpolation == Interpolation::kBicubic ? 2
                                                                                : 3);
  cv::Mat result(source.rows, target, source.type());
  const int channels = source.channels();
  for (int to = 0; to < target; ++to) {
    const double center = (to + 0.5) * scale;
    const int first = std::max(0, static_cast<int>(std::floor(center - support + 0.5)));
    const int last = std::min(length, static_cast<int>(std::floor(center + support + 0.5)));
    std::vector<double> weights;
    double sum = 0;
    for (int from = first; from < last; ++from) {
      weights.push_back(SlowFilter(interpolation, (from - center + 0.5) * (1.0 / widening)));
      sum += weights.back();
    }
    for (int y = 0; y < source.rows; ++y) {
      for (int c = 0; c < channels; ++c) {
        double value = 0;  // an integer of at most 32 bits
        for (int from = first; from < last; ++from) {
          const double weight = weights[static_cast<std::size_t>(from - first)] / sum * (1 << 22);
          value += std::trunc(weight + std::copysign(0.5, weight)) * source.ptr(y)[from * channels + c];
        }
        const double rounded = std::floor((value + (1 << 21)) / (1 << 22));
        result.ptr(y)[to * channels + c] = static_cast<std::uint8_t>(std::clamp(rounded, 0.0, 255.0));
      }
    }
  }
  return result;
}

inline cv::Mat SlowResize(const cv::Mat& source, int width, int height, const Preprocess& card) {
  constexpr int kMethods[] = {cv::INTER_NEAREST, cv::INTER_LINEAR, cv::INTER_CUBIC, cv::INTER_AREA};
  cv::Mat resized;
  if (!card.antialias) {
    cv::resize(source, resized, {width, height}, 0, 0, kMethods[static_cast<int>(card.interpolation)]);
    return resized;
  }
  cv::Mat turned = SlowPass(source, width, card.interpolation).t();
  resized = SlowPass(turned, height, card.interpolation).t();
  return resized;
}

inline cv::Mat SlowGray(const cv::Mat& source, bool pillow) {
  cv::Mat gray(source.rows, source.cols, CV_8UC1);
  if (!pillow) {
    cv::cvtColor(source, gray, cv::COLOR_BGR2GRAY);
    return gray;
  }
  for (int y = 0; y < gray.rows; ++y) {
    for (int x = 0; x < gray.cols; ++x) {
      const auto& bgr = source.at<cv::Vec3b>(y, x);
      gray.at<std::uint8_t>(y, x) =
          static_cast<std::uint8_t>((19595 * bgr[2] + 38470 * bgr[1] + 7471 * bgr[0] + 32768) / 65536);
    }
  }
  return gray;
}

/// Python's round: halves to even.
inline int PythonRound(double value) {
  const double below = std::floor(value);
  const bool up = value - below > 0.5 || (value - below == 0.5 && std::fmod(below, 2) != 0);
  return static_cast<int>(below) + (up ? 1 : 0);
}

/// In the middle of a surface of one colour: `at` pixels from the top, then from the left.
inline cv::Mat SlowPad(const cv::Mat& source, int width, int height, int top, int left, const cv::Scalar& color) {
  cv::Mat padded(height, width, source.type(), color);
  source.copyTo(padded(cv::Rect(left, top, source.cols, source.rows)));
  return padded;
}

/// torchvision's Resize(side) and CenterCrop.
inline cv::Mat SlowResizeAndCrop(const cv::Mat& source, const Preprocess& card) {
  const int shorter = std::min(source.cols, source.rows);
  const auto resized = [&](int length) { return static_cast<int>(1.0 * card.resize_side * length / shorter); };
  cv::Mat picture = SlowResize(source, resized(source.cols), resized(source.rows), card);
  const int width = std::max(card.width, picture.cols);
  const int height = std::max(card.height, picture.rows);
  picture = SlowPad(picture, width, height, (height - picture.rows) / 2, (width - picture.cols) / 2, {});
  // Where it was padded there is nothing to cut.
  const auto begin = [&](double spare) {
    return card.crop_rounds_down ? static_cast<int>(spare / 2) : PythonRound(spare / 2);
  };
  const int top = begin(height - card.height);
  const int left = begin(width - card.width);
  return picture(cv::Rect(left, top, card.width, card.height)).clone();
}

inline cv::Mat SlowLetterbox(const cv::Mat& source, const Preprocess& card) {
  const double ratio = std::min(1.0 * card.height / source.rows, 1.0 * card.width / source.cols);
  const int width = std::max(1, PythonRound(source.cols * ratio));
  const int height = std::max(1, PythonRound(source.rows * ratio));
  cv::Scalar color(card.pad_color[0], card.pad_color[1], card.pad_color[2]);
  if (card.channels == ChannelOrder::kRgb) std::swap(color[0], color[2]);
  return SlowPad(SlowResize(source, width, height, card), card.width, card.height,
                 PythonRound((card.height - height) / 2.0 - 0.1), PythonRound((card.width - width) / 2.0 - 0.1), color);
}

inline cv::Mat SlowCrop(const cv::Mat& source, const Preprocess& card) {
  const bool wide = 1.0 * source.cols * card.height >= 1.0 * source.rows * card.width;
  const double width = wide ? 1.0 * source.rows * card.width / card.height : source.cols;
  const double height = wide ? source.rows : 1.0 * source.cols * card.height / card.width;
  const auto side = [&](double length) {
    return std::max(1, static_cast<int>(std::lround(card.center_crop_fraction * length)));
  };
  const int up = card.crop_rounds_down ? 0 : 1;
  const cv::Rect crop((source.cols - side(width) + up) / 2, (source.rows - side(height) + up) / 2, side(width),
                      side(height));
  return SlowResize(source(crop).clone(), card.width, card.height, card);
}

/// What Resizer::Resize gives. For pictures that are resized to sizes that fit into memory.
inline cv::Mat SlowlyResized(const Preprocess& card, const Image& image) {
  cv::Mat source = MatOf(image).clone();
  if (card.channels == ChannelOrder::kGray) source = SlowGray(source, card.antialias);
  if (card.fit == Fit::kSquash) return SlowResize(source, card.width, card.height, card);
  if (card.fit == Fit::kLetterbox) return SlowLetterbox(source, card);
  return card.resize_side > 0 ? SlowResizeAndCrop(source, card) : SlowCrop(source, card);
}

}  // namespace amsel
