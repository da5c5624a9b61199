// Each reduced pixel is the mean of the area that it covers: along rows first, then down, in single precision and in
// the order of OpenCV's resize.cpp (ResizeArea_Invoker), so that every rounding is the same. Four floats to a pixel, of
// which three count, are what one vector instruction takes.
#include "features/reduce.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <opencv2/imgproc.hpp>

namespace amsel {
namespace {

constexpr std::size_t kLanes = 4;
using Lanes = float __attribute__((vector_size(kLanes * sizeof(float))));

/// Whole numbers take another way in cv::resize, with roundings of its own.
bool IsWhole(double scale) {
  return std::abs(scale - std::nearbyint(scale)) < std::numeric_limits<double>::epsilon();
}

double ScaleOf(int whole, int reduced) {
  return 1 / (static_cast<double>(reduced) / whole);
}

}  // namespace

void AreaReducer::Side::Fit(int whole_length, int reduced_length) {
  constexpr double kLeast = 1e-3;  // what covers less of a pixel does not count
  if (whole == whole_length && reduced == reduced_length) return;
  whole = whole_length;
  reduced = reduced_length;
  taps.clear();
  ends.clear();
  const double scale = ScaleOf(whole, reduced);
  for (int at = 0; at < reduced; ++at) {
    const double begin = at * scale;
    const double end = begin + scale;
    const double width = std::min(scale, whole - begin);
    const int last = std::min(static_cast<int>(std::floor(end)), whole - 1);
    const int first = std::min(static_cast<int>(std::ceil(begin)), last);
    if (first - begin > kLeast) taps.push_back({first - 1, static_cast<float>((first - begin) / width)});
    for (int from = first; from < last; ++from) taps.push_back({from, static_cast<float>(1 / width)});
    if (end - last > kLeast) {
      taps.push_back({last, static_cast<float>(std::min(std::min(end - last, 1.0), width) / width)});
    }
    ends.push_back(static_cast<int>(taps.size()));
  }
}

void AreaReducer::ReduceRow(const std::uint8_t* row) {
  const int length = across_.whole * 3;
  float* const floats = floats_.data();
  for (int i = 0; i < length; ++i) floats[i] = row[i];
  const Tap* tap = across_.taps.data();
  float* means = means_.data();
  for (const int end : across_.ends) {
    Lanes mean{};
    for (const Tap* last = across_.taps.data() + end; tap < last; ++tap) {
      Lanes pixel;
      std::memcpy(&pixel, floats + static_cast<std::ptrdiff_t>(tap->from) * 3, sizeof pixel);
      mean += pixel * tap->weight;
    }
    std::memcpy(means, &mean, sizeof mean);
    means += kLanes;
  }
}

void AreaReducer::Reduce(const cv::Mat& whole, cv::Size size, cv::Mat& reduced) {
  if (IsWhole(ScaleOf(whole.cols, size.width)) && IsWhole(ScaleOf(whole.rows, size.height))) {
    cv::resize(whole, reduced, size, 0, 0, cv::INTER_AREA);
    return;
  }
  across_.Fit(whole.cols, size.width);
  down_.Fit(whole.rows, size.height);
  floats_.resize(static_cast<std::size_t>(whole.cols) * 3 + 1);  // the last pixel's fourth lane
  means_.resize(static_cast<std::size_t>(size.width) * kLanes);
  sums_.resize(means_.size());
  reduced.create(size, CV_8UC3);
  int in_means = -1;  // two reduced rows often share one of the whole
  int tap = 0;
  for (int y = 0; y < size.height; ++y) {
    std::fill(sums_.begin(), sums_.end(), 0.0F);
    for (; tap < down_.ends[static_cast<std::size_t>(y)]; ++tap) {
      const Tap& down = down_.taps[static_cast<std::size_t>(tap)];
      if (down.from != in_means) ReduceRow(whole.ptr<std::uint8_t>(down.from));
      in_means = down.from;
      for (std::size_t i = 0; i < sums_.size(); ++i) sums_[i] += down.weight * means_[i];
    }
    auto* row = reduced.ptr<std::uint8_t>(y);
    for (int x = 0; x < size.width; ++x) {
      for (int c = 0; c < 3; ++c)
        row[x * 3 + c] = cv::saturate_cast<std::uint8_t>(sums_[static_cast<std::size_t>(x) * kLanes + c]);
    }
  }
}

}  // namespace amsel
